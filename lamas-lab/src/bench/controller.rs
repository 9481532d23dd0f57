//! The controller: scoring and drawing in batches, and updates, over operators and layers.

use candle_core::DType;
use lamas_controller::ControllerError;
use lamas_controller::actions::{Actions, Mask};
use lamas_controller::credit::EpisodeOutcome;
use lamas_controller::encoder::{Embeddings, Encoder, Hashed};
use lamas_controller::episode::{LayerDecision, LayerEpisode};
use lamas_controller::policy::Policy;
use lamas_controller::reinforce::Learner;
use lamas_controller::rules::execute;
use lamas_controller::sample::{draw, exact_log_prob};
use lamas_controller::settings::Settings;
use lamas_controller::table::PolicyTable;
use lamas_core::operator::{OperatorName, Role};
use lamas_core::random::{Seed, Stream};
use lamas_core::units::{PathTokens, Usd};

use super::curve::Curve;
use super::part::{Measured, Setup};
use super::row::{Row, Target};
use super::spread::{Spread, timed};
use crate::wordproblems;
use lamas_bench::run::RunError;

/// Queries scored at once, and queries of an update.
const BATCH: usize = 64;
const UPDATE: usize = 4;
/// The paper's operators and layers.
const OPERATORS: usize = 7;
const LAYERS: usize = 4;

/// Measures it.
///
/// # Errors
/// When the controller refuses its settings.
pub fn measure(setup: &Setup) -> Result<Measured, RunError> {
    measured(setup).map_err(|why| RunError::Controller { cell: "controller".to_owned(), why: Box::new(why) })
}

fn measured(setup: &Setup) -> Result<Measured, ControllerError> {
    let times = setup.amount(200, 5);
    let (query, update) = costs(OPERATORS, LAYERS, times)?;
    let shape = format!("{OPERATORS} operators, {LAYERS} layers, 384 x 32");
    let rows = vec![
        Row::measured(format!("log-probabilities and drawing, a query in {BATCH}"), "us", Target::AtMost(20.0), query)
            .noted(shape.as_str()),
        Row::measured(format!("one update of {UPDATE} queries"), "ms", Target::AtMost(2.0), update).noted(shape),
    ];
    let operators = [4, 7, 14, 28, 56].map(|operators| (operators, costs(operators, LAYERS, times)));
    let layers = [2, 4, 8, 16].map(|layers| (layers, costs(OPERATORS, layers, times)));
    let curves = [curves("operators", operators)?, curves("layers", layers)?].concat();
    Ok(Measured { rows, curves })
}

type Costs = (Spread, Spread);

fn curves(
    work: &'static str,
    measured: impl IntoIterator<Item = (usize, Result<Costs, ControllerError>)>,
) -> Result<[Curve; 2], ControllerError> {
    let mut queries = Curve { work, unit: "us", name: "a query in 64", points: Vec::new() };
    let mut updates = Curve { work, unit: "ms", name: "an update of four queries", points: Vec::new() };
    for (amount, costs) in measured {
        let (query, update) = costs?;
        queries.points.push((amount as f64, query));
        updates.points.push((amount as f64, update));
    }
    Ok([queries, updates])
}

/// What a query costs in microseconds, and an update in milliseconds.
fn costs(operators: usize, layers: usize, times: usize) -> Result<Costs, ControllerError> {
    let mut learner = learner(operators, layers)?;
    let queries = queries()?;
    let rows: Vec<usize> = (0..BATCH).collect();
    let mut random = Seed(2).stream("bench controller", &[]);
    let mut batch = Vec::new();
    let mut each = Vec::new();
    for _ in 0..times {
        let (seconds, played) = timed(|| {
            let tables = learner.tables(&queries, &rows)?;
            Ok::<_, ControllerError>(tables.iter().map(|table| play(table, &learner, &mut random)).collect::<Vec<_>>())
        })?;
        each.push(1e6 * seconds / BATCH as f64);
        batch = played;
    }
    let scores = [1.0, 0.0].into_iter().cycle();
    let batch: Vec<LayerEpisode> =
        batch.into_iter().take(UPDATE).zip(scores).map(|(l, score)| episode(l, score)).collect();
    let four = queries.tensor(&rows[..UPDATE], DType::F32)?;
    let mut updates = Vec::new();
    for _ in 0..times {
        updates.push(1e3 * timed(|| learner.update(&four, &batch))?.0);
    }
    Ok((Spread::of(each), Spread::of(updates)))
}

fn learner(operators: usize, layers: usize) -> Result<Learner<Policy>, ControllerError> {
    let names: Vec<String> = (0..operators).map(|operator| format!("operator {operator}")).collect();
    let texts: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows: Vec<usize> = (0..operators).collect();
    let embedded = Hashed.encode(&texts)?.tensor(&rows, DType::F32)?;
    // Stopping comes last; of the others most generate, as in every domain.
    let role = |operator: usize| match operator {
        last if last + 1 == operators => Role::Stop,
        3 => Role::Select,
        4 => Role::Refine,
        _ => Role::Generate,
    };
    let roles = names.iter().enumerate().map(|(index, name)| (OperatorName::from(name.as_str()), role(index)));
    let actions = Actions::from_roles(roles.collect(), &"operator 0".into())?;
    let settings = Settings { layers, ..Settings::honest() };
    let policy = Policy::new(&settings, &embedded, Seed(1))?;
    Learner::new(settings, actions, policy)
}

fn queries() -> Result<Embeddings, ControllerError> {
    let problems = wordproblems::generate(wordproblems::SEED, BATCH);
    let texts: Vec<&str> = problems.iter().map(|problem| problem.question.as_str()).collect();
    Hashed.encode(&texts)
}

/// Draws all layers of one query, the log-probability of each draw included.
fn play(table: &PolicyTable, learner: &Learner<Policy>, random: &mut Stream) -> Vec<LayerDecision> {
    let allowed = Mask::all(learner.actions().len());
    let mut previous = None;
    (0..table.layers())
        .map(|layer| {
            let distribution = table.distribution(layer, previous, allowed);
            let drawn = draw(&distribution, learner.settings().tau, random);
            let log_prob = exact_log_prob(&distribution, &drawn);
            let executed = execute(layer, &drawn, learner.actions());
            let previous = previous.replace(executed.operators[0]);
            LayerDecision { previous, allowed, drawn, executed, log_prob, entropy: distribution.entropy() }
        })
        .collect()
}

fn episode(layers: Vec<LayerDecision>, score: f64) -> LayerEpisode {
    let critical = layers.iter().map(|layer| layer.executed.operators.iter().map(|&o| o == 0).collect()).collect();
    let outcome = EpisodeOutcome { score, cost: Usd(0.001), length: PathTokens(800.0), critical, saved: Vec::new() };
    LayerEpisode { layers, outcome: Some(outcome) }
}
