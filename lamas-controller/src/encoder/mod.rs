//! Texts to numbers: the queries and the operators' descriptions, as the policy reads them.
//!
//! - [`Encoder`]: the trait; a sentence model is one implementation of it.
//! - [`Hashed`]: the default, which needs no download.
//! - [`MiniLm`]: the paper's, all-MiniLM-L6-v2, from a [`ModelFolder`].
//! - [`Given`]: embeddings that the user made elsewhere, from a file.
//! - [`Cached`] keeps what another encoder computes on disk.
//! - [`Embeddings`]: `[texts, dimensions]` in 32-bit floats, rows of unit length. Whoever owns a dataset encodes it once
//!   and keeps the result.

mod cached;
mod embeddings;
mod given;
mod hashed;
pub mod minilm;

pub use cached::Cached;
pub use embeddings::Embeddings;
pub use given::Given;
pub use hashed::Hashed;
pub use minilm::{MiniLm, ModelFolder};

use crate::Result;

/// Dimensions of the paper's sentence embeddings (all-MiniLM-L6-v2) and of [`Hashed`].
pub const DIMENSIONS: usize = 384;

/// Anything that embeds texts. The same text gives the same row, whatever stands beside it.
pub trait Encoder: Send + Sync {
    /// What it is and which version: part of a checkpoint's identity.
    fn name(&self) -> &str;

    /// The length of a row.
    fn dimensions(&self) -> usize;

    /// Embeds texts: `[texts, dimensions]`, rows of unit length.
    ///
    /// # Errors
    /// When a model cannot embed a text.
    fn encode(&self, texts: &[&str]) -> Result<Embeddings>;
}
