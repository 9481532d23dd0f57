//! What can be wrong with the sandbox itself.

use lamas_core::tool::ToolError;

use super::level::SandboxLevel;

/// The sandbox cannot work here, or broke. Never a verdict on a program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// A setting under which nothing could run.
    #[error("setting `{field}` is {value}, must {must}")]
    Setting {
        /// The field of [`super::SandboxSettings`].
        field: &'static str,
        /// What it is.
        value: String,
        /// What it must do or be.
        must: String,
    },
    /// There is no usable interpreter.
    #[error("{problem}; install Python 3.9 or later, or name one in the setting `python`")]
    Interpreter {
        /// What was tried and what came of it.
        problem: String,
    },
    /// The system offers less confinement than untrusted code needs.
    #[error(
        "this system offers only {level} confinement ({missing}); programs written by a model could read and change \
         your files. Run on Linux 5.13 or later, or set `allow_reduced: true` to accept that"
    )]
    Reduced {
        /// What it offers.
        level: SandboxLevel,
        /// What is lacking.
        missing: String,
    },
    /// A fork server did not come up.
    #[error("a fork server did not start: {0}")]
    Start(String),
    /// A fork server broke during a run; it is replaced before the next one.
    #[error("a fork server failed: {0}")]
    Server(String),
    /// Trusted tests that do not load, or hand the program something that is not plain data.
    #[error("the tests cannot judge a program: {0}")]
    Tests(String),
}

impl From<SandboxError> for ToolError {
    fn from(error: SandboxError) -> Self {
        Self(error.to_string())
    }
}
