use std::sync::Arc;

use lamas_core::operator::{OperatorName, Role};
use lamas_core::orchestrator::{Decision, Observation, Orchestrator, Schedule};

use super::Conventions;
use crate::orchestrate::LayerSession;
use crate::settings::Settings;

/// How often the released code draws a query anew before it gives up.
pub const REDRAWS: u32 = 20;

/// A session that ends where it draws what raises in the released code.
#[derive(Debug, Clone)]
pub struct RedrawingSession {
    session: LayerSession,
    settings: Arc<Settings>,
    schedule: Schedule,
    raised: bool,
}

impl RedrawingSession {
    /// A session around another one, which has decided nothing; `None` where these settings draw nothing anew. The schedule
    /// decides what raises.
    #[must_use]
    pub fn of(session: &LayerSession, schedule: Schedule) -> Option<Self> {
        let settings = session.settings();
        let redraws = settings.released.as_ref().is_some_and(|released| released.redraw);
        redraws.then(|| Self { session: session.clone(), settings: Arc::clone(settings), schedule, raised: false })
    }

    /// Whether it drew what raises, and so ended the attempt.
    #[must_use]
    pub fn raised(&self) -> bool {
        self.raised
    }

    /// The session of the next attempt at the query, the `number`th after the first.
    #[must_use]
    pub fn next(&self, number: u32) -> Self {
        let seed = self.session.seed().derive("attempt", &[u64::from(number)]);
        Self { session: self.session.anew(seed), raised: false, ..self.clone() }
    }

    /// The session inside.
    #[must_use]
    pub fn inner(&self) -> &LayerSession {
        &self.session
    }

    /// The session inside.
    #[must_use]
    pub fn into_inner(self) -> LayerSession {
        self.session
    }

    /// Whether the released code raises in this layer: at an operator that always does, or at an ensemble of no candidates,
    /// which a parallel layer has before anything was answered, and a sequential one before its first generating operator.
    fn raises(&self, layer: &[OperatorName], seen: &Observation<'_>) -> bool {
        let raising = self.settings.released.as_ref().map_or(&[][..], |Conventions { raising, .. }| raising);
        let mut candidates = !seen.state.candidates.is_empty();
        layer.iter().any(|name| {
            let role = seen.operators.get(name).map(|operator| operator.role());
            let raises = raising.contains(name) || role == Some(Role::Select) && !candidates;
            candidates |= self.schedule == Schedule::Sequential && role == Some(Role::Generate);
            raises
        })
    }
}

impl Orchestrator for RedrawingSession {
    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        match self.session.decide(seen) {
            Decision::Layer(layer) if self.raises(&layer, seen) => {
                self.session.withdraw();
                self.raised = true;
                Decision::Stop
            }
            decision => decision,
        }
    }
}
