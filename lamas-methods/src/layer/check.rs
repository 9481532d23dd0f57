//! Whether a layer can run and end, and whether its keys mean anything.

use lamas_core::race::Until;
use lamas_core::race::rules::{Agree, Beta, First};

use super::{Layer, RaceKeys};
use crate::fault::Fault;

/// What came before a layer within its race.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waves {
    /// It stands in the graph itself.
    First,
    /// It stands under `then`; so many have arrived before.
    After(u32),
}

impl Layer {
    /// Whether it can run and end, where it stands at `at` in its graph.
    pub(crate) fn check(&self, at: &str) -> Result<(), Fault> {
        self.check_after(at, Waves::First)
    }

    fn check_after(&self, at: &str, before: Waves) -> Result<(), Fault> {
        match self {
            Self::Operators(names) if names.is_empty() => Err(Fault::new(at, "a layer needs at least one operator")),
            Self::Operators(_) => Ok(()),
            Self::Race(keys) => keys.check(at, before),
        }
    }
}

impl RaceKeys {
    fn check(&self, at: &str, before: Waves) -> Result<(), Fault> {
        let fault = |key: &str, problem: String| Err(Fault::new(format!("{at}.{key}"), problem));
        let earlier = match before {
            Waves::After(arrived) if !self.afresh => arrived,
            Waves::First if self.afresh => {
                return fault("afresh", "says something of a race under `then` only; remove it".to_owned());
            }
            _ => 0,
        };
        let votes = earlier.saturating_add(self.race.count());
        if self.race.0.is_empty() {
            return fault("race", "needs at least one operator, such as {generate_cot: 5}".to_owned());
        }
        if let Some(problem) = self.never(votes) {
            return fault("until", problem);
        }
        if self.until == Until::All {
            for (key, there) in [("then", !self.then.is_empty()), ("drain", self.drain)] {
                if there {
                    return fault(
                        key,
                        "never comes to it, since a race without another `until` waits for all".to_owned(),
                    );
                }
            }
        }
        let mut arrived = match before {
            Waves::First => self.race.count(),
            Waves::After(arrived) => arrived.saturating_add(self.race.count()),
        };
        for (index, layer) in self.then.iter().enumerate() {
            layer.check_after(&format!("{at}.then[{index}]"), Waves::After(arrived))?;
            arrived = arrived.saturating_add(layer.votes());
        }
        Ok(())
    }

    /// Why its rule can never decide with so many votes; `None` where it can.
    fn never(&self, votes: u32) -> Option<String> {
        match &self.until {
            Until::First(First(wanted)) | Until::Agree(Agree(wanted)) if wanted.get() > votes => {
                Some(format!("asks for {wanted} answers, but {votes} is the most that come"))
            }
            Until::Beta(rule) => {
                let most = Beta::probability(votes as usize, 0);
                let never = rule.wanted() > most;
                never.then(|| format!("asks for {}, but {votes} answers that all agree give {most:.4}", rule.wanted()))
            }
            _ => None,
        }
    }
}
