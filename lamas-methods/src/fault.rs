//! What is wrong in an entry, and where.

use std::fmt;

/// What is wrong in a method's entry, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key below the entry, such as `graph[1].until`; empty for the entry itself.
    pub at: String,
    /// What is wrong, and what to do.
    pub problem: String,
}

impl Fault {
    /// A fault at a key below the entry.
    #[must_use]
    pub fn new(at: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { at: at.into(), problem: problem.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at.as_str() {
            "" => f.write_str(&self.problem),
            at => write!(f, "{at}: {}", self.problem),
        }
    }
}

/// A fault of the entry as a whole.
impl From<String> for Fault {
    fn from(problem: String) -> Self {
        Self { at: String::new(), problem }
    }
}
