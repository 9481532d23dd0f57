//! Where manifests and files are looked for.

use std::path::{Path, PathBuf};

use super::error::DataError;
use super::manifest::Manifest;
use crate::config::{name, suggest};

/// The folders with problem sets, in order: the user's own, then the project's `data/`.
///
/// Manifests of public sets ship in `data/`, their files usually lie elsewhere; so each file is looked for in every folder.
#[derive(Debug, Clone)]
pub struct DataFolders {
    folders: Vec<PathBuf>,
}

/// The folder that ships with the project.
pub const SHIPPED: &str = "data";

impl DataFolders {
    /// This folder first, where one is given, then the project's.
    #[must_use]
    pub fn new(own: Option<&Path>) -> Self {
        let mut folders: Vec<PathBuf> = own.into_iter().map(Path::to_owned).collect();
        if own != Some(Path::new(SHIPPED)) {
            folders.push(SHIPPED.into());
        }
        Self { folders }
    }

    /// The folder that fetched files go to.
    #[must_use]
    pub fn own(&self) -> &Path {
        &self.folders[0]
    }

    /// The first folder that holds this file.
    #[must_use]
    pub fn find(&self, file: &Path) -> Option<PathBuf> {
        self.folders.iter().map(|folder| folder.join(file)).find(|path| path.is_file())
    }

    /// The manifest of this name.
    ///
    /// # Errors
    /// When there is none (with a suggestion), or it is not valid.
    pub fn manifest(&self, name: &str) -> Result<Manifest, DataError> {
        // A name, not a path to a manifest elsewhere.
        if let Err(problem) = name::check(name) {
            return Err(DataError::UnknownDataset { name: name.to_owned(), hint: format!(": a name {problem}") });
        }
        let path = self.find(Path::new(&format!("{name}.yaml"))).ok_or_else(|| {
            let known = self.names();
            let hint = if known.is_empty() {
                format!("; no manifest lies in {}: start in the project's folder or give --data-dir", self.describe())
            } else {
                suggest::hint(name, known.iter().map(String::as_str))
            };
            DataError::UnknownDataset { name: name.to_owned(), hint }
        })?;
        Ok(Manifest::read(&path)?)
    }

    /// The names of all manifests, of which there must be one.
    ///
    /// # Errors
    /// When there is none.
    pub fn some_names(&self) -> Result<Vec<String>, DataError> {
        let names = self.names();
        if names.is_empty() { Err(DataError::NoManifest { folders: self.describe() }) } else { Ok(names) }
    }

    /// The names of all manifests, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .folders
            .iter()
            .filter_map(|folder| std::fs::read_dir(folder).ok())
            .flatten()
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                let is_manifest = path.extension().is_some_and(|extension| extension == "yaml");
                is_manifest.then(|| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))?
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// The folders, for messages.
    #[must_use]
    pub fn describe(&self) -> String {
        self.folders.iter().map(|folder| format!("{}/", folder.display())).collect::<Vec<_>>().join(" or ")
    }
}
