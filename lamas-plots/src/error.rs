use std::path::PathBuf;

/// Why a figure could not be drawn or written.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The figure has no panel at all. A panel without data is drawn and says "no data" instead.
    #[error("the {figure} figure has no {part}: give it at least one before drawing")]
    Empty {
        /// The figure's kind, such as `front`.
        figure: &'static str,
        /// What is missing, such as `panels`.
        part: &'static str,
    },
    /// Two lists of one figure that must have the same length do not.
    #[error("{place} has {got} values where {expected} are expected: give one {unit} each")]
    Shape {
        /// Which list, with its labels.
        place: String,
        /// What every value belongs to, such as `lambda_t`.
        unit: &'static str,
        /// The length found.
        got: usize,
        /// The length that fits.
        expected: usize,
    },
    /// The bundled fonts cannot be read.
    #[error("cannot read the bundled font {file}: restore it from the repository and build again")]
    Font {
        /// The font's file name below `lamas-plots/fonts`.
        file: &'static str,
    },
    /// The drawing backend refused an element.
    #[error("cannot draw the {figure} figure: {reason}")]
    Draw {
        /// The figure's kind.
        figure: &'static str,
        /// The backend's words.
        reason: String,
    },
    /// The drawn SVG cannot be turned into another format.
    #[error("cannot turn {stem} into {format}: {reason}; the SVG can still be written", stem = stem.display())]
    Convert {
        /// The output path without its extension.
        stem: PathBuf,
        /// `png` or `pdf`.
        format: &'static str,
        /// The converter's words.
        reason: String,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}; check that the folder exists and is writable", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}
