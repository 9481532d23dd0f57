//! What a search or a table has found, as JSON that a human can read. It is refused when it is damaged or belongs to another
//! experiment, like a checkpoint.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

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
    /// SHA-256 of `found` in its shortest form.
    sha256: String,
    found: Value,
}

/// Writes what was found in place of any earlier file.
///
/// # Errors
/// When the file cannot be written.
pub fn save(path: &Path, kind: &str, found: &impl Serialize, origin: &Origin, settings: &Settings) -> Result<()> {
    let refused = |message: String| ControllerError::Save { path: path.into(), message };
    let found = serde_json::to_value(found).map_err(|error| refused(error.to_string()))?;
    let notes = Notes {
        format: FORMAT,
        origin: origin.clone(),
        settings: settings.clone(),
        kind: kind.to_owned(),
        sha256: digest(&found),
        found,
    };
    let text = serde_json::to_string_pretty(&notes).map_err(|error| refused(error.to_string()))?;
    replace(path, (text + "\n").as_bytes()).map_err(|error| refused(error.to_string()))
}

/// Reads what was found under the same origin and settings.
///
/// # Errors
/// When the file is missing, damaged, of another format, or belongs to another experiment.
pub fn load<T: DeserializeOwned>(path: &Path, kind: &str, origin: &Origin, settings: &Settings) -> Result<T> {
    let text = fs::read_to_string(path).map_err(|error| failed(path, &error, "check the path, or train first"))?;
    let json: Value = serde_json::from_str(&text).map_err(|error| failed(path, &error, DAMAGED))?;
    if json["format"] != FORMAT {
        let message = format!("its format is {}, this program reads {FORMAT}", json["format"]);
        return Err(failed(path, &message, "use the program that wrote it"));
    }
    if json["kind"] != kind {
        let message = format!("it holds what a method of kind {} found, not {kind}", json["kind"]);
        return Err(failed(path, &message, OTHER));
    }
    same(path, &json["origin"], origin, &[])?;
    same(path, &json["settings"], settings, &["evaluation"])?;
    if json["sha256"] != digest(&json["found"]) {
        return Err(failed(path, &"its contents do not match their checksum", DAMAGED));
    }
    T::deserialize(&json["found"]).map_err(|error| failed(path, &error, DAMAGED))
}

fn digest(found: &Value) -> String {
    Sha256::digest(found.to_string().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use lamas_core::random::Seed;

    use super::*;

    #[test]
    fn what_was_found_comes_back_and_anything_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("found.json");
        let origin = Origin { config: "abc".into(), encoder: "hashed".into(), seed: Seed(1) };
        let (settings, found) = (Settings::honest(), vec![0.1_f64, 1.0 / 3.0]);
        save(&path, "search", &found, &origin, &settings).unwrap();
        assert_eq!(load::<Vec<f64>>(&path, "search", &origin, &settings).unwrap(), found);

        let message = |kind: &str, origin: &Origin, settings: &Settings| {
            load::<Vec<f64>>(&path, kind, origin, settings).unwrap_err().to_string()
        };
        assert!(message("neighbours", &origin, &settings).contains("of kind \"search\""));
        let other = Origin { config: "abd".into(), ..origin.clone() };
        assert!(message("search", &other, &settings).contains("its `config` is \"abc\""));
        let dearer = Settings { lambda_t: 1.0, ..settings.clone() };
        assert!(message("search", &origin, &dearer).contains("its `lambda_t` is 0.0001"));

        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("0.1", "0.2")).unwrap();
        assert!(message("search", &origin, &settings).contains("checksum"));
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert!(message("search", &origin, &settings).contains("damaged"));
    }
}
