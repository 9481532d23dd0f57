//! A folder of a test's own, and the program started in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use lamas_experiment::config::Experiment;
use lamas_experiment::config::yaml::Override;

/// A folder with files.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, bytes) in files {
            let path = folder.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A text with this folder's name taken out.
    pub fn without(&self, text: &str) -> String {
        text.replace(self.0.path().to_str().unwrap(), "DIR")
    }

    /// The program in this folder, on the project's problem sets.
    pub fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("lamas-bench"));
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("data");
        command.current_dir(self.0.path()).env("LAMAS_DATA_DIR", data).args(args);
        command
    }

    /// Runs the program.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Exit code and message of a run.
    pub fn said(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked"), "{stderr}");
        format!("{} {}", output.status.code().unwrap(), self.without(stderr.trim()))
    }

    /// The names of everything in it.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The checked experiment of a file.
    pub fn load(&self, name: &str, set: &[&str]) -> Result<Experiment, String> {
        let set: Vec<Override> = set.iter().map(|change| change.parse().unwrap()).collect();
        Experiment::load(&self.path(name), &set).map_err(|error| self.without(&error.to_string()))
    }
}

/// A whole experiment with these lines in it.
pub fn experiment(lines: &str) -> String {
    let head = "version: 1\n";
    let mut text = format!("{head}{lines}\n");
    for (key, line) in [("name", "name: x"), ("datasets", "datasets: [words]"), ("methods", "methods: [lamas]")] {
        if !text.lines().any(|line| line.starts_with(&format!("{key}:"))) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// What is said of an experiment with these lines in it; nothing where it can run.
pub fn refused(lines: &str) -> String {
    let folder = Folder::new(&[("x.yaml", experiment(lines).as_bytes())]);
    folder.load("x.yaml", &[]).err().unwrap_or_else(|| "accepted".to_owned())
}

/// What is said of each, one below the other.
pub fn all_refused(cases: &[&str]) -> String {
    cases.iter().map(|lines| format!("{}\n    {}\n", lines.replace('\n', "\n  "), refused(lines))).collect()
}
