//! What a front of measured points (critical path, score) is worth, as pure functions.

/// A measured point: critical path in tokens, score in percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrontPoint {
    /// Shorter is better.
    pub path: f64,
    /// Higher is better.
    pub score: f64,
}

/// The area that the points dominate within the box from the reference point (a longest path, a lowest score) to a path of 0
/// and a score of 100, as a percentage of the box. A point outside the box adds nothing.
///
/// ```text
/// score 100 +--------------------+
///           |      #############|
///           |   ################|   #: dominated
///           +-------------------* reference
///           0                path
/// ```
#[must_use]
pub fn hypervolume(points: &[FrontPoint], reference: FrontPoint) -> f64 {
    let mut inside: Vec<FrontPoint> = points
        .iter()
        .copied()
        .filter(|point| point.path < reference.path && point.score > reference.score && point.path >= 0.0)
        .collect();
    inside.sort_by(|a, b| a.path.total_cmp(&b.path));
    let (mut area, mut height) = (0.0, 0.0);
    let mut from = reference.path;
    // From the shortest on: each stretch is as high as the best point so far.
    for point in inside {
        if height > 0.0 {
            area += (point.path - from) * height;
        }
        from = point.path;
        height = f64::max(height, point.score - reference.score);
    }
    area += (reference.path - from) * height;
    100.0 * area / (reference.path * (100.0 - reference.score))
}

/// The critical path at which a method reaches a score: along the straight lines between the neighbours of its front, never
/// beyond a measured point. Where the shortest point reaches it already, that point's path; infinite where none does.
#[must_use]
pub fn path_at_score(points: &[FrontPoint], score: f64) -> f64 {
    let mut last: Option<FrontPoint> = None;
    for point in front(points) {
        if point.score >= score {
            let Some(before) = last else { return point.path };
            let part = (score - before.score) / (point.score - before.score);
            return before.path + part * (point.path - before.path);
        }
        last = Some(point);
    }
    f64::INFINITY
}

/// The points that no other one dominates, from the shortest and lowest to the longest and highest.
fn front(points: &[FrontPoint]) -> Vec<FrontPoint> {
    let mut sorted: Vec<FrontPoint> =
        points.iter().copied().filter(|p| p.path.is_finite() && p.score.is_finite()).collect();
    sorted.sort_by(|a, b| a.path.total_cmp(&b.path).then(b.score.total_cmp(&a.score)));
    let mut best = f64::NEG_INFINITY;
    sorted.retain(|point| {
        let better = point.score > best;
        best = best.max(point.score);
        better
    });
    sorted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point(path: f64, score: f64) -> FrontPoint {
        FrontPoint { path, score }
    }

    #[test]
    fn areas_by_hand() {
        let reference = point(1000.0, 80.0);
        assert_eq!(hypervolume(&[], reference), 0.0);
        // Half of the length and half of the height.
        assert_eq!(hypervolume(&[point(500.0, 90.0)], reference), 25.0);
        // A second, longer and better one adds a quarter of the length and a quarter of the height.
        assert_eq!(hypervolume(&[point(750.0, 95.0), point(500.0, 90.0)], reference), 31.25);
        // Dominated, too long, too low.
        let more = [point(500.0, 90.0), point(600.0, 89.0), point(1000.0, 99.0), point(100.0, 80.0)];
        assert_eq!(hypervolume(&more, reference), 25.0);
        assert_eq!(hypervolume(&[point(0.0, 100.0)], reference), 100.0);
    }

    #[test]
    fn a_score_is_matched_between_measured_points_alone() {
        // The one in the middle is dominated and leads no line.
        let points = [point(900.0, 92.0), point(400.0, 88.0), point(600.0, 87.0)];
        assert_eq!(path_at_score(&points, 90.0), 650.0);
        assert_eq!(path_at_score(&points, 92.0), 900.0);
        assert_eq!(path_at_score(&points, 80.0), 400.0);
        assert_eq!(path_at_score(&points, 92.1), f64::INFINITY);
        assert_eq!(path_at_score(&[], 50.0), f64::INFINITY);
    }

    fn points() -> impl Strategy<Value = Vec<FrontPoint>> {
        prop::collection::vec((0.0..2000.0f64, 50.0..100.0f64).prop_map(|(path, score)| point(path, score)), 0..12)
    }

    proptest! {
        #[test]
        fn a_further_point_never_shrinks_the_volume(points in points(), path in 0.0..2000.0f64, score in 50.0..100.0f64) {
            let reference = point(1500.0, 70.0);
            let before = hypervolume(&points, reference);
            let with: Vec<FrontPoint> = points.iter().copied().chain([point(path, score)]).collect();
            let after = hypervolume(&with, reference);
            prop_assert!((0.0..=100.0 + 1e-9).contains(&before));
            prop_assert!(after >= before - 1e-9, "{before} {after}");
            let mut turned = with;
            turned.reverse();
            prop_assert!((hypervolume(&turned, reference) - after).abs() < 1e-9);
        }

        #[test]
        fn a_better_point_never_shrinks_the_volume(points in points(), which in 0usize..12, shorter in 0.0..300.0f64, better in 0.0..10.0f64) {
            let reference = point(1500.0, 70.0);
            prop_assume!(!points.is_empty());
            let mut improved = points.clone();
            let index = which % points.len();
            improved[index].path = (improved[index].path - shorter).max(0.0);
            improved[index].score = (improved[index].score + better).min(100.0);
            prop_assert!(hypervolume(&improved, reference) >= hypervolume(&points, reference) - 1e-9);
        }

        #[test]
        fn a_higher_score_never_takes_a_shorter_path(points in points(), low in 40.0..100.0f64, more in 0.0..20.0f64) {
            let (at_low, at_high) = (path_at_score(&points, low), path_at_score(&points, low + more));
            prop_assert!(at_low <= at_high + 1e-9);
            if at_low.is_finite() {
                let paths = || points.iter().map(|point| point.path);
                prop_assert!(at_low >= paths().fold(f64::INFINITY, f64::min) - 1e-9);
                prop_assert!(at_low <= paths().fold(0.0, f64::max) + 1e-9);
            }
        }
    }
}
