use std::path::PathBuf;

/// What can go wrong in the controller.
#[derive(Debug, thiserror::Error)]
pub enum ControllerError {
    /// A setting has a value that cannot be used.
    #[error("`{key}` is {value}: {expected}")]
    Setting {
        /// Which setting.
        key: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        expected: String,
    },
    /// Two things that belong together do not fit.
    #[error("{operation}: expected {expected}, got {got}")]
    Shape {
        /// What was attempted.
        operation: &'static str,
        /// What would have fitted.
        expected: String,
        /// What there was.
        got: String,
    },
    /// A text could not be embedded.
    #[error("encoder `{encoder}` failed: {message}")]
    Encode {
        /// Which encoder.
        encoder: String,
        /// What it says.
        message: String,
    },
    /// A sentence model's files are nowhere.
    #[error(
        "no all-MiniLM-L6-v2 in {looked}: `{}` gets its files, and {} names their folder",
        crate::encoder::minilm::FETCH,
        crate::encoder::minilm::FOLDER_VARIABLE
    )]
    ModelMissing {
        /// The folders that were looked at.
        looked: String,
    },
    /// A sentence model's file cannot be used.
    #[error("{}: {message}; `{}` gets the files anew", path.display(), crate::encoder::minilm::FETCH)]
    Model {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// There is nothing that could be learned from.
    #[error("{0}")]
    Lesson(String),
    /// A tensor operation failed.
    #[error("tensor operation failed: {0}")]
    Tensor(#[from] candle_core::Error),
    /// A loss or gradient is not a number; parameters are left as they were.
    #[error(
        "update {update}: {quantity} is {value}; parameters are unchanged, lower `learning_rate` or check the rewards"
    )]
    NotFinite {
        /// The update, counted from 0.
        update: u64,
        /// What is not a number.
        quantity: &'static str,
        /// What it is instead.
        value: f64,
    },
    /// A checkpoint could not be written.
    #[error("failed to write checkpoint {}: {message}", path.display())]
    Save {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// A checkpoint could not be read.
    #[error("failed to read checkpoint {}: {message}; {remedy}", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
        /// What to do about it.
        remedy: &'static str,
    },
}
