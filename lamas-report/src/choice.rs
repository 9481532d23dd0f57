//! Which lambda_t is chosen for a method: by its training rows alone.
//!
//! The rule, fixed before any result was seen: of the last pass over the training rows, averaged over seeds, the shortest
//! critical path whose score is at most the problem set's margin below the score at the smallest lambda_t (0, where that was
//! run); of equal paths the smaller lambda_t.

use super::series::{Learning, Series};

/// The place of the chosen one among a method's series on one problem set; `None` where it has no lambda_t or learns nothing.
#[must_use]
pub fn choose(series: &[(usize, &Series)], margin: f64) -> Option<usize> {
    let mut swept: Vec<(f64, usize, Learning)> =
        series.iter().filter_map(|(place, series)| Some((series.lambda_t?, *place, series.learning))).collect();
    swept.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (_, _, least) = swept.first()?;
    let enough = least.score - margin;
    let fit = swept.iter().filter(|(_, _, learning)| learning.score >= enough);
    // The first of equal ones, which has the smaller lambda_t.
    let best = fit.min_by(|a, b| a.2.path.total_cmp(&b.2.path))?;
    Some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(lambda_t: f64, score: f64, path: f64) -> Series {
        let learning = Learning { score, path, ..Learning::default() };
        Series { lambda_t: Some(lambda_t), learning, ..Series::default() }
    }

    #[test]
    fn the_shortest_that_is_not_worse_than_without_latency_is_chosen() {
        let all = [
            series(1e-3, 88.0, 500.0),
            series(0.0, 92.0, 1500.0),
            series(1e-4, 91.0, 900.0),
            series(5e-4, 91.2, 900.0),
        ];
        let placed: Vec<(usize, &Series)> =
            all.iter().enumerate().map(|(place, series)| (place + 10, series)).collect();
        assert_eq!(choose(&placed, 1.0), Some(12), "of equal paths the smaller lambda_t");
        assert_eq!(choose(&placed, 4.0), Some(10), "a wider margin lets the shortest pass");
        assert_eq!(choose(&placed, 0.5), Some(11));
        assert_eq!(choose(&[], 1.0), None);
        assert_eq!(choose(&[(0, &Series::default())], 1.0), None, "no lambda_t, no choice");
        let nothing_learned = [series(0.0, f64::NAN, f64::NAN)];
        assert_eq!(choose(&[(0, &nothing_learned[0])], 1.0), None);
    }
}
