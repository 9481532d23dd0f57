//! The bundled font: Liberation Sans, whose letters are as wide as Arial's and Helvetica's. A viewer that falls back
//! to either of those therefore shows the same layout.

use std::sync::OnceLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

use crate::error::PlotError;
use crate::grid::UNIT;

/// The family list written into every SVG.
pub(crate) const FAMILY: &str = "Liberation Sans, Arial, Helvetica, sans-serif";
/// The family that PNG and PDF are set in.
pub(crate) const BUNDLED: &str = "Liberation Sans";

pub(crate) static REGULAR: &[u8] = include_bytes!("../fonts/LiberationSans-Regular.ttf");
pub(crate) static BOLD: &[u8] = include_bytes!("../fonts/LiberationSans-Bold.ttf");

/// plotters' SVG backend divides a font's size by this to get `font-size`.
const DRAWN: f64 = 1.24;
/// plotters measures a font by its height; Liberation Sans is 1854 + 434 units high at 2048 units to the em.
const MEASURED: f64 = (1854.0 + 434.0) / 2048.0;

/// Registers the bundled fonts with plotters, once.
pub(crate) fn register() -> Result<(), PlotError> {
    static FAILED: OnceLock<Option<&'static str>> = OnceLock::new();
    let failed = FAILED.get_or_init(|| {
        [(FontStyle::Normal, REGULAR, "LiberationSans-Regular.ttf"), (FontStyle::Bold, BOLD, "LiberationSans-Bold.ttf")]
            .into_iter()
            .find_map(|(style, bytes, file)| register_font(FAMILY, style, bytes).is_err().then_some(file))
    });
    failed.map_or(Ok(()), |file| Err(PlotError::Font { file }))
}

/// The font for text of `size` px.
pub(crate) fn font(size: f64, style: FontStyle) -> FontDesc<'static> {
    FontDesc::new(FontFamily::Name(FAMILY), size * DRAWN * UNIT, style)
}

/// The width of a line of text of `size` px, in px.
pub(crate) fn width(text: &str, size: f64, style: FontStyle) -> f64 {
    let font = FontDesc::new(FontFamily::Name(FAMILY), size * MEASURED * UNIT, style);
    // Without a registered font nothing can be measured; drawing then fails with the font's own error.
    font.box_size(text).map_or(0.0, |(width, _)| f64::from(width) / UNIT)
}

/// The text, cut with an ellipsis where it is wider than `limit` px.
pub(crate) fn fit(text: &str, size: f64, style: FontStyle, limit: f64) -> String {
    if width(text, size, style) <= limit {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let cut = |count: usize| {
        let head: String = letters[..count].iter().collect();
        format!("{}…", head.trim_end())
    };
    let fitting = (0..letters.len()).collect::<Vec<_>>().partition_point(|&n| width(&cut(n), size, style) <= limit);
    cut(fitting.saturating_sub(1))
}

/// The parts of a name that are never broken: it may break at a space, after `_` and before a capital letter.
pub(crate) fn parts(name: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut before) = (0, ' ');
    for (at, letter) in name.char_indices() {
        let breaks = before == ' ' || before == '_' || (letter.is_uppercase() && before.is_lowercase());
        if breaks && at > start {
            parts.push(&name[start..at]);
            start = at;
        }
        before = letter;
    }
    parts.push(&name[start..]);
    parts
}

/// A name in as few lines of at most `limit` px as its parts allow. A part that is wider by itself is cut.
pub(crate) fn broken(name: &str, size: f64, style: FontStyle, limit: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts(name) {
        match lines.last_mut() {
            Some(line) if width(format!("{line}{part}").trim_end(), size, style) <= limit => line.push_str(part),
            _ => lines.push(part.to_owned()),
        }
    }
    lines.iter().map(|line| fit(line.trim_end(), size, style, limit)).collect()
}

/// The text in lines of at most `limit` px, broken at spaces.
pub(crate) fn wrap(text: &str, size: f64, limit: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size, FontStyle::Normal) <= limit => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(fit(word, size, FontStyle::Normal, limit)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    // fontTools on LiberationSans-Regular.ttf: the advances of "critical path" add up to 10358 units of 2048.
    #[test]
    fn widths_are_the_fonts_own() {
        register().unwrap();
        let em = width("critical path", 100.0, FontStyle::Normal);
        assert!((em - ADVANCES).abs() < 0.5, "{em}");
    }
    const ADVANCES: f64 = 100.0 * 10358.0 / 2048.0;

    #[test]
    fn long_text_is_cut_and_wrapped_to_the_limit() {
        register().unwrap();
        let long = "MultiGenerateCoT with self-consistency over five samples";
        let cut = fit(long, 10.0, FontStyle::Normal, 90.0);
        assert!(cut.ends_with('…') && width(&cut, 10.0, FontStyle::Normal) <= 90.0, "{cut}");
        let lines = |name: &str, limit| broken(name, 10.0, FontStyle::Normal, limit);
        assert_eq!(lines("MultiGenerateCoT", 70.0), ["MultiGenerate", "CoT"]);
        assert_eq!(lines("multi_generate_cot", 80.0), ["multi_generate_", "cot"]);
        assert_eq!(lines("multi_generate_cot", 55.0), ["multi_", "generate_", "cot"]);
        assert_eq!(lines("a longer name", 500.0), ["a longer name"]);
        assert_eq!(lines("a longer name", 40.0), ["a longer", "name"]);
        assert_eq!(lines("unbreakable", 30.0), [fit("unbreakable", 10.0, FontStyle::Normal, 30.0)]);
        assert_eq!(lines("", 30.0), [""]);
        let lines = wrap(long, 10.0, 120.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line, 10.0, FontStyle::Normal) <= 120.0));
        assert_eq!(lines.join(" "), long);
    }
}
