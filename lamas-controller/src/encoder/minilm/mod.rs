//! The paper's sentence encoder, all-MiniLM-L6-v2: word pieces, six layers of BERT, the mean over the pieces, unit length.
//!
//! - [`MiniLm`]: the encoder
//! - [`ModelFolder`]: where its files lie: a named folder, `LAMAS_MINILM`, or the Hugging Face cache
//! - `bert`: the forward pass on candle
//! - `dense`: its layers of weights
//! - `pointwise`: what stands between its matrix products, fused and vectorised
//!
//! Texts are packed one after another, so there is no padding and nothing to mask.

mod bert;
mod dense;
mod folder;
mod pointwise;

pub use folder::{FETCH, FOLDER_VARIABLE, ModelFolder};

use rayon::prelude::*;
use tokenizers::{Tokenizer, TruncationParams};

use super::{Embeddings, Encoder};
use crate::{ControllerError, Result};
use bert::Bert;

/// Word pieces that are read of a text, its start and end marks included; the rest is cut off.
const MAX_PIECES: usize = 256;

/// Word pieces that go through the network together. Their widest activations fit a core's second-level cache.
const CHUNK_PIECES: usize = 512;

/// all-MiniLM-L6-v2: 384 dimensions.
///
/// A row does not depend on the texts beside it, nor on the number of threads.
///
/// ```no_run
/// use lamas_controller::encoder::{Encoder, MiniLm, ModelFolder};
///
/// let encoder = MiniLm::load(&ModelFolder::find(None)?)?;
/// let embeddings = encoder.encode(&["What is 7 times 8?"])?;
/// assert_eq!(embeddings.dimensions(), 384);
/// # Ok::<(), lamas_controller::ControllerError>(())
/// ```
pub struct MiniLm {
    name: String,
    tokenizer: Tokenizer,
    network: Bert,
}

impl MiniLm {
    /// Reads the model's files.
    ///
    /// # Errors
    /// When one is missing, damaged, or of another architecture.
    pub fn load(folder: &ModelFolder) -> Result<Self> {
        let files = folder.read()?;
        let damaged = |file, message| folder.damaged(file, message);
        let mut tokenizer =
            Tokenizer::from_bytes(&files.tokenizer).map_err(|error| damaged("tokenizer.json", error.to_string()))?;
        let truncation = TruncationParams { max_length: MAX_PIECES, ..TruncationParams::default() };
        tokenizer
            .with_padding(None)
            .with_truncation(Some(truncation))
            .map_err(|error| damaged("tokenizer.json", error.to_string()))?;
        let network = Bert::load(&files.config, files.weights).map_err(|(file, message)| damaged(file, message))?;
        Ok(Self { name: files.name, tokenizer, network })
    }

    fn pieces(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self.tokenizer.encode_fast(text, true).map_err(|error| ControllerError::Encode {
            encoder: self.name.clone(),
            message: format!("`{}`: {error}", text.chars().take(60).collect::<String>()),
        })?;
        Ok(encoding.get_ids().to_vec())
    }
}

impl Encoder for MiniLm {
    fn name(&self) -> &str {
        &self.name
    }

    fn dimensions(&self) -> usize {
        self.network.width()
    }

    fn encode(&self, texts: &[&str]) -> Result<Embeddings> {
        let pieces: Vec<Vec<u32>> = texts.par_iter().map(|text| self.pieces(text)).collect::<Result<_>>()?;
        let rows: Vec<Vec<f32>> =
            chunks(&pieces).par_iter().map(|chunk| self.network.means(chunk)).collect::<Result<_>>()?;
        Embeddings::normalised(self.dimensions(), rows.concat())
    }
}

/// Neighbouring texts together until they fill a chunk.
fn chunks(texts: &[Vec<u32>]) -> Vec<&[Vec<u32>]> {
    let (mut chunks, mut start, mut filled) = (Vec::new(), 0, 0);
    for (end, pieces) in texts.iter().enumerate() {
        if end > start && filled + pieces.len() > CHUNK_PIECES {
            chunks.push(&texts[start..end]);
            (start, filled) = (end, 0);
        }
        filled += pieces.len();
    }
    chunks.extend(Some(&texts[start..]).filter(|rest| !rest.is_empty()));
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_hold_every_text_once_in_order() {
        let texts: Vec<Vec<u32>> = [200, 200, 200, 256, 256, 2].map(|length| vec![7; length]).into();
        let lengths: Vec<Vec<usize>> =
            chunks(&texts).iter().map(|chunk| chunk.iter().map(Vec::len).collect()).collect();
        assert_eq!(lengths, [vec![200, 200], vec![200, 256], vec![256, 2]]);
        assert!(chunks(&[]).is_empty());
    }
}
