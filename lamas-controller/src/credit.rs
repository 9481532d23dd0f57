//! Which operators carry the latency of an episode.

use lamas_core::critical_path::{self, CriticalPath};
use lamas_core::trace::{SpanKind, Trace};
use lamas_core::units::{PathTokens, Usd};
use serde::{Deserialize, Serialize};

use crate::reward::Reward;
use crate::settings::{Credit, Settings};

/// What came of a scored episode.
///
/// ```
/// use lamas_controller::credit::EpisodeOutcome;
/// use lamas_controller::settings::Settings;
/// use lamas_core::units::{PathTokens, Usd};
///
/// // A layer of two operators, of which the second one is critical.
/// let critical = vec![vec![false, true]];
/// let (cost, length) = (Usd(0.01), PathTokens(1000.0));
/// let outcome = EpisodeOutcome { score: 1.0, cost, length, critical, saved: Vec::new() };
/// let rewards = &outcome.operator_rewards(&Settings::honest())[0];
/// assert!(rewards[0] > rewards[1]);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpisodeOutcome {
    /// S, 0 or 1.
    pub score: f64,
    /// C, the sum over the whole trace (equation 2).
    pub cost: Usd,
    /// T, the critical path of the whole trace (equation 9).
    pub length: PathTokens,
    /// `[layer][operator]`: whether it is critical (equation 6).
    pub critical: Vec<Vec<bool>>,
    /// `[layer][operator]`: T - T without it; empty where no credit asks for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub saved: Vec<Vec<PathTokens>>,
}

impl EpisodeOutcome {
    /// The outcome of an episode whose graph has this many layers.
    #[must_use]
    pub fn new(score: f64, cost: Usd, path: &CriticalPath<PathTokens>, layers: usize) -> Self {
        let layers = u32::try_from(layers).expect("a graph has far fewer than 2^32 layers");
        let critical = (0..layers).map(|layer| path.layer(layer).map(|operator| operator.critical).collect()).collect();
        Self { score, cost, length: path.length, critical, saved: Vec::new() }
    }

    /// The same with what each operator adds to the path of this trace, where the settings' credit asks for it.
    #[must_use]
    pub fn with_differences(mut self, trace: &Trace, settings: &Settings) -> Self {
        if settings.credit == Credit::Difference {
            let layers = 0..u32::try_from(self.critical.len()).expect("a graph has far fewer than 2^32 layers");
            let differences = critical_path::differences(trace, |span| critical_path::tokens(span, settings.gamma).0);
            let of_layer = |layer| {
                let within = differences.iter().filter(move |(block, _)| *block == SpanKind::Layer(layer));
                within.map(|(_, saved)| PathTokens(*saved)).collect()
            };
            self.saved = layers.map(of_layer).collect();
        }
        self
    }

    /// The terms of equation (5).
    #[must_use]
    pub fn reward(&self, settings: &Settings) -> Reward {
        Reward { score: self.score, cost: settings.cost_term(self.cost), latency: settings.latency_term(self.length) }
    }

    /// R(o) of equation (7) by layer and executed operator.
    #[must_use]
    pub fn operator_rewards(&self, settings: &Settings) -> Vec<Vec<f64>> {
        let reward = self.reward(settings);
        if settings.credit == Credit::Difference {
            let of = |saved: &PathTokens| reward.score - reward.cost - settings.latency_term(*saved);
            return self.saved.iter().map(|layer| layer.iter().map(of).collect()).collect();
        }
        let of_layer = |critical: &Vec<bool>| {
            carriers(critical, settings).into_iter().map(|carries| reward.of_operator(carries)).collect()
        };
        self.critical.iter().map(of_layer).collect()
    }
}

/// Which operators of a layer carry the latency, given which are critical.
fn carriers(critical: &[bool], settings: &Settings) -> Vec<bool> {
    match settings.credit {
        Credit::Uniform | Credit::Difference => vec![true; critical.len()],
        Credit::CriticalPath => {
            let mut carriers = critical.to_vec();
            if let Some(released) = &settings.released {
                released.charge_idle(&mut carriers);
            }
            carriers
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A layer whose second operator is critical, and a layer that only stops.
    fn outcome() -> EpisodeOutcome {
        EpisodeOutcome {
            score: 1.0,
            cost: Usd(0.01),
            length: PathTokens(1000.0),
            critical: vec![vec![false, true, false], vec![false]],
            saved: Vec::new(),
        }
    }

    const WITHOUT: f64 = 1.0 - 3.0 * 0.01;
    const WITH: f64 = WITHOUT - 1e-4 * 1000.0;

    #[test]
    fn the_critical_operator_alone_pays_for_latency_and_a_stop_never_does() {
        let rewards = outcome().operator_rewards(&Settings::honest());
        assert_eq!(rewards, [vec![WITHOUT, WITH, WITHOUT], vec![WITHOUT]]);
    }

    #[test]
    fn uniform_credit_makes_everyone_pay() {
        let settings = Settings { credit: Credit::Uniform, ..Settings::honest() };
        assert_eq!(outcome().operator_rewards(&settings), [vec![WITH; 3], vec![WITH]]);
    }

    #[test]
    fn by_difference_everyone_pays_for_what_it_adds_to_the_path() {
        let saved = vec![vec![PathTokens(0.0), PathTokens(250.0), PathTokens(0.0)], vec![PathTokens(0.0)]];
        let settings = Settings { credit: Credit::Difference, ..Settings::honest() };
        let rewards = EpisodeOutcome { saved, ..outcome() }.operator_rewards(&settings);
        assert_eq!(rewards, [vec![WITHOUT, WITHOUT - 1e-4 * 250.0, WITHOUT], vec![WITHOUT]]);
    }

    #[test]
    fn the_paper_preset_makes_a_lone_stop_pay() {
        let rewards = outcome().operator_rewards(&Settings::paper());
        assert_eq!(rewards, [vec![WITHOUT, WITH, WITHOUT], vec![WITH]]);
    }
}
