//! How output length spreads: `log N = problem + wrong delta + noise`.

use super::recorded::Samples;

/// Standard deviations on the log scale, and what being wrong adds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Components {
    /// Between problems.
    pub between: f64,
    /// Within a problem, from sample to sample.
    pub within: f64,
    /// delta: how much longer wrong samples are than right ones of the same problem; NaN where no problem has both.
    pub wrong: f64,
}

/// Method of moments: the mean variance within problems; the variance of their means less what sampling adds to it; the
/// mean difference of wrong and right samples over problems that have both.
#[must_use]
pub fn components(problems: &[Samples]) -> Components {
    let lengths: Vec<&[f64]> = problems.iter().map(|problem| &*problem.log_lengths).collect();
    let within = mean(lengths.iter().map(|lengths| variance(lengths)));
    let means: Vec<f64> = lengths.iter().map(|lengths| mean(lengths.iter().copied())).collect();
    let sampling = mean(lengths.iter().map(|lengths| variance(lengths) / lengths.len() as f64));
    Components {
        between: (variance(&means) - sampling).max(0.0).sqrt(),
        within: within.sqrt(),
        wrong: mean(problems.iter().filter_map(difference)),
    }
}

/// Mean log length of wrong samples less that of right ones, of a problem that has both.
fn difference(problem: &Samples) -> Option<f64> {
    let of = |wanted: bool| {
        let pairs = problem.right.iter().zip(&*problem.log_lengths);
        mean(pairs.filter(|(right, _)| **right == wanted).map(|(_, length)| *length))
    };
    Some(of(false) - of(true)).filter(|difference| difference.is_finite())
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

/// The unbiased variance.
fn variance(values: &[f64]) -> f64 {
    let centre = mean(values.iter().copied());
    values.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)
}

#[cfg(test)]
mod tests {
    use lamas_core::random::Seed;
    use rand::RngExt;

    use super::*;

    #[test]
    fn known_components_are_found_again() {
        let mut random = Seed(2).stream("test", &[]);
        // The sum of twelve uniform variables less six is near enough to a normal one.
        let mut normal = || (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
        let problems: Vec<Samples> = (0..3000)
            .map(|_| {
                let effect = 0.4 * normal();
                let right: Vec<bool> = (0..8).map(|sample| sample % 2 == 0).collect();
                let log_lengths =
                    right.iter().map(|right| effect + if *right { 0.0 } else { 0.1 } + 0.2 * normal()).collect();
                Samples { right, log_lengths, answers: Vec::new() }
            })
            .collect();
        let found = components(&problems);
        assert!((found.between - 0.4).abs() < 0.02, "{found:?}");
        // Half of the samples are longer by 0.1, which is a part of the spread within a problem.
        assert!((found.within - (0.04_f64 + 0.0025).sqrt()).abs() < 0.01, "{found:?}");
        assert!((found.wrong - 0.1).abs() < 0.01, "{found:?}");
    }
}
