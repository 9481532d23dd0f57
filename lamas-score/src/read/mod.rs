//! Where in a model's text its answer stands. Nothing here looks at the gold answer.
//!
//! - `thoughts`: what of a text is meant for a reader
//! - `tombstone`: the sign at the end of a proof
//! - `boxed`, `marks`: answers that the text marks
//! - `formulas`, `unmarked`: answers that it does not
//! - `number`: answers that are one number
//! - `gold`: the answer of a reference solution
//! - [`choice`]: which lettered option a text names

mod bounds;
mod boxed;
pub mod choice;
mod formulas;
mod found;
mod gold;
mod marks;
mod number;
mod thoughts;
mod tombstone;
mod unmarked;

pub use self::found::Found;
pub use self::gold::reference_answer;
pub(crate) use self::marks::marks;
pub(crate) use self::number::final_number;
pub use self::thoughts::answer_part;
pub use self::unmarked::{final_answer, formula};
