//! What is wrong with a configuration.

use std::path::PathBuf;

/// What is wrong with a configuration file.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The system does not give the file.
    #[error("{}: cannot be read: {problem}; give the path of a YAML file, such as experiments/quickstart.yaml", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        problem: std::io::Error,
    },
    /// Something in the file is wrong.
    #[error("{place}: {message}")]
    Invalid {
        /// `file:line`, or the option that set the value.
        place: String,
        /// The key and what is wrong with it.
        message: String,
    },
}
