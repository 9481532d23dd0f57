//! Places labels beside their points so that no two labels overlap and as little as possible is covered.

use crate::canvas::{Point, Rect, px};

/// A label waiting for a place.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    /// The point it belongs to.
    pub(crate) anchor: Point,
    /// How far the point's marker reaches, on the grid.
    pub(crate) reach: i32,
    /// Width and height of the text, on the grid.
    pub(crate) size: (i32, i32),
}

/// Gaps between marker and label that are tried, in px; from the second on the label needs a leader line.
const GAPS: [f64; 4] = [1.5, 7.0, 14.0, 22.0];
/// Directions that are tried, the preferred ones first: above right, right, above, below right, ...
const DIRECTIONS: [(f64, f64); 8] =
    [(0.7, -0.7), (1.0, 0.0), (0.0, -1.0), (0.7, 0.7), (-0.7, -0.7), (0.0, 1.0), (-1.0, 0.0), (-0.7, 0.7)];

/// A rectangle for each label, in order, or none where a label finds no free place inside the bounds. Earlier labels
/// choose first. Obstacles are avoided where possible, with their weight; at most a quarter of a label is covered.
pub(crate) fn place(labels: &[Label], obstacles: &[(Rect, f64)], bounds: Rect) -> Vec<Option<Rect>> {
    let mut taken: Vec<Rect> = Vec::new();
    labels
        .iter()
        .map(|label| {
            let area = f64::from(label.size.0) * f64::from(label.size.1);
            let (cost, best) = candidates(label)
                .enumerate()
                .filter(|(_, rect)| bounds.contains(rect) && taken.iter().all(|other| rect.overlap(other) == 0))
                .map(|(rank, rect)| (rank as f64 * 0.008 + covered(&rect, obstacles) / area, rect))
                .min_by(|a, b| a.0.total_cmp(&b.0))?;
            (cost < 0.5).then(|| taken.push(best))?;
            Some(best)
        })
        .collect()
}

fn covered(rect: &Rect, obstacles: &[(Rect, f64)]) -> f64 {
    obstacles.iter().map(|(obstacle, weight)| rect.overlap(obstacle) as f64 * weight).sum()
}

fn candidates(label: &Label) -> impl Iterator<Item = Rect> + '_ {
    let (half_width, half_height) = (label.size.0 / 2, label.size.1 / 2);
    GAPS.into_iter().flat_map(move |gap| {
        let distance = f64::from(label.reach + px(gap));
        DIRECTIONS.into_iter().map(move |(dx, dy)| {
            // The label's near side, not its centre, lies at the distance.
            let x = label.anchor.0 + (dx * distance) as i32 + side(dx) * half_width;
            let y = label.anchor.1 + (dy * distance) as i32 + side(dy) * half_height;
            Rect::around((x, y), half_width, half_height)
        })
    })
}

fn side(direction: f64) -> i32 {
    if direction == 0.0 { 0 } else { direction.signum() as i32 }
}

/// A line from a label to its point's marker, where the two do not stand side by side.
pub(crate) fn leader(label: &Rect, anchor: Point, reach: i32) -> Option<[Point; 2]> {
    let near = (anchor.0.clamp(label.left, label.right), anchor.1.clamp(label.top, label.bottom));
    let (dx, dy) = (f64::from(near.0 - anchor.0), f64::from(near.1 - anchor.1));
    let distance = dx.hypot(dy);
    let edge = f64::from(reach) / distance;
    (distance > f64::from(reach + px(5.0)))
        .then(|| [(anchor.0 + (dx * edge) as i32, anchor.1 + (dy * edge) as i32), near])
}

/// Small rectangles along a line, as obstacles for labels.
pub(crate) fn along(from: Point, to: Point) -> impl Iterator<Item = Rect> {
    let half = px(1.0);
    let length = f64::from(from.0 - to.0).hypot(f64::from(from.1 - to.1));
    let steps = (length / f64::from(2 * half)).ceil().clamp(1.0, 400.0) as i32;
    (0..=steps).map(move |step| {
        let t = f64::from(step) / f64::from(steps);
        let between = |a: i32, b: i32| (f64::from(a) + t * f64::from(b - a)).round() as i32;
        Rect::around((between(from.0, to.0), between(from.1, to.1)), half, half)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels() -> impl Strategy<Value = Vec<Label>> {
        let label = ((0..4000, 0..3000), 0..80, (20..900, 40..120)).prop_map(|(anchor, reach, size)| Label {
            anchor,
            reach,
            size,
        });
        prop::collection::vec(label, 0..60)
    }

    proptest! {
        #[test]
        fn placed_labels_never_overlap_nor_leave_the_bounds(labels in labels()) {
            let bounds = Rect { left: 0, top: 0, right: 4000, bottom: 3000 };
            let placed: Vec<Rect> = place(&labels, &[], bounds).into_iter().flatten().collect();
            for (index, rect) in placed.iter().enumerate() {
                prop_assert!(bounds.contains(rect));
                prop_assert!(placed[..index].iter().all(|other| rect.overlap(other) == 0));
            }
        }
    }

    #[test]
    fn a_label_moves_off_an_obstacle() {
        let label = Label { anchor: (2000, 1500), reach: 40, size: (300, 90) };
        let bounds = Rect { left: 0, top: 0, right: 4000, bottom: 3000 };
        let free = place(std::slice::from_ref(&label), &[], bounds)[0].unwrap();
        let moved = place(&[label], &[(free, 1.0)], bounds)[0].unwrap();
        assert_eq!(moved.overlap(&free), 0);
    }
}
