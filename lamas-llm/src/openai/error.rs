/// What is wrong with the settings of a model. No message holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A value that cannot be used.
    #[error("{key}: {problem}")]
    Value {
        /// The key, e.g. `endpoints[0].base_url`.
        key: String,
        /// What is wrong and what to write instead.
        problem: String,
    },
    /// A secret that cannot be read.
    #[error("the key is to come from {place}, but {reason}; set it, or name another place under `key`")]
    Secret {
        /// Where it should be.
        place: String,
        /// Why it cannot be read.
        reason: String,
    },
    /// HTTP or TLS could not be set up.
    #[error("no HTTPS client can be set up: {0}; on Linux, check that CA certificates are installed")]
    Client(String),
}

impl SettingsError {
    pub(super) fn value(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Value { key: key.into(), problem: problem.into() }
    }
}
