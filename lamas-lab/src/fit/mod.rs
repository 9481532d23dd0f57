//! `fit-sim`: where the numbers of the simulated model's profile come from, computed again.
//!
//! A profile is frozen, so nothing here changes one. Estimators are pure functions with tests on data whose parameters are
//! known; readers turn recorded outputs of real models into what they need.
//!
//! - [`recorded`]: recorded outputs of real models, as their authors publish them
//! - [`correctness`]: how correctness spreads over problems and over samples of one (kappa)
//! - [`lengths`]: how output length spreads, and what being wrong adds (between, spread, delta)
//! - [`wrong`]: the share of the commonest wrong answer (omega)
//! - [`text`]: how well a statement's text predicts success (R squared)
//! - [`pairs`]: success of two ways of answering on the same problems (tetrachoric correlation)
//! - [`calibration`]: what follows from published rows (kappa, breaks, the ensemble's length, spread)
//! - [`seed`]: the choice of the world
//! - [`interval`]: intervals by resampling problems
//! - [`report`]: the table and a figure for each fit

pub mod calibration;
pub mod correctness;
pub mod interval;
pub mod lengths;
pub mod pairs;
pub mod recorded;
pub mod report;
pub mod seed;
pub mod text;
pub mod wrong;

use lamas_sim::Profile;

use lamas_report::bootstrap::Estimate;
use recorded::Recorded;

/// One number of the profile, fitted again.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// What it is.
    pub quantity: String,
    /// The section of the profile, or what it was measured on.
    pub on: String,
    /// As it comes out here, with an interval where problems were resampled.
    pub fitted: Estimate,
    /// As it stands in the profile.
    pub profile: f64,
    /// Where the data come from.
    pub source: &'static str,
    /// How the profile's number came about.
    pub standing: Standing,
}

/// How a number of the profile came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Fitted this way: it should come out again.
    Fitted,
    /// An assumption, for which this is the nearest evidence, from another model.
    Assumed,
}

impl Fit {
    /// Whether the profile's number lies in the interval, or where there is none, within 5% of the fitted one.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let Estimate { value, low, high } = self.fitted;
        if low < high {
            (low..=high).contains(&self.profile)
        } else {
            (self.profile - value).abs() <= 0.05 * value.abs()
        }
    }
}

/// A value without an interval.
pub(crate) fn exact(value: f64) -> Estimate {
    Estimate { value, low: value, high: value }
}

/// Everything that recorded outputs say about the profile's numbers.
#[must_use]
pub fn from_recorded(recorded: &Recorded, profile: &Profile) -> Vec<Fit> {
    const EIGHT: &str = "eight samples of Qwen2.5-Math on 100 MATH problems";
    const VERDICTS: &str = "verdicts of four GPT-3 models on GSM8K";
    const PROGRAMS: &str = "ToRA programs and GPT-4 or Mixtral answers on GSM8K";
    let fit = |quantity: &str, on: &str, fitted, profile, source, standing| Fit {
        quantity: quantity.to_owned(),
        on: on.to_owned(),
        fitted,
        profile,
        source,
        standing,
    };
    let (eight, answers) = (&recorded.eight, &profile.answers);
    let math = profile.section("math");
    let right = eight.iter().map(|problem| correctness::Count::of(&problem.right)).collect::<Vec<_>>();
    let mut fits = Vec::new();
    if let Some(math) = math {
        let kappa = interval::over(&right, |counts| correctness::beta_binomial(counts).concentration);
        fits.push(fit("kappa", "math", kappa, math.concentration.get(), EIGHT, Standing::Assumed));
        let spread = interval::over(eight, |problems| lengths::components(problems).within);
        let assumed = math.spread.get();
        fits.push(fit("spread within", "math", spread, assumed, EIGHT, Standing::Assumed));
    }
    let between = interval::over(eight, |problems| lengths::components(problems).between);
    let delta = interval::over(eight, |problems| lengths::components(problems).wrong);
    let omega = interval::over(eight, wrong::attractor_share);
    for (quantity, fitted, assumed) in [
        ("spread between", between, profile.length.between.get()),
        ("delta", delta, profile.length.wrong.get()),
        ("omega", omega, answers.attractor.get()),
    ] {
        fits.push(fit(quantity, "math", fitted, assumed, EIGHT, Standing::Assumed));
    }
    let text = |read: fn(&text::Regression) -> f64| {
        interval::over(&recorded.verdicts, move |rows| read(&text::regression(rows)))
    };
    fits.push(fit(
        "R2 of the text",
        "gsm8k",
        text(|r| r.r_squared),
        answers.text_signal.get(),
        VERDICTS,
        Standing::Assumed,
    ));
    if let Some(section) = profile.section("gsm8k") {
        let weights = &section.text;
        for (quantity, fitted, used) in [
            ("weight of length", text(|r| -r.weights[0]), weights.length.weight.get()),
            ("weight of numbers", text(|r| -r.weights[1]), weights.quantities.weight.get()),
            ("their correlation", text(|r| r.correlation), weights.correlation.get()),
        ] {
            fits.push(fit(quantity, "gsm8k", fitted, used, VERDICTS, Standing::Fitted));
        }
    }
    for (name, pairs) in &recorded.pairs {
        let r = interval::over(pairs, |pairs| pairs::tetrachoric(&pairs::Table::of(pairs)));
        let quantity = "r";
        fits.push(fit(quantity, name, r, answers.reasoned_program.get(), PROGRAMS, Standing::Assumed));
    }
    fits
}
