//! The one loop that trains and evaluates: a cell, or several cells that differ in their settings alone and so ask in part
//! for the same episodes. What several of them ask for at the same time is run once.

use std::collections::HashMap;
use std::sync::Arc;

use futures::StreamExt;
use lamas_methods::{Decider, Planner, Trial, TrialResult};
use lamas_record::rows::{Episodes, Split, UpdateRow};
use lamas_record::traces::SavedTrace;

use super::attempt;
use super::cell::Cell;
use super::context::{CellError, Context};
use super::episode::{Run, update_row};
use super::world::Timeline;

/// A cell at work.
pub struct Member<'a> {
    /// Which cell.
    pub cell: &'a Cell,
    /// Its method.
    pub planner: &'a mut dyn Planner,
    /// Where its episodes go.
    pub episodes: &'a mut dyn Episodes,
}

/// Runs whatever the planners want to try, writes it down, and tells each what came of it, until none has anything more to
/// try. What is left is a row for each update, by member.
///
/// # Errors
/// When the run is to end early, the controller gives up, or an episode cannot be written down.
pub fn train(members: &mut [Member<'_>], context: &Context<'_>) -> Result<Vec<Vec<UpdateRow>>, CellError> {
    let timeline = context.world.timeline();
    let mut updates: Vec<Vec<UpdateRow>> = members.iter().map(|_| Vec::new()).collect();
    let mut positions: Vec<Vec<u32>> = members.iter().map(|_| Vec::new()).collect();
    loop {
        context.check()?;
        let trials = members.iter_mut().map(|member| member.planner.next()).collect::<Result<Vec<_>, _>>()?;
        if trials.iter().all(Vec::is_empty) {
            return Ok(updates);
        }
        let done = run_all(members, trials, Split::Train, &timeline, context)?;
        for (index, (member, done)) in members.iter_mut().zip(done).enumerate() {
            let (results, runs): (Vec<TrialResult>, Vec<Arc<Run>>) = done.into_iter().unzip();
            let Some(pass) = runs.first().map(|run| run.pass) else { continue };
            if let Some(update) = member.planner.learn(results)? {
                let row = update_row(pass, updates[index].len(), &update, &runs);
                updates[index].push(row);
            }
            for run in runs {
                let position = next_position(&mut positions[index], run.pass);
                member.episodes.push(run.row(Split::Train, run.pass, position, member.cell.settings()))?;
            }
        }
    }
}

/// One pass over the test queries; nothing is learned from them. What is left is the whole traces of the first of them, by
/// member.
///
/// # Errors
/// When the run is to end early, the controller gives up, or an episode cannot be written down.
pub fn evaluate(members: &mut [Member<'_>], context: &Context<'_>) -> Result<Vec<Vec<SavedTrace>>, CellError> {
    let timeline = context.world.timeline();
    let queries = members.first().map_or(0, |member| member.cell.data.dataset.test.len());
    let rows: Vec<usize> = (0..queries).collect();
    let mut traces: Vec<Vec<SavedTrace>> = members.iter().map(|_| Vec::new()).collect();
    // The scores of all queries at once would be large; a window of queries keeps memory flat.
    for window in rows.chunks(context.window()) {
        context.check()?;
        let answers = members.iter().map(|member| member.planner.answers(window)).collect::<Result<Vec<_>, _>>()?;
        let attempts: Vec<Vec<usize>> = answers.iter().map(|answers| answers.iter().map(Vec::len).collect()).collect();
        let trials = answers.into_iter().map(|answers| answers.into_iter().flatten().collect()).collect();
        let done = run_all(members, trials, Split::Test, &timeline, context)?;
        for (index, (member, done)) in members.iter_mut().zip(done).enumerate() {
            let settings = member.cell.settings();
            let mut done = done.into_iter().map(|(_, run)| run);
            for (&row, &attempts) in window.iter().zip(&attempts[index]) {
                let of_query: Vec<Arc<Run>> = done.by_ref().take(attempts).collect();
                let rewards: Vec<_> = of_query.iter().map(|run| run.reward(settings)).collect();
                let chosen = member.planner.choose(&rewards);
                for (_, run) in of_query.iter().enumerate().filter(|(place, _)| *place != chosen) {
                    member.episodes.pass_over(&|| run.row(Split::Test, 0, row as u32, settings));
                }
                let run = &of_query[chosen];
                if traces[index].len() < context.traces {
                    traces[index].push(run.saved());
                }
                member.episodes.push(run.row(Split::Test, 0, row as u32, settings))?;
            }
        }
    }
    Ok(traces)
}

/// What came of one member's trials, in order.
type Results = Vec<(TrialResult, Arc<Run>)>;

/// Runs the trials of all members, a window of them at once, and those that are the same once; results by member, in order.
fn run_all(
    members: &[Member<'_>],
    trials: Vec<Vec<Trial>>,
    split: Split,
    timeline: &Timeline<'_>,
    context: &Context<'_>,
) -> Result<Vec<Results>, CellError> {
    let Some(cell) = members.first().map(|member| member.cell) else { return Ok(Vec::new()) };
    let Distinct { trials, asked, places } = Distinct::of(trials);
    let mut done: Vec<(Option<Decider>, usize, Arc<Run>)> = Vec::with_capacity(trials.len());
    let mut left = trials.into_iter();
    loop {
        context.check()?;
        // A window at a time, so that an interrupted run stops soon.
        let window: Vec<Trial> = left.by_ref().take(context.window()).collect();
        if window.is_empty() {
            break;
        }
        let start = done.len();
        let runs = window.into_iter().enumerate().map(|(place, trial)| async move {
            let row = trial.row;
            (start + place, row, attempt::run(cell, trial, split, context).await)
        });
        let ran = futures::stream::iter(runs).buffered(context.concurrency);
        // Live episodes take minutes: each is told of when it is done.
        let ran = ran.inspect(|(place, ..)| context.progress.episodes(asked[*place]));
        for (_, row, result) in timeline.block_on(context.unless_stopped(ran.collect::<Vec<_>>()))? {
            let (decider, run) = result?;
            done.push((Some(decider), row, Arc::new(run)));
        }
    }
    Ok(members.iter().zip(places).map(|(member, places)| deal(member, &places, &mut done)).collect())
}

/// A member's part of what has run.
fn deal(member: &Member<'_>, places: &[usize], done: &mut [(Option<Decider>, usize, Arc<Run>)]) -> Results {
    let result = |&place: &usize| {
        let (decider, row, run) = &mut done[place];
        // A session belongs to one trial.
        let known = decider.as_ref().and_then(Decider::known).map(Decider::from);
        let own = known.or_else(|| decider.take()).expect("a session is dealt out once");
        let (outcome, drawn) = (run.outcome(member.cell.settings()), run.drawn.clone());
        (TrialResult { row: *row, decider: own, outcome, drawn }, Arc::clone(run))
    };
    places.iter().map(result).collect()
}

/// Trials of several members without those that are the same.
struct Distinct {
    trials: Vec<Trial>,
    /// `[trials]`: how often each is asked for.
    asked: Vec<u64>,
    /// `[members][trials]`: where in `trials` each of a member's own stands.
    places: Vec<Vec<usize>>,
}

impl Distinct {
    fn of(trials: Vec<Vec<Trial>>) -> Self {
        let (mut distinct, mut asked, mut known) = (Vec::new(), Vec::new(), HashMap::new());
        let mut place = |trial: Trial| {
            let next = distinct.len();
            let place = match trial.identity() {
                Some(identity) => *known.entry(identity).or_insert(next),
                None => next,
            };
            if place == next {
                distinct.push(trial);
                asked.push(0);
            }
            asked[place] += 1;
            place
        };
        let places = trials.into_iter().map(|trials| trials.into_iter().map(&mut place).collect()).collect();
        Self { trials: distinct, asked, places }
    }
}

/// The place of the next episode within its pass.
fn next_position(positions: &mut Vec<u32>, pass: u32) -> u32 {
    let pass = pass as usize;
    if positions.len() <= pass {
        positions.resize(pass + 1, 0);
    }
    positions[pass] += 1;
    positions[pass] - 1
}

#[cfg(test)]
mod tests {
    use lamas_methods::Graph;

    use super::*;

    #[test]
    fn what_several_cells_ask_for_is_run_once() {
        let graph = |name: &str| -> Arc<Graph> { Arc::new([vec![name.into()]].into_iter().collect()) };
        let trial = |row, pass, name| Trial::of_graph(row, pass, &graph(name));
        let first = vec![trial(0, 0, "generate"), trial(1, 0, "generate"), trial(0, 0, "generate_cot")];
        let second = vec![trial(0, 0, "generate_cot"), trial(0, 1, "generate"), trial(1, 0, "generate")];
        let Distinct { trials, asked, places } = Distinct::of(vec![first, second]);
        let rows: Vec<_> = trials.iter().map(|trial| (trial.row, trial.pass)).collect();
        assert_eq!(rows, [(0, 0), (1, 0), (0, 0), (0, 1)]);
        assert_eq!(places, [[0, 1, 2], [2, 3, 1]]);
        assert_eq!(asked, [1, 2, 2, 1]);
    }

    #[test]
    fn positions_count_by_pass() {
        let mut positions = Vec::new();
        let passes = [0, 0, 2, 0, 2, 1];
        assert_eq!(passes.map(|pass| next_position(&mut positions, pass)), [0, 1, 0, 2, 1, 0]);
    }
}
