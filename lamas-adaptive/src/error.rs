/// What can go wrong while learning from a bank.
#[derive(Debug, thiserror::Error)]
pub enum AdaptiveError {
    /// A bank holds something that no race can be replayed on.
    #[error("{place}: {what}; {remedy}")]
    Bank {
        /// Which row, generator or output.
        place: String,
        /// What is wrong there.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A setting has a value that cannot be used.
    #[error("`{key}` is {value}: {expected}")]
    Setting {
        /// Which setting.
        key: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Of all plans none can be replayed on the bank.
    #[error("none of {tried} plans can be replayed: record more outputs for each row, or follow-ups of more of them")]
    NoPlan {
        /// How many there were.
        tried: usize,
    },
    /// The network failed.
    #[error(transparent)]
    Network(#[from] lamas_controller::ControllerError),
    /// A tensor operation failed.
    #[error("tensor operation failed: {0}")]
    Tensor(#[from] candle_core::Error),
}
