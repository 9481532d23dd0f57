//! Embeddings that the user made elsewhere.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use lamas_core::capped;
use lamas_core::digest::hex;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Embeddings, Encoder};
use crate::{ControllerError, Result};

/// Embeddings from a file in JSON lines: `{"text": "..", "embedding": [0.1, ..]}`, other keys are passed over.
///
/// Every text that is asked for must stand in it, character by character, and all rows must be of one length; they need
/// not be of unit length.
#[derive(Debug)]
pub struct Given {
    name: String,
    path: PathBuf,
    dimensions: usize,
    rows: BTreeMap<String, Vec<f32>>,
}

/// One line.
#[derive(Deserialize)]
struct Line {
    text: String,
    embedding: Vec<f32>,
}

impl Given {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read, or a line is no row of the same length as the others, or two rows of a text differ.
    pub fn load(path: &Path) -> Result<Self> {
        let failed = |message: String| ControllerError::Encode { encoder: path.display().to_string(), message };
        let text = File::open(path).and_then(|file| capped::text(file, capped::MOST_OF_A_FILE));
        let text = text.map_err(|error| failed(error.to_string()))?;
        let (mut rows, mut dimensions) = (BTreeMap::new(), 0);
        // Some editors put a mark before the text.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = |message: String| failed(format!("line {}: {message}", index + 1));
            let Line { text, embedding } = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
            if dimensions == 0 {
                dimensions = embedding.len();
            }
            if embedding.is_empty() || embedding.len() != dimensions {
                return Err(wrong(format!("{} values, expected {dimensions} as above", embedding.len())));
            }
            // A row of zeros has no direction, and cannot be brought to unit length.
            if embedding.iter().all(|x| *x == 0.0) || !embedding.iter().all(|x| x.is_finite()) {
                return Err(wrong("the embedding is zero or not finite".to_owned()));
            }
            match rows.get(&text) {
                Some(other) if *other != embedding => {
                    return Err(wrong(format!("another embedding of `{}` stands above", start(&text))));
                }
                _ => rows.insert(text, embedding),
            };
        }
        if rows.is_empty() {
            return Err(failed("no line holds an embedding".to_owned()));
        }
        let digest = Sha256::digest(text.as_bytes());
        let short = hex(&digest[..6]);
        Ok(Self { name: format!("file-{short}"), path: path.to_owned(), dimensions, rows })
    }
}

impl Encoder for Given {
    fn name(&self) -> &str {
        &self.name
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn encode(&self, texts: &[&str]) -> Result<Embeddings> {
        let missing: Vec<&&str> = texts.iter().filter(|text| !self.rows.contains_key(**text)).collect();
        if let Some(first) = missing.first() {
            let message = format!("{} of {} texts have no row, first `{}`", missing.len(), texts.len(), start(first));
            return Err(ControllerError::Encode { encoder: self.path.display().to_string(), message });
        }
        Embeddings::normalised(self.dimensions, texts.iter().flat_map(|text| &self.rows[*text]).copied().collect())
    }
}

/// A text's start, for messages.
fn start(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(lines: &str) -> Result<Given> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), lines).unwrap();
        Given::load(file.path())
    }

    #[test]
    fn rows_are_found_by_their_text_and_brought_to_unit_length() {
        let given = load(
            "{\"text\": \"a\\nb\", \"embedding\": [3, 4], \"id\": 7}\n\n{\"text\": \"c\", \"embedding\": [0, 1]}\n",
        );
        let embeddings = given.unwrap().encode(&["c", "a\nb", "c"]).unwrap();
        assert_eq!((embeddings.len(), embeddings.dimensions()), (3, 2));
        assert_eq!([embeddings.row(0), embeddings.row(1), embeddings.row(2)], [[0.0, 1.0], [0.6, 0.8], [0.0, 1.0]]);
    }

    #[test]
    fn missing_rows_are_counted_and_named() {
        let given = load("{\"text\": \"a\", \"embedding\": [1]}").unwrap();
        let error = given.encode(&["a", "b", "c"]).unwrap_err().to_string();
        assert!(error.contains("2 of 3 texts have no row, first `b`"), "{error}");
    }

    #[test]
    fn files_that_are_wrong_are_refused_with_the_line() {
        let row = |text: &str, values: &str| format!("{{\"text\": \"{text}\", \"embedding\": [{values}]}}\n");
        for (lines, says) in [
            (row("a", "1, 2") + &row("b", "1"), "line 2: 1 values, expected 2"),
            (row("a", "1, 2") + &row("a", "2, 1"), "line 2: another embedding of `a`"),
            (row("a", "0, 0"), "line 1: the embedding is zero"),
            (row("a", ""), "line 1: 0 values"),
            ("{\"text\": \"a\"}".to_owned(), "line 1: missing field `embedding`"),
            (String::new(), "no line holds an embedding"),
        ] {
            let error = load(&lines).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
