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

/// A marker on the grid, which no label covers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disc {
    pub(crate) center: Point,
    pub(crate) radius: i32,
}

/// What labels have to do with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    /// Labels stay inside.
    pub(crate) bounds: Rect,
    /// All markers, the labels' own among them.
    pub(crate) discs: &'a [Disc],
    /// What is better left free, with its weight.
    pub(crate) obstacles: &'a [(Rect, f64)],
}

/// Gaps between marker and label that are tried, in px; from the second on the label needs a leader line.
const GAPS: [f64; 6] = [1.5, 7.0, 14.0, 22.0, 32.0, 44.0];
/// Directions that are tried, the preferred ones first: above right, right, above, below right, ...
const DIRECTIONS: [(f64, f64); 8] =
    [(0.7, -0.7), (1.0, 0.0), (0.0, -1.0), (0.7, 0.7), (-0.7, -0.7), (0.0, 1.0), (-1.0, 0.0), (-0.7, 0.7)];
/// What each further place that is tried costs; what it costs to stand nearer to another marker than to one's own, and to
/// reach one's own across another.
const RANK: f64 = 0.008;
const ASTRAY: f64 = 0.25;
const ACROSS: f64 = 0.15;
/// The part of a label that obstacles may cover, weighted.
const MOST_COVERED: f64 = 0.25;

/// A rectangle for each label, in order, or none where a label finds no free place. Earlier labels choose first. No label lies
/// over a marker or another label; obstacles are avoided where possible.
pub(crate) fn place(labels: &[Label], around: Surroundings<'_>) -> Vec<Option<Rect>> {
    let mut taken: Vec<Rect> = Vec::new();
    labels
        .iter()
        .map(|label| {
            let free = |rect: &Rect| around.is_free(rect) && taken.iter().all(|other| rect.overlap(other) == 0);
            let (_, best) = candidates(label)
                .enumerate()
                .filter(|(_, rect)| free(rect))
                .filter_map(|(rank, rect)| Some((rank as f64 * RANK + around.cost(label, &rect)?, rect)))
                .min_by(|a, b| a.0.total_cmp(&b.0))?;
            taken.push(best);
            Some(best)
        })
        .collect()
}

impl Surroundings<'_> {
    /// Whether a label inside the bounds would cover no marker.
    fn is_free(&self, rect: &Rect) -> bool {
        self.bounds.contains(rect)
            && self.discs.iter().all(|disc| distance(rect, disc.center) >= f64::from(disc.radius))
    }

    /// What speaks against a free place; `None` where too much would be covered.
    fn cost(&self, label: &Label, rect: &Rect) -> Option<f64> {
        let area = f64::from(label.size.0) * f64::from(label.size.1);
        let covered = self.obstacles.iter().map(|(obstacle, weight)| rect.overlap(obstacle) as f64 * weight);
        let covered = covered.sum::<f64>() / area;
        let others = || self.discs.iter().filter(|disc| disc.center != label.anchor);
        let own = distance(rect, label.anchor) - f64::from(label.reach);
        let astray = others().any(|disc| distance(rect, disc.center) - f64::from(disc.radius) < own);
        let near = rect.nearest(label.anchor);
        let across = others().any(|disc| from_line(near, label.anchor, disc.center) < f64::from(disc.radius));
        let price = |is_so: bool, price: f64| if is_so { price } else { 0.0 };
        (covered <= MOST_COVERED).then(|| covered + price(astray, ASTRAY) + price(across, ACROSS))
    }
}

/// From a point to the nearest one of a rectangle.
fn distance(rect: &Rect, point: Point) -> f64 {
    let near = rect.nearest(point);
    f64::from(near.0 - point.0).hypot(f64::from(near.1 - point.1))
}

/// From a point to the nearest one of a straight line between two others.
fn from_line(from: Point, to: Point, point: Point) -> f64 {
    let along = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
    let off = (f64::from(point.0 - from.0), f64::from(point.1 - from.1));
    let length = along.0 * along.0 + along.1 * along.1;
    let part = if length > 0.0 { ((along.0 * off.0 + along.1 * off.1) / length).clamp(0.0, 1.0) } else { 0.0 };
    (off.0 - part * along.0).hypot(off.1 - part * along.1)
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
    let near = label.nearest(anchor);
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

    const BOUNDS: Rect = Rect { left: 0, top: 0, right: 4000, bottom: 3000 };

    fn around<'a>(discs: &'a [Disc], obstacles: &'a [(Rect, f64)]) -> Surroundings<'a> {
        Surroundings { bounds: BOUNDS, discs, obstacles }
    }

    proptest! {
        #[test]
        fn placed_labels_never_cover_each_other_nor_a_marker_nor_leave_the_bounds(labels in labels()) {
            let discs: Vec<Disc> =
                labels.iter().map(|label| Disc { center: label.anchor, radius: label.reach }).collect();
            let placed: Vec<Rect> = place(&labels, around(&discs, &[])).into_iter().flatten().collect();
            for (index, rect) in placed.iter().enumerate() {
                prop_assert!(BOUNDS.contains(rect));
                prop_assert!(placed[..index].iter().all(|other| rect.overlap(other) == 0));
                prop_assert!(discs.iter().all(|disc| distance(rect, disc.center) >= f64::from(disc.radius)));
            }
        }
    }

    fn label(anchor: Point) -> Label {
        Label { anchor, reach: 40, size: (300, 90) }
    }

    #[test]
    fn a_label_moves_off_an_obstacle() {
        let label = label((2000, 1500));
        let free = place(std::slice::from_ref(&label), around(&[], &[]))[0].unwrap();
        let moved = place(&[label], around(&[], &[(free, 1.0)]))[0].unwrap();
        assert_eq!(moved.overlap(&free), 0);
    }

    #[test]
    fn case_a_label_stands_nearest_to_its_own_marker() {
        let own = label((2000, 1500));
        let disc = |center| Disc { center, radius: 40 };
        // Another marker lies where the label would like to stand, and beyond.
        let discs = [disc(own.anchor), disc((2200, 1380)), disc((2450, 1500))];
        let placed = place(std::slice::from_ref(&own), around(&discs, &[]))[0].unwrap();
        let far = |disc: &Disc| distance(&placed, disc.center);
        assert!(far(&discs[0]) < far(&discs[1]).min(far(&discs[2])), "{placed:?}");
    }

    #[test]
    fn case_a_label_without_a_free_place_is_left_out() {
        let own = label((2000, 1500));
        let crowd: Vec<Disc> =
            (0..40).flat_map(|x| (0..30).map(move |y| Disc { center: (x * 100, y * 100), radius: 40 })).collect();
        assert_eq!(place(&[own], around(&crowd, &[])), [None]);
    }
}
