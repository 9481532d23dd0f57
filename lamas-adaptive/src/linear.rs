//! Vectors, and small systems of linear equations.

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Solves `(A + diag(ridge)) x = b` for a symmetric A without negative eigenvalues, by Cholesky's decomposition.
pub(crate) fn solve(mut a: Vec<Vec<f64>>, ridge: &[f64], b: &[f64]) -> Vec<f64> {
    let n = b.len();
    for (i, row) in a.iter_mut().enumerate() {
        // Columns that say nothing get a weight of zero instead of a division by it.
        row[i] += ridge[i] + 1e-12;
    }
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| a[i][k] * a[j][k]).sum();
            a[i][j] = if i == j { (a[i][i] - sum).max(1e-300).sqrt() } else { (a[i][j] - sum) / a[j][j] };
        }
    }
    let mut x = b.to_vec();
    for i in 0..n {
        let sum: f64 = (0..i).map(|k| a[i][k] * x[k]).sum();
        x[i] = (x[i] - sum) / a[i][i];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| a[k][i] * x[k]).sum();
        x[i] = (x[i] - sum) / a[i][i];
    }
    x
}

/// Adds `weight * x x^T` to A.
pub(crate) fn add_outer(a: &mut [Vec<f64>], x: &[f64], weight: f64) {
    for (row, xi) in a.iter_mut().zip(x) {
        row.iter_mut().zip(x).for_each(|(entry, xj)| *entry += weight * xi * xj);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_solution_solves() {
        let a = vec![vec![4.0, 1.0, 0.5], vec![1.0, 3.0, 0.2], vec![0.5, 0.2, 2.0]];
        let (ridge, b) = ([0.0, 1.0, 0.5], [1.0, -2.0, 3.0]);
        let x = solve(a.clone(), &ridge, &b);
        for i in 0..3 {
            let left: f64 = (0..3).map(|j| a[i][j] * x[j]).sum::<f64>() + ridge[i] * x[i];
            assert!((left - b[i]).abs() < 1e-9, "{x:?}");
        }
    }
}
