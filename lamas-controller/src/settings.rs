//! Everything that shapes the controller and its training, as plain data with two presets.

use std::ops::RangeInclusive;

use lamas_core::operator::OperatorName;
use lamas_core::units::{Gamma, PathTokens, Usd};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::released::Conventions;
use crate::{ControllerError, Result};

/// Who carries the latency term of the reward.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Credit {
    /// A layer's critical operator alone (equations 6 and 7).
    #[default]
    CriticalPath,
    /// Every operator (the ablation of the paper's Table 5).
    Uniform,
    /// Every operator for the part of the path that would not be there without it: `lambda_t (T - T without o)`.
    Difference,
}

/// What rewards are compared with before they weigh a draw.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// The running mean and deviation over all queries (equation 8).
    #[default]
    Running,
    /// The mean reward of the other episodes of the same query: all K passes over a batch of queries run at once (arXiv
    /// 2402.14740).
    LeaveOneOut,
}

/// Which log-probability the loss differentiates.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogProb {
    /// The exact probability of the raw draw without replacement.
    #[default]
    Exact,
    /// The sum of unconditional `log p` over the executed operators, as the released code has it.
    Sum,
}

/// What becomes of a draw with an operator that has nothing to work on.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Impossible {
    /// It cannot be drawn.
    #[default]
    Mask,
    /// It is drawn, and does nothing.
    Skip,
}

/// The most passes over the training queries; beyond, a run would not end.
const MOST_PASSES: u32 = 10_000;

/// The largest lambda_t, in reward per token. Larger prices leave nothing of the score, and reach the end of 32-bit numbers.
pub const MOST_LAMBDA_T: f64 = 1e6;

/// How operators are taken from the policy's distribution.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// At random, in proportion to their probability (equation 4).
    #[default]
    Draw,
    /// The most probable first; the same layer every time.
    MostProbable,
}

/// What divides the cosines before the softmax.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Temperature {
    /// Its value at the start; without unit; 1 (the paper's). At 1 no operator out of seven can pass p = 0.552.
    pub initial: f64,
    /// Whether each layer learns its own; false.
    pub learned: bool,
}

impl Default for Temperature {
    fn default() -> Self {
        Self { initial: 1.0, learned: false }
    }
}

/// The controller's settings. The default is what the paper says, put right where it says two things.
///
/// ```
/// use lamas_controller::settings::Settings;
///
/// // The keys under `controller` in an experiment; missing ones take the default.
/// let settings: Settings = serde_yaml::from_str("{tau: 0.5, passes: 2}").unwrap();
/// assert_eq!((settings.tau, settings.passes, settings.batch), (0.5, 2, 4));
/// settings.check().unwrap();
/// let message = Settings { tau: 1.5, ..settings }.check().unwrap_err().to_string();
/// assert_eq!(message, "`tau` is 1.5: must lie between 0 and 1");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// L, the most layers of a graph; 4.
    pub layers: usize,
    /// Dimensions in which query and operator are compared; 32.
    pub hidden: usize,
    /// tau of equation (4), the probability mass that a layer's operators reach; 0.3.
    pub tau: f64,
    /// lambda_c of equation (5), reward per USD; 3.
    pub lambda_c: f64,
    /// lambda_t of equation (5), reward per token of the critical path; 1e-4 (= 0.005 / 50).
    pub lambda_t: f64,
    /// gamma of equation (9), tokens per second of tool time; 50.
    pub gamma: Gamma,
    /// K, passes over the training queries; 4.
    pub passes: u32,
    /// Queries per update; 4.
    pub batch: usize,
    /// Adam's step size; 0.01.
    pub learning_rate: f64,
    /// Weight of the old value in the running mean and deviation of rewards; 0.95.
    pub ema: f64,
    /// Who carries the latency term; `critical_path`.
    pub credit: Credit,
    /// What rewards are compared with; `running`.
    pub compared: Compared,
    /// Which log-probability the loss differentiates; `exact`.
    pub log_prob: LogProb,
    /// What becomes of a draw with an operator that has nothing to work on; `mask`.
    pub impossible: Impossible,
    /// What divides the cosines before the softmax; 1, fixed.
    pub temperature: Temperature,
    /// How operators are taken when the policy is evaluated; `draw`. Training always draws.
    pub evaluation: Selection,
    /// What a first layer becomes that could not answer; `generate`.
    pub fallback: OperatorName,
    /// What counts as in the authors' released code instead of the paper; nothing.
    pub released: Option<Conventions>,
}

impl Default for Settings {
    fn default() -> Self {
        Self::honest()
    }
}

impl Settings {
    /// The paper's method with its accounting put right: the raw draw is scored with its exact probability, impossible
    /// actions are masked, and an operator without duration is never critical.
    #[must_use]
    pub fn honest() -> Self {
        Self {
            layers: 4,
            hidden: 32,
            tau: 0.3,
            lambda_c: 3.0,
            lambda_t: 1e-4,
            gamma: Gamma(50.0),
            passes: 4,
            batch: 4,
            learning_rate: 0.01,
            ema: 0.95,
            credit: Credit::CriticalPath,
            compared: Compared::Running,
            log_prob: LogProb::Exact,
            impossible: Impossible::Mask,
            temperature: Temperature::default(),
            evaluation: Selection::Draw,
            fallback: "generate".into(),
            released: None,
        }
    }

    /// The released code's learning rule, for comparison: the sum of unconditional log-probabilities over the rewritten
    /// layer, and all of its [`Conventions`]: draws that raise drawn anew, an idle layer's first operator counted as critical,
    /// and a penalty on the layers alone.
    #[must_use]
    pub fn paper() -> Self {
        Self {
            log_prob: LogProb::Sum,
            impossible: Impossible::Skip,
            released: Some(Conventions::default()),
            ..Self::honest()
        }
    }

    /// Checks every value.
    ///
    /// # Errors
    /// Names the first setting that cannot be used and what it may be.
    pub fn check(&self) -> Result<()> {
        let require = |fits: bool, key, value: String, expected: &str| {
            if fits { Ok(()) } else { Err(ControllerError::Setting { key, value, expected: expected.to_owned() }) }
        };
        let within = |key, value: f64, range: RangeInclusive<f64>, unit: &str| {
            let [least, most] =
                [range.start(), range.end()].map(|end| if *end < 1e5 { end.to_string() } else { format!("{end:e}") });
            let expected = format!("must lie between {least} and {most}{unit}");
            require(range.contains(&value), key, number(value), &expected)
        };
        let size = |key, value: usize, most: usize| {
            require((1..=most).contains(&value), key, value.to_string(), &format!("must lie between 1 and {most}"))
        };
        size("layers", self.layers, 64)?;
        size("hidden", self.hidden, 4096)?;
        require(
            self.passes <= MOST_PASSES,
            "passes",
            self.passes.to_string(),
            &format!("must be at most {MOST_PASSES}"),
        )?;
        within("tau", self.tau, 0.0..=1.0, "")?;
        within("lambda_c", self.lambda_c, 0.0..=1e6, " (reward per USD)")?;
        within("lambda_t", self.lambda_t, 0.0..=MOST_LAMBDA_T, " (reward per token)")?;
        within("gamma", self.gamma.0, 0.0..=1e6, " (tokens per second)")?;
        size("batch", self.batch, 100_000)?;
        within("learning_rate", self.learning_rate, 0.0..=10.0, "")?;
        require(
            self.compared == Compared::Running || self.passes != 1,
            "passes",
            self.passes.to_string(),
            "must be 2 or more where `compared` is `leave_one_out`: one episode has no others of its query",
        )?;
        require((0.0..1.0).contains(&self.ema), "ema", number(self.ema), "must lie in [0, 1)")?;
        // The random policy is one whose temperature is far above every logit.
        within("temperature.initial", self.temperature.initial, 0.001..=1e15, "")
    }

    /// How many episodes an update is made from.
    #[must_use]
    pub fn episodes(&self) -> usize {
        match self.compared {
            Compared::Running => self.batch,
            Compared::LeaveOneOut => self.batch * self.passes as usize,
        }
    }

    /// Of two lengths the one that the latency term penalises: of the whole trace, or of the layers alone
    /// ([`Conventions::layers_alone`]).
    #[must_use]
    pub fn penalised<'p, P>(&self, whole: &'p P, layers: &'p P) -> &'p P {
        if self.released.as_ref().is_some_and(|released| released.layers_alone) { layers } else { whole }
    }

    /// lambda_c C, the cost term of equation (5).
    #[must_use]
    pub fn cost_term(&self, cost: Usd) -> f64 {
        self.lambda_c * cost.0
    }

    /// lambda_t T, the latency term of equation (5).
    #[must_use]
    pub fn latency_term(&self, length: PathTokens) -> f64 {
        self.lambda_t * length.0
    }
}

/// A number as it is written: no row of zeros where it is far from 1.
fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || !size.is_finite() || (1e-5..1e6).contains(&size) {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_usable_and_differ_in_the_accounting_alone() {
        Settings::paper().check().unwrap();
        Settings::honest().check().unwrap();
        let put_right =
            Settings { log_prob: LogProb::Exact, impossible: Impossible::Mask, released: None, ..Settings::paper() };
        assert_eq!(put_right, Settings::honest());
        assert_eq!(Settings::default(), Settings::honest());
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let message = Settings { tau: 1.5, ..Settings::default() }.check().unwrap_err().to_string();
        assert_eq!(message, "`tau` is 1.5: must lie between 0 and 1");
        let nan = Settings { lambda_t: f64::NAN, ..Settings::default() };
        assert!(nan.check().unwrap_err().to_string().starts_with("`lambda_t` is NaN"));
    }

    #[test]
    fn what_would_leave_nothing_of_a_reward_or_a_probability_is_refused() {
        let honest = Settings::honest;
        let temperature = |initial| Settings { temperature: Temperature { initial, learned: false }, ..honest() };
        for (settings, said) in [
            (Settings { learning_rate: 1e308, ..honest() }, "`learning_rate` is 1e308: must lie between 0 and 10"),
            (
                Settings { lambda_c: 1e308, ..honest() },
                "`lambda_c` is 1e308: must lie between 0 and 1e6 (reward per USD)",
            ),
            (
                Settings { lambda_t: 1e308, ..honest() },
                "`lambda_t` is 1e308: must lie between 0 and 1e6 (reward per token)",
            ),
            (
                Settings { gamma: Gamma(1e308), ..honest() },
                "`gamma` is 1e308: must lie between 0 and 1e6 (tokens per second)",
            ),
            (temperature(1e-300), "`temperature.initial` is 1e-300: must lie between 0.001 and 1e15"),
            (temperature(1e300), "`temperature.initial` is 1e300: must lie between 0.001 and 1e15"),
            (Settings { ema: 1.0, ..honest() }, "`ema` is 1: must lie in [0, 1)"),
        ] {
            assert_eq!(settings.check().unwrap_err().to_string(), said);
        }
    }

    #[test]
    fn unknown_keys_are_refused_and_missing_ones_take_the_default() {
        let known: Settings = serde_json::from_str(r#"{"tau": 0.5}"#).unwrap();
        assert_eq!(known, Settings { tau: 0.5, ..Settings::default() });
        let unknown = serde_json::from_str::<Settings>(r#"{"virtual_token_rate": 50}"#).unwrap_err();
        assert!(unknown.to_string().contains("virtual_token_rate"), "{unknown}");
    }
}
