//! Training end to end: the executor runs what the policy draws, the policy learns from the trace, and a checkpoint lets
//! it go on as if it had never stopped.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use candle_core::{DType, Tensor};
use lamas_controller::actions::{Actions, Mask};
use lamas_controller::checkpoint::{self, Origin};
use lamas_controller::credit::EpisodeOutcome;
use lamas_controller::encoder::{Embeddings, Encoder, Hashed};
use lamas_controller::episode::LayerEpisode;
use lamas_controller::orchestrate::LayerSession;
use lamas_controller::policy::{Choice, Policy};
use lamas_controller::reinforce::Learner;
use lamas_controller::released::{Conventions, RedrawingSession};
use lamas_controller::settings::{Compared, Credit, Impossible, LogProb, Selection, Settings, Temperature};
use lamas_core::chat::{
    ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, Lost, Message, Sampling, Timing, Usage,
};
use lamas_core::critical_path;
use lamas_core::exec::Executor;
use lamas_core::meter::CallMeter;
use lamas_core::operator::{
    Change, Failure, Operator, OperatorName, OperatorSet, Outcome as Ran, Role, Solution, State,
};
use lamas_core::orchestrator::Schedule;
use lamas_core::pipeline::Pipeline;
use lamas_core::problem::{Domain, Problem, ProblemId};
use lamas_core::random::Seed;
use lamas_core::scope::{Scope, Workbench};
use lamas_core::tool::{Interpreter, Program, ToolError, ToolRun};
use lamas_core::units::{Price, Tokens, Usd};

/// Answers at once, with as many tokens as the message says.
struct Countdown;

#[async_trait]
impl ChatModel for Countdown {
    async fn chat_metered(&self, request: &ChatRequest, _: &CallMeter) -> Result<ChatResponse, ChatError> {
        let text = Arc::clone(&request.messages[0].content);
        let output = text.parse().map_err(|_| ChatError::rejected(text.to_string()))?;
        let usage = Usage { output: Tokens(output), ..Usage::default() };
        Ok(ChatResponse { text, usage, timing: Timing::default(), finish: FinishReason::Stop, lost: Lost::default() })
    }
}

struct NoPrograms;

#[async_trait]
impl Interpreter for NoPrograms {
    async fn run_metered(&self, _: &Program, _: &CallMeter) -> Result<ToolRun, ToolError> {
        Err(ToolError("there is none".to_owned()))
    }
}

/// Asks for a fixed number of tokens.
struct Fixed {
    name: OperatorName,
    role: Role,
    tokens: &'static str,
}

#[async_trait]
impl Operator for Fixed {
    fn name(&self) -> &OperatorName {
        &self.name
    }

    fn description(&self) -> &str {
        &self.name.0
    }

    fn role(&self) -> Role {
        self.role
    }

    fn can_run(&self, _: &Problem, state: &State) -> bool {
        matches!(self.role, Role::Generate | Role::Stop) || !state.candidates.is_empty()
    }

    async fn run(&self, _: &Problem, _: &State, scope: &mut Scope) -> Result<Ran, Failure> {
        if self.role == Role::Stop {
            return Ok(Ran::default());
        }
        let response = scope.chat(vec![Message::user(self.tokens)]).await?;
        let solution = Solution {
            text: response.text,
            answer: None,
            by: self.name.clone(),
            passes_examples: None,
            behaviour: None,
        };
        Ok(Ran { change: Change::Append(vec![solution]), ran: None })
    }
}

/// A quick generator, a slow one, a refiner and a stop.
fn operators() -> OperatorSet {
    let operator = |name: &str, role, tokens| Arc::new(Fixed { name: name.into(), role, tokens }) as Arc<dyn Operator>;
    OperatorSet::new(vec![
        operator("generate", Role::Generate, "100"),
        operator("ponder", Role::Generate, "3000"),
        operator("refine", Role::Refine, "800"),
        operator("stop", Role::Stop, "0"),
    ])
}

fn executor(schedule: Schedule) -> Executor {
    let workbench = Workbench {
        chat: Arc::new(Countdown),
        interpreter: Arc::new(NoPrograms),
        sampling: Sampling::default(),
        price: Price::FREE,
    };
    Executor::new(operators(), workbench, schedule)
}

const QUERIES: [&str; 4] = ["add 1 and 2", "how many apples are left", "write a sorting function", "what is 7 times 8"];

fn problem(query: usize) -> Problem {
    Problem {
        id: ProblemId(format!("test/{query}").into()),
        domain: Domain::Maths,
        statement: QUERIES[query].into(),
        entry_point: None,
        public_examples: Arc::default(),
    }
}

/// A learner, its queries, and an executor.
struct Training {
    learner: Learner<Policy>,
    queries: Embeddings,
    executor: Executor,
}

impl Training {
    fn new(settings: Settings, seed: u64) -> Self {
        let set = operators();
        let descriptions: Vec<&str> = set.iter().map(|operator| operator.description()).collect();
        let embedded = Hashed.encode(&descriptions).unwrap().tensor(&[0, 1, 2, 3], DType::F32).unwrap();
        let actions = Actions::new(&set, &settings.fallback).unwrap();
        let policy = Policy::new(&settings, &embedded, Seed(seed)).unwrap();
        let learner = Learner::new(settings, actions, policy).unwrap();
        Self { learner, queries: Hashed.encode(&QUERIES).unwrap(), executor: executor(Schedule::Parallel) }
    }

    /// One episode on each query; every answer is right.
    fn play(&self, pass: u64) -> Vec<LayerEpisode> {
        let tables = self.learner.tables(&self.queries, &[0, 1, 2, 3]).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let episode = |(query, table)| {
            let seed = Seed(11).derive("episode", &[query as u64, pass]);
            let mut session = LayerSession::new(&self.learner, table, Selection::Draw, seed);
            let (problem, steps) = (problem(query), Pipeline::default());
            let done = runtime.block_on(self.executor.run(&problem, &steps, &mut session, pass));
            assert_eq!(done.failure, None);
            let layers = session.into_decisions();
            let path = critical_path::by_tokens(&done.trace, self.learner.settings().gamma);
            let outcome = EpisodeOutcome::new(1.0, done.trace.cost(), &path, layers.len());
            let outcome = outcome.with_differences(&done.trace, self.learner.settings());
            LayerEpisode { layers, outcome: Some(outcome) }
        };
        tables.into_iter().enumerate().map(episode).collect()
    }

    fn tensor(&self) -> Tensor {
        self.queries.tensor(&[0, 1, 2, 3], DType::F32).unwrap()
    }

    fn train(&mut self, passes: std::ops::Range<u64>) {
        for pass in passes {
            let batch = self.play(pass);
            self.learner.update(&self.tensor(), &batch).unwrap();
        }
    }

    fn length(&self) -> f64 {
        let episodes: Vec<LayerEpisode> = (1000..1030).flat_map(|pass| self.play(pass)).collect();
        episodes.iter().filter_map(|e| e.outcome.as_ref()).map(|o| o.length.0).sum::<f64>() / episodes.len() as f64
    }
}

fn origin() -> Origin {
    Origin { config: "abc".to_owned(), encoder: Hashed.name().to_owned(), seed: Seed(1) }
}

#[test]
fn the_executed_trace_is_what_the_session_decided() {
    let training = Training::new(Settings::honest(), 1);
    for episode in (0..20).flat_map(|pass| training.play(pass)) {
        let outcome = episode.outcome.unwrap();
        for (index, (layer, critical)) in episode.layers.iter().zip(&outcome.critical).enumerate() {
            assert_eq!(layer.executed.operators.len(), critical.len());
            // The slowest operator of each layer, and no stop.
            let slowest = [1, 2, 0].into_iter().find(|operator| layer.executed.operators.contains(operator));
            let is_critical = layer.executed.operators.iter().map(|&operator| Some(operator) == slowest);
            assert!(critical.iter().copied().eq(is_critical), "{:?} {critical:?}", layer.executed.operators);
            assert_eq!(layer.previous.is_some(), index > 0);
            assert_eq!(layer.allowed.contains(2), index > 0, "refining is masked while there is nothing to refine");
        }
        let last = episode.layers.last().unwrap();
        assert!(last.executed.ends || episode.layers.len() == 4);
    }
}

#[test]
fn without_masks_everything_may_be_drawn() {
    let training = Training::new(Settings { impossible: Impossible::Skip, ..Settings::paper() }, 1);
    let episodes = training.play(0);
    assert!(episodes.iter().flat_map(|episode| &episode.layers).all(|layer| layer.allowed == Mask::all(4)));
}

#[test]
fn training_shortens_the_critical_path_when_every_answer_is_right() {
    for settings in [Settings::honest(), Settings::paper()] {
        let mut training = Training::new(settings, 1);
        let before = training.length();
        training.train(0..40);
        let after = training.length();
        assert!(after < 0.7 * before, "{before} to {after} tokens");
    }
}

/// Where it is a parameter.
fn temperature_of_first_layer(policy: &Policy) -> Option<f64> {
    let (_, logs) = policy.parameters().into_iter().find(|(name, _)| *name == "log_temperature")?;
    let logs = logs.flatten_all().unwrap().to_dtype(DType::F64).unwrap().to_vec1::<f64>().unwrap();
    Some(logs[0].exp())
}

#[test]
fn a_learned_temperature_lets_the_policy_commit_further() {
    let fixed = Temperature::default();
    let share = |temperature| {
        let mut training = Training::new(Settings { temperature, ..Settings::honest() }, 1);
        training.train(0..60);
        let table = &training.learner.tables(&training.queries, &[0]).unwrap()[0];
        let highest = table.distribution(0, None, Mask(0b1011)).log_probs().iter().copied().fold(f64::MIN, f64::max);
        (highest.exp(), temperature_of_first_layer(training.learner.network()))
    };
    let (with_fixed, none) = share(fixed);
    let (with_learned, learned) = share(Temperature { learned: true, ..fixed });
    assert_eq!(none, None, "it is no parameter");
    assert!(learned.unwrap() < 0.9, "{learned:?}");
    // Cosines of +-1 allow no more among three operators.
    let bound = 1.0 / (1.0 + 2.0 * (-2.0_f64).exp());
    assert!(with_fixed < bound && with_learned > with_fixed, "{with_fixed} {with_learned}, bound {bound}");
}

#[test]
fn unscored_episodes_are_left_out_and_a_batch_of_them_changes_nothing() {
    let mut training = Training::new(Settings::honest(), 1);
    let directory = tempfile::tempdir().unwrap();
    let saved = |training: &Training, name: &str| {
        let path = directory.path().join(name);
        checkpoint::save(&path, &training.learner, &origin()).unwrap();
        fs::read(path).unwrap()
    };
    training.train(0..2);
    let before = saved(&training, "before");
    let mut batch = training.play(2);
    let played = batch.clone();
    batch.iter_mut().for_each(|episode| episode.outcome = None);
    let update = training.learner.update(&training.tensor(), &batch).unwrap();
    assert_eq!((update.scored, update.unscored, update.step), (0, 4, None));
    assert_eq!(saved(&training, "after"), before);

    let mut twin = Training::new(Settings::honest(), 1);
    twin.train(0..2);
    batch[1].outcome = played[1].outcome.clone();
    let update = training.learner.update(&training.tensor(), &batch).unwrap();
    assert_eq!((update.scored, update.unscored), (1, 3));
    let alone = twin.queries.tensor(&[1], DType::F32).unwrap();
    let of_one = twin.learner.update(&alone, &batch[1..2]).unwrap();
    assert!((update.step.unwrap().loss - of_one.step.unwrap().loss).abs() < 1e-6);
}

#[test]
fn case_what_is_no_number_ends_training_and_changes_nothing() {
    let mut training = Training::new(Settings::honest(), 1);
    training.train(0..1);
    let before = training.learner.tables(&training.queries, &[0]).unwrap();
    for cost in [f64::INFINITY, f64::NAN, 1e300] {
        let mut batch = training.play(1);
        batch[0].outcome.as_mut().unwrap().cost = Usd(cost);
        let said = training.learner.update(&training.tensor(), &batch).unwrap_err().to_string();
        assert!(said.starts_with("update 1: ") && said.contains(" of the rewards is "), "{said}");
    }
    assert_eq!(training.learner.tables(&training.queries, &[0]).unwrap(), before);
    // A policy that says no number is never drawn from.
    for wrong in [f32::NAN, f32::INFINITY] {
        let weight = training.learner.network().parameters()[0].1.clone();
        weight.set(&weight.affine(0.0, f64::from(wrong)).unwrap()).unwrap();
        let said = training.learner.tables(&training.queries, &[0]).unwrap_err().to_string();
        assert!(said.starts_with("update 1: a score is NaN"), "{said}");
    }
}

#[test]
fn the_loss_scores_what_was_drawn_and_each_factor_has_its_own_operators_reward() {
    for settings in [Settings::honest(), Settings::paper()] {
        let exact = settings.log_prob == LogProb::Exact;
        let training = Training::new(settings, 1);
        let batch = training.play(0);
        let terms = training.learner.loss(&training.tensor(), &batch).unwrap().unwrap().terms;
        let choices: Vec<Choice> = terms.iter().map(|term| term.factor).collect();
        let log_probs = training.learner.network().log_probs(&training.tensor(), &choices).unwrap();
        let mut factors = terms.iter().zip(log_probs.to_vec1::<f32>().unwrap());
        for episode in &batch {
            let rewards = episode.outcome.as_ref().unwrap().operator_rewards(training.learner.settings());
            for (layer, rewards) in episode.layers.iter().zip(rewards) {
                let scored = if exact { &layer.drawn } else { &layer.executed.operators };
                let mut total = 0.0;
                for &operator in scored {
                    let (term, log_prob) = factors.next().unwrap();
                    assert_eq!(term.factor.operator, operator);
                    assert_eq!(term.reward, rewards[layer.executed.place_of(operator)]);
                    total += f64::from(log_prob);
                }
                assert!((total - layer.log_prob).abs() < 1e-4, "{total} {}", layer.log_prob);
            }
        }
        assert!(factors.next().is_none());
    }
}

#[test]
fn by_difference_and_against_the_same_query_graphs_become_shorter() {
    let settings = Settings {
        credit: Credit::Difference,
        compared: Compared::LeaveOneOut,
        temperature: Temperature { initial: 1.0, learned: true },
        lambda_t: 1e-3,
        ..Settings::honest()
    };
    let mut training = Training::new(settings, 1);
    let before = training.length();
    let queries = training.queries.tensor(&[0, 1, 2, 3, 0, 1, 2, 3], DType::F32).unwrap();
    for round in 0..20 {
        let batch = [training.play(2 * round), training.play(2 * round + 1)].concat();
        let update = training.learner.update_of(&queries, &batch, &[0, 1, 2, 3, 0, 1, 2, 3]).unwrap();
        assert!(update.step.is_some());
    }
    assert!(training.length() < 0.7 * before, "{} and {before}", training.length());
}

#[test]
fn the_most_probable_graph_does_not_depend_on_the_seed() {
    let training = Training::new(Settings::honest(), 1);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let graph = |selection, seed| {
        let table = training.learner.tables(&training.queries, &[0]).unwrap().remove(0);
        let mut session = LayerSession::new(&training.learner, table, selection, Seed(seed));
        let (problem, steps) = (problem(0), Pipeline::default());
        runtime.block_on(training.executor.run(&problem, &steps, &mut session, 0));
        session.into_decisions()
    };
    let same = |selection| (1..10).all(|seed| graph(selection, seed) == graph(selection, 0));
    assert!(same(Selection::MostProbable) && !same(Selection::Draw));
}

#[test]
fn an_outcome_of_another_graph_is_refused() {
    let mut training = Training::new(Settings::honest(), 1);
    let mut batch = training.play(0);
    batch[0].outcome.as_mut().unwrap().critical.pop();
    let message = training.learner.update(&training.tensor(), &batch).unwrap_err().to_string();
    assert!(message.starts_with("outcome of an episode: expected operators by layer"), "{message}");
}

#[test]
fn training_goes_on_from_a_checkpoint_byte_for_byte() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    for settings in [Settings::honest(), Settings { layers: 1, ..Settings::paper() }] {
        let mut straight = Training::new(settings.clone(), 1);
        straight.train(0..3);
        checkpoint::save(&file("half"), &straight.learner, &origin()).unwrap();
        straight.train(3..6);
        // Other weights to begin with: everything must come from the file.
        let mut resumed = Training::new(settings, 2);
        checkpoint::resume(&file("half"), &mut resumed.learner, &origin()).unwrap();
        resumed.train(3..6);
        for (name, training) in [("straight", &straight), ("resumed", &resumed)] {
            checkpoint::save(&file(name), &training.learner, &origin()).unwrap();
        }
        assert_eq!(fs::read(file("straight")).unwrap(), fs::read(file("resumed")).unwrap());
    }
}

/// What loading says about a file, the path left out; the learner must be as it was.
fn refusal(path: &Path, learner: &mut Learner<Policy>, origin: &Origin) -> String {
    let before: Vec<f32> = learner.network().parameters()[0].1.flatten_all().unwrap().to_vec1().unwrap();
    let message = checkpoint::resume(path, learner, origin).unwrap_err().to_string();
    let after: Vec<f32> = learner.network().parameters()[0].1.flatten_all().unwrap().to_vec1().unwrap();
    assert_eq!(before, after);
    assert!(message.contains(&path.display().to_string()), "{message}");
    message.replace(&path.display().to_string(), "FILE")
}

#[test]
fn what_does_not_fit_is_refused_with_its_name_and_a_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("checkpoint.safetensors");
    let mut training = Training::new(Settings::honest(), 1);
    training.train(0..1);
    checkpoint::save(&path, &training.learner, &origin()).unwrap();
    let whole = fs::read(&path).unwrap();

    let other = Origin { config: "def".to_owned(), ..origin() };
    assert_eq!(
        refusal(&path, &mut training.learner, &other),
        "failed to read checkpoint FILE: its `config` is \"abc\", this experiment's is \"def\"; \
         use the experiment that wrote it, or delete it and train anew"
    );
    let mut dearer = Training::new(Settings { lambda_t: 2e-4, ..Settings::honest() }, 1);
    assert!(
        refusal(&path, &mut dearer.learner, &origin())
            .contains("its `lambda_t` is 0.0001, this experiment's is 0.0002")
    );
    let mut longer = Training::new(Settings { passes: 9, ..Settings::honest() }, 1);
    checkpoint::resume(&path, &mut longer.learner, &origin()).unwrap();
    let mut wider = Training::new(Settings { hidden: 16, ..Settings::honest() }, 1);
    let message = checkpoint::load(&path, &mut wider.learner).unwrap_err().to_string();
    assert!(
        message.contains("`policy.query.weight` is ([384, 128], F32), the controller's is ([384, 64], F32)"),
        "{message}"
    );

    for length in [0, 5, 300, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(refusal(&path, &mut training.learner, &origin()).contains("incomplete or damaged"), "{length} bytes");
    }
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(&path, &flipped).unwrap();
    assert!(refusal(&path, &mut training.learner, &origin()).contains("do not match their checksum"));
    let mut newer = whole.clone();
    let version = whole.windows(13).position(|bytes| bytes == br#"{\"format\":2"#).unwrap() + 12;
    newer[version] = b'9';
    fs::write(&path, &newer).unwrap();
    assert!(refusal(&path, &mut training.learner, &origin()).contains("its format is 9, this program reads 2"));
    let missing = directory.path().join("missing.safetensors");
    assert!(refusal(&missing, &mut training.learner, &origin()).contains("check the path, or train first"));
}

#[test]
fn a_failed_save_leaves_what_was_there_and_nothing_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("checkpoint.safetensors");
    // No file can take the place of a folder that holds something.
    fs::create_dir(&path).unwrap();
    fs::write(path.join("inside"), "kept").unwrap();
    let training = Training::new(Settings::honest(), 1);
    let message = checkpoint::save(&path, &training.learner, &origin()).unwrap_err();
    assert!(message.to_string().starts_with("failed to write checkpoint"), "{message}");
    assert_eq!(fs::read_to_string(path.join("inside")).unwrap(), "kept");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn under_the_sequential_schedule_every_operator_that_works_is_critical() {
    let mut training = Training::new(Settings { impossible: Impossible::Skip, ..Settings::honest() }, 1);
    training.executor = executor(Schedule::Sequential);
    for episode in (0..20).flat_map(|pass| training.play(pass)) {
        let outcome = episode.outcome.unwrap();
        for (layer, critical) in episode.layers.iter().zip(&outcome.critical) {
            assert!(critical.iter().copied().eq(layer.executed.operators.iter().map(|&operator| operator != 3)));
        }
    }
}

#[tokio::test]
async fn an_attempt_that_would_raise_ends_and_the_next_one_draws_anew() {
    let released = Some(Conventions { raising: vec!["ponder".into()], ..Conventions::default() });
    let settings = Settings { released, ..Settings::paper() };
    let training = Training::new(settings, 1);
    let table = training.learner.tables(&training.queries, &[0]).unwrap().remove(0);
    let session = LayerSession::new(&training.learner, table, Selection::Draw, Seed(5));
    let mut attempt = RedrawingSession::of(&session, Schedule::Parallel).unwrap();
    let (mut raised, mut ran) = (0, 0);
    for number in 0..40 {
        attempt = attempt.next(number);
        let episode = training.executor.run(&problem(0), &Pipeline::default(), &mut attempt, 0).await;
        let pondered = episode.layers.iter().flat_map(|layer| &layer.operators).any(|o| &*o.operator.0 == "ponder");
        assert!(!pondered, "what raises is never run");
        if attempt.raised() { raised += 1 } else { ran += 1 }
    }
    assert!(raised > 5 && ran > 5, "{raised} of 40 attempts raised");
}
