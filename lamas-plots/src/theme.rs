//! How figures look: sizes, colours, and which look a method or an operator has.
//!
//! Sizes are in CSS pixels, 96 to the inch, so that a figure put into a paper at its own size shows its text in the
//! size given here: 10 px are 7.5 pt.

use std::collections::{BTreeMap, BTreeSet};

use plotters::style::{BLACK, RGBColor};

use crate::marker::Marker;

/// A one-column figure: 340 px, 9 cm.
pub(crate) const COLUMN: f64 = 340.0;
/// A two-column figure: 680 px, 18 cm.
pub(crate) const PAGE: f64 = 680.0;

/// Panel titles.
pub(crate) const TITLE: f64 = 11.0;
/// Axis titles, legends, row labels.
pub(crate) const BODY: f64 = 10.0;
/// Tick labels, point labels, footnotes.
pub(crate) const SMALL: f64 = 9.0;

pub(crate) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub(crate) const FAINT: RGBColor = RGBColor(0x6b, 0x6b, 0x6b);
pub(crate) const GRID: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);
pub(crate) const FRAME: RGBColor = RGBColor(0x8c, 0x8c, 0x8c);
/// The critical path, and nothing else, has this colour.
pub(crate) const CRITICAL: RGBColor = RGBColor(0xcc, 0x1f, 0x1f);
/// Work off the critical path.
pub(crate) const OFF_PATH: RGBColor = RGBColor(0x9d, 0xb4, 0xc8);

/// The palette of Okabe and Ito (2008), which stays distinct for the common kinds of colour blindness. Black, their
/// first, comes late because a black area hides what lies on it. In place of their yellow, which is hard to see on white,
/// stands the wine red of Tol's muted scheme.
pub(crate) const PALETTE: [RGBColor; 8] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0x00, 0x00, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x88, 0x22, 0x55),
];

/// A colour dark enough to write in.
pub(crate) fn dark(color: RGBColor) -> RGBColor {
    blend(color, BLACK, 0.38)
}

/// A colour between two, the second in full at 1.
pub(crate) fn blend(from: RGBColor, to: RGBColor, part: f64) -> RGBColor {
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part.clamp(0.0, 1.0)).round() as u8;
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// Colour and marker together: either alone identifies a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) color: RGBColor,
    pub(crate) marker: Marker,
}

impl Look {
    /// The look of a slot. The marker moves on by one with every round of colours, so the first 80 slots all differ.
    fn slot(index: usize) -> Self {
        let markers = Marker::ALL.len();
        Self { color: PALETTE[index % PALETTE.len()], marker: Marker::ALL[(index + index / PALETTE.len()) % markers] }
    }

    /// The look of something that is there for comparison: every shape in the first grey, then every shape in the next. Few
    /// figures need the second: a small marker's shape is seen sooner than which of two greys it has.
    fn grey(index: usize) -> Self {
        let markers = Marker::ALL.len();
        Self { color: GREYS[index / markers % GREYS.len()], marker: Marker::ALL[index % markers] }
    }
}

/// Greys that differ on paper too.
const GREYS: [RGBColor; 2] = [RGBColor(0x5c, 0x5c, 0x5c), RGBColor(0xae, 0xae, 0xae)];

/// The looks that figures share: which method and which operator has which colour and marker.
///
/// Names that the theme knows keep their look in every figure; names first met inside a figure take the next free
/// one there. Spelling is compared by letters and digits alone, so `Gen-CoT` and `gen_cot` look the same.
#[derive(Clone, Debug, Default)]
pub struct Theme {
    methods: Vec<String>,
    operators: Vec<String>,
    narrow: bool,
}

impl Theme {
    /// A theme for an experiment: all its methods and operators, in the order of its tables.
    #[must_use]
    pub fn new<M: Into<String>, O: Into<String>>(
        methods: impl IntoIterator<Item = M>,
        operators: impl IntoIterator<Item = O>,
    ) -> Self {
        Self {
            methods: methods.into_iter().map(Into::into).collect(),
            operators: operators.into_iter().map(Into::into).collect(),
            narrow: false,
        }
    }

    /// The same theme for one column of a two-column page: figures are 9 cm wide and put their panels below each
    /// other, where they would otherwise be up to 18 cm wide.
    #[must_use]
    pub fn narrow(self) -> Self {
        Self { narrow: true, ..self }
    }

    /// How many of a figure's panels stand side by side when a page is wide enough for `most`.
    pub(crate) fn columns(&self, panels: usize, most: usize) -> usize {
        let most = if self.narrow { most / 2 } else { most };
        panels.min(most).max(1)
    }

    /// The width in px of a figure with `columns` panels side by side.
    pub(crate) fn width(&self, columns: usize) -> f64 {
        if columns <= 1 { COLUMN } else { self.full_width() }
    }

    /// The width in px of a figure whose single panel needs as much as there is.
    pub(crate) fn full_width(&self) -> f64 {
        if self.narrow { COLUMN } else { PAGE }
    }

    pub(crate) fn methods<'a>(&'a self, shown: impl IntoIterator<Item = &'a str>) -> Looks {
        Looks::assign(self.methods.iter().map(String::as_str).chain(shown))
    }

    pub(crate) fn operators<'a>(&'a self, shown: impl IntoIterator<Item = &'a str>) -> Looks {
        Looks::assign(self.operators.iter().map(String::as_str).chain(shown))
    }
}

/// A look for each name of one figure.
pub(crate) struct Looks(BTreeMap<String, Look>);

impl Looks {
    /// Gives every new name the next slot.
    pub(crate) fn assign<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut looks = BTreeMap::new();
        for name in names {
            let next = looks.len();
            looks.entry(key(name)).or_insert_with(|| Look::slot(next));
        }
        Self(looks)
    }

    /// Gives these names greys instead; the shapes tell them apart.
    pub(crate) fn with_greys<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut next = 0;
        let mut given = BTreeSet::new();
        for name in names {
            if given.insert(key(name)) {
                self.0.insert(key(name), Look::grey(next));
                next += 1;
            }
        }
        self
    }

    /// The look of a name; a name that was never announced looks like the first.
    pub(crate) fn of(&self, name: &str) -> Look {
        self.0.get(&key(name)).copied().unwrap_or_else(|| Look::slot(0))
    }
}

/// What counts of a name: letters and digits, without the lambda_t at which a method is shown.
fn key(name: &str) -> String {
    let name = name.split(", λ_t").next().unwrap_or(name);
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    // A name of signs alone is still a name.
    if plain.is_empty() { name.to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_keeps_its_look_whatever_a_figure_shows() {
        let theme = Theme::new(["LAMaS", "MaAS", "Gen-CoT"], ["Generate"]);
        let (all, one) = (theme.methods(["LAMaS", "MaAS", "new"]), theme.methods(["gen_cot", "MaAS"]));
        assert_eq!(all.of("MaAS"), one.of("MaAS"));
        assert_eq!(all.of("Gen-CoT"), one.of("gen_cot"));
        assert_ne!(all.of("new"), all.of("Gen-CoT"));
        assert_eq!(all.of("LAMaS, λ_t = 1e-4"), all.of("LAMaS"));
    }

    /// What a viewer sees of a colour, as CIE L*a*b*, and its luminance. The matrices are those of Machado, Oliveira and
    /// Fernandes (2009) at full severity.
    fn seen(RGBColor(red, green, blue): RGBColor, by: [[f64; 3]; 3]) -> ([f64; 3], f64) {
        let linear = [red, green, blue].map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        let product = |rows: [[f64; 3]; 3], colour: [f64; 3]| {
            rows.map(|row| row.iter().zip(colour).map(|(weight, part)| weight * part).sum::<f64>())
        };
        let shown = product(by, linear).map(|part| part.clamp(0.0, 1.0));
        let [x, y, z] = product([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], shown);
        let root = |t: f64| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        let (x, l, z) = (root(x / 0.9505), root(y), root(z / 1.089));
        ([116.0 * l - 16.0, 500.0 * (x - l), 200.0 * (l - z)], y)
    }

    const VIEWERS: [[[f64; 3]; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ];

    #[test]
    fn colours_stay_apart_for_every_viewer_and_stand_out_from_white() {
        for by in VIEWERS {
            let apart = |a: RGBColor, b: RGBColor| {
                let (a, b) = (seen(a, by).0, seen(b, by).0);
                let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                assert!(distance > 15.0, "{a:?} {b:?}: {distance}");
            };
            for (index, &color) in PALETTE.iter().enumerate() {
                PALETTE[..index].iter().for_each(|&other| apart(color, other));
            }
            apart(CRITICAL, OFF_PATH);
            apart(GREYS[0], GREYS[1]);
        }
        for color in PALETTE.into_iter().chain(GREYS).chain([CRITICAL]) {
            let contrast = 1.05 / (seen(color, VIEWERS[0]).1 + 0.05);
            assert!(contrast > 2.0, "{color:?}: {contrast}");
        }
    }

    #[test]
    fn the_first_80_slots_differ() {
        let looks: Vec<Look> = (0..80).map(Look::slot).collect();
        for (index, look) in looks.iter().enumerate() {
            assert!(!looks[..index].contains(look), "slot {index} repeats an earlier one");
        }
    }
}
