//! Routing without gradients: a query gets what was best, on average, for the known queries that are nearest to it.

use crate::encoder::Embeddings;

/// The rows of `known` nearest to a query by cosine, nearest first; of equally near ones the one that stands first.
/// Embeddings have unit length, so that the cosine is their product. What comes back are places in `rows`.
///
/// # Shapes
/// `query: [D]`, `known: [rows, D]`.
///
/// ```
/// use lamas_controller::encoder::{Encoder, Hashed};
/// use lamas_controller::neighbours::nearest;
///
/// let known = Hashed.encode(&["2 apples and 3 pears", "a train at 60 km/h", "4 apples and 5 pears"])?;
/// let query = Hashed.encode(&["6 apples and 7 pears"])?;
/// assert!(!nearest(query.row(0), &known, &[0, 1, 2], 2).contains(&1));
/// # Ok::<(), lamas_controller::ControllerError>(())
/// ```
#[must_use]
pub fn nearest(query: &[f32], known: &Embeddings, rows: &[usize], k: usize) -> Vec<usize> {
    let cosine =
        |row: usize| -> f64 { known.row(row).iter().zip(query).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let mut near: Vec<(f64, usize)> = rows.iter().enumerate().map(|(place, &row)| (cosine(row), place)).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    near.into_iter().take(k).map(|(_, place)| place).collect()
}

/// The option with the best mean over some places, and of equal ones the first. `values: [options][places]`; an unscored
/// value (`None`) is left out, and an option without any scored one comes last.
#[must_use]
pub fn best(values: &[Vec<Option<f64>>], places: &[usize]) -> usize {
    let means: Vec<f64> = values.iter().map(|row| mean(places.iter().filter_map(|&place| row[place]))).collect();
    (1..means.len()).fold(0, |best, next| if means[next] > means[best] { next } else { best })
}

/// The mean; minus infinity of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { f64::NEG_INFINITY } else { sum / f64::from(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_by_angle_come_first_and_equals_in_order() {
        let known = Embeddings::normalised(2, vec![1.0, 0.0, 0.0, 5.0, 3.0, 3.0, 2.0, 0.0, -1.0, 0.0]).unwrap();
        assert_eq!(nearest(&[1.0, 0.1], &known, &[0, 1, 2, 3, 4], 3), [0, 3, 2]);
        // Places among the rows that are there, not rows.
        assert_eq!(nearest(&[0.0, 1.0], &known, &[4, 2, 1], 5), [2, 1, 0]);
    }

    #[test]
    fn two_groups_of_queries_get_an_option_each() {
        let known = Embeddings::normalised(2, vec![1.0, 0.0, 1.0, 0.1, 0.0, 1.0, 0.1, 1.0]).unwrap();
        let values = [vec![Some(1.0), None, Some(0.0), Some(0.2)], vec![Some(0.1), Some(0.4), Some(1.0), Some(0.0)]];
        let of = |query: &[f32]| best(&values, &nearest(query, &known, &[0, 1, 2, 3], 2));
        assert_eq!((of(&[1.0, 0.0]), of(&[0.0, 1.0])), (0, 1));
    }

    #[test]
    fn options_that_were_never_scored_come_last_and_of_equal_ones_the_first_counts() {
        assert_eq!(best(&[vec![None], vec![Some(-3.0)]], &[0]), 1);
        assert_eq!(best(&[vec![Some(0.5)], vec![Some(0.5)]], &[0]), 0);
        assert_eq!(best(&[vec![None], vec![None]], &[]), 0);
    }
}
