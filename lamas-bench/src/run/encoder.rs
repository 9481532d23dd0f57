//! The encoder that an experiment names, ready to embed.

use std::path::PathBuf;

use lamas_controller::Result;
use lamas_controller::encoder::{Cached, Encoder, Given, Hashed, MiniLm, ModelFolder};

use lamas_experiment::config::encoder::EncoderSource;

/// The environment variable that names the folder for what can be computed again.
pub const CACHE_VARIABLE: &str = "LAMAS_CACHE_DIR";

/// Opens an encoder. What a model computes is kept in the cache folder.
///
/// # Errors
/// When a model or a file is missing or damaged; says what to do.
pub fn open(source: &EncoderSource) -> Result<Box<dyn Encoder>> {
    Ok(match source {
        EncoderSource::Hashed => Box::new(Hashed),
        EncoderSource::File { path } => Box::new(Given::load(path)?),
        EncoderSource::Minilm { folder } => {
            let encoder = MiniLm::load(&ModelFolder::find(folder.as_deref())?)?;
            match cache() {
                Some(folder) => Box::new(Cached::new(encoder, folder.join("embeddings"))),
                None => Box::new(encoder),
            }
        }
    })
}

/// `LAMAS_CACHE_DIR`, or else `lamas` in the user's cache folder; none without a home.
fn cache() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable(CACHE_VARIABLE).or_else(|| {
        let user = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")))?;
        Some(user.join("lamas"))
    })
}
