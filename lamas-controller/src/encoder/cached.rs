//! Embeddings that are computed once and kept on disk.
//!
//! One safetensors file for each list of texts that was embedded: tensor `embeddings`, `[texts, dimensions]`, and the
//! SHA-256 of its bytes in the header. Its name is made of the encoder's name and a hash of the texts, so another model or
//! a changed text is another file. A file that is damaged is made anew.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use lamas_core::digest::{hex, sha256};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};

use super::{Embeddings, Encoder};
use crate::checkpoint::replace;
use crate::{ControllerError, Result};

const TENSOR: &str = "embeddings";
const CHECKSUM: &str = "sha256";

/// An encoder whose results are kept in a folder.
pub struct Cached<E> {
    encoder: E,
    folder: PathBuf,
}

impl<E: Encoder> Cached<E> {
    /// Keeps an encoder's results in a folder, which is made when it is needed.
    pub fn new(encoder: E, folder: impl Into<PathBuf>) -> Self {
        Self { encoder, folder: folder.into() }
    }

    fn path(&self, texts: &[&str]) -> PathBuf {
        let mut hash = Sha256::new();
        for text in texts {
            // The length keeps ["ab", "c"] and ["a", "bc"] apart.
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        self.folder.join(format!("{}-{}.safetensors", self.encoder.name(), &hex(hash.finalize())[..32]))
    }

    fn write(&self, path: &Path, embeddings: &Embeddings) -> std::io::Result<()> {
        let bytes: Vec<u8> = embeddings.values().iter().flat_map(|x| x.to_le_bytes()).collect();
        let shape = vec![embeddings.len(), embeddings.dimensions()];
        let view = TensorView::new(Dtype::F32, shape, &bytes).map_err(std::io::Error::other)?;
        let header = HashMap::from([(CHECKSUM.to_owned(), sha256(&bytes))]);
        let file = safetensors::serialize([(TENSOR, view)], Some(header)).map_err(std::io::Error::other)?;
        std::fs::create_dir_all(&self.folder)?;
        replace(path, &file)
    }
}

impl<E: Encoder> Encoder for Cached<E> {
    fn name(&self) -> &str {
        self.encoder.name()
    }

    fn dimensions(&self) -> usize {
        self.encoder.dimensions()
    }

    fn encode(&self, texts: &[&str]) -> Result<Embeddings> {
        let path = self.path(texts);
        if let Some(kept) = read(&path, [texts.len(), self.dimensions()]) {
            return Ok(kept);
        }
        let embeddings = self.encoder.encode(texts)?;
        self.write(&path, &embeddings).map_err(|error| ControllerError::Encode {
            encoder: self.name().to_owned(),
            message: format!("{}: cannot be written: {error}; choose another folder for caches", path.display()),
        })?;
        Ok(embeddings)
    }
}

/// What a file holds, if it is there and whole.
fn read(path: &Path, shape: [usize; 2]) -> Option<Embeddings> {
    let file = std::fs::read(path).ok()?;
    let (_, header) = SafeTensors::read_metadata(&file).ok()?;
    let tensors = SafeTensors::deserialize(&file).ok()?;
    let tensor = tensors.tensor(TENSOR).ok()?;
    let checksum = header.metadata().as_ref()?.get(CHECKSUM)?;
    let whole = tensor.dtype() == Dtype::F32 && tensor.shape() == shape && *checksum == sha256(tensor.data());
    let (values, _) = tensor.data().as_chunks::<4>();
    whole.then(|| Embeddings::as_they_are(shape[1], values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::Hashed;
    use super::*;

    /// Counts the texts that it had to embed.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Encoder for Counting {
        fn name(&self) -> &str {
            "counting"
        }

        fn dimensions(&self) -> usize {
            Hashed.dimensions()
        }

        fn encode(&self, texts: &[&str]) -> Result<Embeddings> {
            self.0.fetch_add(texts.len(), Ordering::Relaxed);
            Hashed.encode(texts)
        }
    }

    fn kept(folder: &Path) -> Cached<Counting> {
        Cached::new(Counting::default(), folder)
    }

    #[test]
    fn a_list_of_texts_is_embedded_once() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("embeddings");
        let (first, second) = (kept(&folder), kept(&folder));
        let embedded = first.encode(&["ab", "c"]).unwrap();
        assert_eq!(second.encode(&["ab", "c"]).unwrap(), embedded);
        assert_eq!((first.encoder.0.into_inner(), second.encoder.0.load(Ordering::Relaxed)), (2, 0));
        second.encode(&["a", "bc"]).unwrap();
        assert_eq!(second.encoder.0.into_inner(), 2, "other texts are another file");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2, "nothing else is left behind");
    }

    #[test]
    fn a_damaged_file_is_made_anew() {
        let root = tempfile::tempdir().unwrap();
        let texts = ["ab", "c"];
        let first = kept(root.path());
        let (embedded, path) = (first.encode(&texts).unwrap(), first.path(&texts));
        let whole = std::fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for damaged in [&flipped[..], &whole[..whole.len() / 2], b"not a tensor"] {
            std::fs::write(&path, damaged).unwrap();
            let again = kept(root.path());
            assert_eq!(again.encode(&texts).unwrap(), embedded);
            assert_eq!(again.encoder.0.into_inner(), 2);
            assert_eq!(std::fs::read(&path).unwrap(), whole);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = kept(&file.path().join("below")).encode(&["a"]).unwrap_err().to_string();
        assert!(error.contains("cannot be written") && error.contains("choose another folder"), "{error}");
    }
}
