//! Programs really run, but the time that counts is drawn, so that a run gives the same durations every time.

use std::time::Duration;

use async_trait::async_trait;
use lamas_core::chat::LatencySource;
use lamas_core::meter::{CallMeter, Course};
use lamas_core::random::text_key;
use lamas_core::tool::{Goal, Interpreter, Program, ToolError, ToolOutcome, ToolRun};
use lamas_core::units::Seconds;

use super::effort;
use super::profile::Profile;

/// An interpreter whose verdicts are another one's and whose durations are the profile's.
#[derive(Debug)]
pub struct SimInterpreter<I> {
    inner: I,
    profile: Profile,
    limit: Seconds,
}

impl<I: Interpreter> SimInterpreter<I> {
    /// Wraps an interpreter; `limit` is its wall-clock limit, which a program that times out is charged with.
    pub fn new(inner: I, profile: Profile, limit: Seconds) -> Self {
        Self { inner, profile, limit }
    }

    /// How long a program takes: the same for the same program, whatever this machine is doing.
    fn duration(&self, program: &Program) -> Seconds {
        let goal = match &program.goal {
            Goal::Call { function } => vec![text_key(function)],
            Goal::Check { entry_point, preamble, tests } => {
                [entry_point, preamble, tests].map(|part| text_key(part)).to_vec()
            }
        };
        let keys = [vec![text_key(&program.source)], goal].concat();
        let drawn = effort::duration(&self.profile.tool, &mut self.profile.seed.stream("sim/tool", &keys));
        Seconds(drawn.0.min(self.limit.0))
    }
}

#[async_trait]
impl<I: Interpreter> Interpreter for SimInterpreter<I> {
    async fn run_metered(&self, program: &Program, meter: &CallMeter) -> Result<ToolRun, ToolError> {
        // What the program really takes is not on this clock: the inner interpreter says so to a meter that nobody reads.
        meter.will_follow();
        let run = self.inner.run(program).await?;
        let elapsed = if run.outcome == ToolOutcome::TimedOut { self.limit } else { self.duration(program) };
        let run = ToolRun { elapsed, source: LatencySource::Simulated, waiting: Seconds::ZERO, ..run };
        meter.follows(Course::of_run(&run));
        tokio::time::sleep(Duration::from_secs_f64(elapsed.0)).await;
        Ok(run)
    }
}
