//! What a search or a table has found, as YAML that a human can read. It is refused when it is damaged or belongs to another
//! experiment, like a checkpoint. YAML rather than JSON, since our JSON reader does not give back every float to the bit.

use std::fs;
use std::path::Path;

use lamas_core::digest::sha256;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_yaml::Value;

use crate::checkpoint::{DAMAGED, OTHER, Origin, failed, replace, same};
use crate::settings::Settings;
use crate::{ControllerError, Result};

/// The format's version. A reader refuses any other.
pub const FORMAT: u32 = 1;

/// The file.
#[derive(Serialize, Deserialize)]
struct Notes {
    format: u32,
    origin: Origin,
    settings: Settings,
    /// Which kind of method found it.
    kind: String,
    /// SHA-256 of `found` as a document of its own.
    sha256: String,
    found: Value,
}

/// Writes what was found in place of any earlier file.
///
/// # Errors
/// When the file cannot be written.
pub fn save(path: &Path, kind: &str, found: &impl Serialize, origin: &Origin, settings: &Settings) -> Result<()> {
    let refused = |message: String| ControllerError::Save { path: path.into(), message };
    let found = serde_yaml::to_value(found).map_err(|error| refused(error.to_string()))?;
    let notes = Notes {
        format: FORMAT,
        origin: origin.clone(),
        settings: settings.clone(),
        kind: kind.to_owned(),
        sha256: digest(&found).map_err(|error| refused(error.to_string()))?,
        found,
    };
    let text = serde_yaml::to_string(&notes).map_err(|error| refused(error.to_string()))?;
    replace(path, text.as_bytes()).map_err(|error| refused(error.to_string()))
}

/// Reads what was found under the same origin and settings.
///
/// # Errors
/// When the file is missing, damaged, of another format, or belongs to another experiment.
pub fn load<T: DeserializeOwned>(path: &Path, kind: &str, origin: &Origin, settings: &Settings) -> Result<T> {
    let text = fs::read_to_string(path).map_err(|error| failed(path, &error, "check the path, or train first"))?;
    let damaged = |error: serde_yaml::Error| failed(path, &error, DAMAGED);
    let value: Value = serde_yaml::from_str(&text).map_err(damaged)?;
    if value["format"] != FORMAT {
        let message = format!("its format is {:?}, this program reads {FORMAT}", value["format"]);
        return Err(failed(path, &message, "use the program that wrote it"));
    }
    let notes: Notes = serde_yaml::from_value(value).map_err(damaged)?;
    if notes.kind != kind {
        let message = format!("it holds what a method of kind `{}` found, not `{kind}`", notes.kind);
        return Err(failed(path, &message, OTHER));
    }
    same(path, &plain(&notes.origin), origin, &[])?;
    same(path, &plain(&notes.settings), settings, &["evaluation"])?;
    if notes.sha256 != digest(&notes.found).map_err(damaged)? {
        return Err(failed(path, &"its contents do not match their checksum", DAMAGED));
    }
    serde_yaml::from_value(notes.found).map_err(damaged)
}

/// As [`same`] compares: through JSON text.
fn plain(part: &impl Serialize) -> serde_json::Value {
    let text = serde_json::to_string(part).expect("origin and settings are plain data");
    serde_json::from_str(&text).expect("it was written a line above")
}

fn digest(found: &Value) -> serde_yaml::Result<String> {
    let text = serde_yaml::to_string(found)?;
    Ok(sha256(text))
}

#[cfg(test)]
mod tests {
    use lamas_core::random::Seed;

    use super::*;

    #[test]
    fn what_was_found_comes_back_and_anything_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("found.yaml");
        let origin = Origin { config: "abc".into(), encoder: "hashed".into(), seed: Seed(1) };
        let settings = Settings::honest();
        // Many floats: a reader that is off in the last bit of one in a hundred would be noticed.
        let found: Vec<f64> = (1..2000).map(|i| 0.1 + 1e-4 * f64::from(i).sqrt() - 1e-9 / f64::from(i)).collect();
        save(&path, "search", &found, &origin, &settings).unwrap();
        assert_eq!(load::<Vec<f64>>(&path, "search", &origin, &settings).unwrap(), found);

        let message = |kind: &str, origin: &Origin, settings: &Settings| {
            load::<Vec<f64>>(&path, kind, origin, settings).unwrap_err().to_string()
        };
        assert!(message("neighbours", &origin, &settings).contains("of kind `search`"));
        let other = Origin { config: "abd".into(), ..origin.clone() };
        assert!(message("search", &other, &settings).contains("its `config` is \"abc\""));
        let dearer = Settings { lambda_t: 1.0, ..settings.clone() };
        assert!(message("search", &origin, &dearer).contains("its `lambda_t` is 0.0001"));

        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen("- 0.1", "- 0.2", 1)).unwrap();
        assert!(message("search", &origin, &settings).contains("checksum"));
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert!(message("search", &origin, &settings).contains("damaged"));
    }
}
