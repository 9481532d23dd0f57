//! The directions in which queries differ most. A few dozen rows cannot carry the hundreds of dimensions of an embedding: a
//! network over all of them learns the rows by heart.

use crate::linear::dot;

/// Rounds of the iteration. Directions need not be told apart that carry about as much as each other.
const ROUNDS: usize = 40;

/// `[components][D]`: the first principal components of some centred rows, each of length 1; fewer where the rows span less.
///
/// Subspace iteration on the rows' products with each other: what it costs hardly depends on D.
#[must_use]
pub fn principal(rows: &[Vec<f64>], components: usize) -> Vec<Vec<f64>> {
    let count = rows.len();
    let products: Vec<Vec<f64>> = rows.iter().map(|one| rows.iter().map(|other| dot(one, other)).collect()).collect();
    let largest = (0..count).map(|row| products[row][row]).fold(0.0, f64::max);
    let components = components.min(count.saturating_sub(1));
    // Any start will do that is at right angles to none of them.
    let start = |component: usize| (0..count).map(|row| ((component + 1) as f64 * (row as f64 + 0.5)).cos()).collect();
    let mut basis: Vec<Vec<f64>> = (0..components).map(start).collect();
    for _ in 0..ROUNDS {
        basis = basis.iter().map(|own| products.iter().map(|row| dot(row, own)).collect()).collect();
        orthonormal(&mut basis, 1e-9 * largest);
    }
    let back = |own: &Vec<f64>| {
        let mut direction = vec![0.0; rows.first().map_or(0, Vec::len)];
        for (row, share) in rows.iter().zip(own) {
            direction.iter_mut().zip(row).for_each(|(sum, x)| *sum += share * x);
        }
        direction
    };
    let mut directions: Vec<Vec<f64>> = basis.iter().map(back).collect();
    orthonormal(&mut directions, 1e-9 * largest.sqrt());
    directions
}

/// Makes vectors of length 1 at right angles to those before them, and drops what is shorter than this by then.
fn orthonormal(vectors: &mut Vec<Vec<f64>>, shortest: f64) {
    let mut done: Vec<Vec<f64>> = Vec::new();
    for mut vector in vectors.drain(..) {
        // Twice, since the first time leaves what rounding leaves.
        for _ in 0..2 {
            for before in &done {
                let along = dot(&vector, before);
                vector.iter_mut().zip(before).for_each(|(x, other)| *x -= along * other);
            }
        }
        let length = dot(&vector, &vector).sqrt();
        if length > shortest {
            vector.iter_mut().for_each(|x| *x /= length);
            done.push(vector);
        }
    }
    *vectors = done;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_components_are_the_directions_of_most_variance() {
        // Spread by 3 along (0.6, 0.8, 0), by 1 along (-0.8, 0.6, 0), and by nothing along the third axis.
        let row = |i: i32| {
            let (long, short) = (3.0 * f64::from(i % 7 - 3), f64::from(i % 5 - 2));
            vec![0.6 * long - 0.8 * short, 0.8 * long + 0.6 * short, 0.0]
        };
        let rows: Vec<Vec<f64>> = (0..35).map(row).collect();
        let found = principal(&rows, 3);
        assert_eq!(found.len(), 2, "the third direction holds nothing");
        assert!((found[0][0].abs() - 0.6).abs() < 1e-6 && (found[0][1].abs() - 0.8).abs() < 1e-6, "{found:?}");
        assert!(dot(&found[0], &found[1]).abs() < 1e-9 && (dot(&found[1], &found[1]) - 1.0).abs() < 1e-9);
        assert!(principal(&rows[..1], 3).is_empty());
    }
}
