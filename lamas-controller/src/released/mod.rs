//! What the authors' released code does otherwise than the paper says, for comparison with the figures that it printed. No
//! method is trained or reported by it unless an experiment asks for that.
//!
//! - [`Conventions`]: which of it counts in training
//! - [`RedrawingSession`]: a session around another one, which gives up what raises in the released code
//! - [`by_tokens`]: the critical path as it counts it

mod conventions;
mod path;
mod session;

pub use conventions::{Conventions, MOVED};
pub use path::{Blocks, billed_before_steps, by_tokens};
pub use session::{REDRAWS, RedrawingSession};
