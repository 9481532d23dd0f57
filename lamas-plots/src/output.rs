//! Writes figures to files: the SVG as drawn, and PNG and PDF converted from it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use krilla_svg::SurfaceExt as _;
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use crate::canvas::Svg;
use crate::error::PlotError;
use crate::font::{BOLD, BUNDLED, REGULAR};
use crate::theme::Theme;

/// PNG pixels to the CSS pixel: 192 to the inch.
pub const PNG_SCALE: u32 = 2;

/// CSS pixels to the inch, and points to the inch.
const DPI: f32 = 96.0;
const POINTS: f32 = 72.0;

/// A file format of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Scalable, with text as text.
    Svg,
    /// Pixels, [`PNG_SCALE`] to the CSS pixel.
    Png,
    /// Scalable, at the figure's size in print, with the font embedded.
    Pdf,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Svg, Self::Png, Self::Pdf];

    /// The file extension.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Pdf => "pdf",
        }
    }
}

/// A figure that can be drawn.
pub trait Figure {
    /// Draws the figure with the looks of a theme. The same figure and theme give the same bytes.
    ///
    /// # Errors
    /// When the figure has nothing to lay out or its lists do not fit together; values that are not finite are left
    /// out and counted below the figure.
    fn draw(&self, theme: &Theme) -> Result<Svg, PlotError>;
}

/// Draws a figure and writes it as `stem` plus each format's extension. Gives the files' paths in the formats' order.
///
/// ```
/// use lamas_plots::{Estimate, Format, Front, FrontPanel, FrontPoint, FrontSeries, Theme, save};
///
/// let point = FrontPoint {
///     label: None,
///     cp: Estimate::exact(914.0),
///     score: Estimate::between(93.4, 91.8, 94.8),
///     cost_usd: Some(0.0008),
/// };
/// let series = FrontSeries { method: "LAMaS".into(), points: vec![point], joined: false, published: false, context: false };
/// let panel = FrontPanel { title: "GSM8K".into(), series: vec![series] };
/// let front = Front { panels: vec![panel], note: Some("simulated model".into()), ..Front::default() };
/// let folder = tempfile::tempdir().unwrap();
/// let files = save(&front, &Theme::default(), &folder.path().join("front"), &[Format::Svg, Format::Pdf]).unwrap();
/// assert!(files[1].ends_with("front.pdf"));
/// ```
///
/// # Errors
/// When the figure cannot be drawn or converted, or a file cannot be written.
pub fn save(figure: &dyn Figure, theme: &Theme, stem: &Path, formats: &[Format]) -> Result<Vec<PathBuf>, PlotError> {
    let svg = figure.draw(theme)?;
    formats
        .iter()
        .map(|&format| {
            let bytes = encode(&svg, format).map_err(|reason| PlotError::Convert {
                stem: stem.to_owned(),
                format: format.extension(),
                reason,
            })?;
            // Not `with_extension`, which would cut a name such as `run-0.5`.
            let mut path = stem.as_os_str().to_owned();
            path.push(".");
            path.push(format.extension());
            let path = PathBuf::from(path);
            fs::write(&path, bytes).map_err(|source| PlotError::Write { path: path.clone(), source })?;
            Ok(path)
        })
        .collect()
}

fn encode(svg: &Svg, format: Format) -> Result<Vec<u8>, String> {
    match format {
        Format::Svg => Ok(svg.as_str().as_bytes().to_vec()),
        Format::Png => png(svg),
        Format::Pdf => pdf(svg),
    }
}

fn png(svg: &Svg) -> Result<Vec<u8>, String> {
    let (width, height) = svg.size();
    let mut pixels = Pixmap::new(width * PNG_SCALE, height * PNG_SCALE)
        .ok_or_else(|| format!("{width} x {height} px is more than a PNG can hold"))?;
    pixels.fill(Color::WHITE);
    let scale = Transform::from_scale(PNG_SCALE as f32, PNG_SCALE as f32);
    resvg::render(&parse(svg)?, scale, &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| error.to_string())
}

fn pdf(svg: &Svg) -> Result<Vec<u8>, String> {
    let (width, height) = svg.size();
    let points = |pixels: u32| pixels as f32 * POINTS / DPI;
    let size = krilla::geom::Size::from_wh(points(width), points(height)).ok_or("the figure has no size")?;
    let mut document = krilla::Document::new();
    let mut page = document.start_page_with(krilla::page::PageSettings::new(size));
    let mut surface = page.surface();
    surface.draw_svg(&parse(svg)?, size, krilla_svg::SvgSettings::default()).ok_or("the figure cannot be laid out")?;
    surface.finish();
    page.finish();
    document.finish().map_err(|error| format!("{error:?}"))
}

fn parse(svg: &Svg) -> Result<usvg::Tree, String> {
    let options = usvg::Options {
        dpi: DPI,
        font_family: BUNDLED.to_owned(),
        fontdb: bundled_fonts(),
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(svg.as_str(), &options).map_err(|error| error.to_string())
}

/// The bundled fonts alone, so that a figure looks the same on every machine.
fn bundled_fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    Arc::clone(FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(REGULAR)));
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(BOLD)));
        Arc::new(fonts)
    }))
}
