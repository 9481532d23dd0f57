//! Finding the interpreter, and what it needs to see of the file system.

use std::env;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::SandboxError;

const OLDEST: [u32; 3] = [3, 9, 0];

/// Files outside the interpreter's own folders that programs may read.
const SYSTEM_FILES: [&str; 9] = [
    "/lib",
    "/lib64",
    "/usr/lib/locale",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/dev/null",
    "/dev/zero",
    "/dev/urandom",
];

/// An interpreter, as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Python {
    /// The real file, behind links and version managers.
    pub executable: PathBuf,
    /// Major, minor, micro.
    pub version: [u32; 3],
    /// Folders of installed packages, which servers append to the module path.
    pub packages: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Python {
    /// Asks the configured interpreter, or the first `python3` on `PATH`.
    pub fn locate(configured: Option<&Path>) -> Result<Self, SandboxError> {
        let command = match configured {
            // The probe runs elsewhere. A bare name is looked for on `PATH`.
            Some(path) if path.as_os_str().as_bytes().contains(&b'/') => {
                std::path::absolute(path).map_err(|error| problem(format!("`{}`: {error}", path.display())))?
            }
            Some(name) => name.to_path_buf(),
            None => on_path("python3").ok_or_else(|| problem("there is no `python3` on PATH".into()))?,
        };
        let shown = configured.unwrap_or(&command).display();
        let mut probe = Command::new(&command);
        probe.args(["-S", "-B", "-c", include_str!("probe.py")]).current_dir("/").stdin(Stdio::null());
        for (name, _) in env::vars_os().filter(|(name, _)| redirects(name)) {
            probe.env_remove(name);
        }
        let output = probe.output().map_err(|error| problem(format!("`{shown}` does not run ({error})")))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().last().unwrap_or("it said nothing");
            return Err(problem(format!("`{shown}` cannot describe itself ({last})")));
        }
        let python = Self::described(&output.stdout)
            .ok_or_else(|| problem(format!("`{shown}` does not describe itself as Python does")))?;
        if python.version < OLDEST {
            let [major, minor, micro] = python.version;
            return Err(problem(format!("`{shown}` is Python {major}.{minor}.{micro}")));
        }
        Ok(python)
    }

    /// Reads what `probe.py` says: executable, version, the number of packages' folders, these, and all other folders.
    fn described(said: &[u8]) -> Option<Self> {
        let mut parts = said.split(|&byte| byte == 0);
        let executable = path(parts.next()?);
        let mut number = || std::str::from_utf8(parts.next()?).ok()?.parse::<u32>().ok();
        let (version, packages) = ([number()?, number()?, number()?], number()?);
        let folders: Vec<PathBuf> = parts.map(path).collect();
        let (packages, folders) = folders.split_at_checked(packages as usize)?;
        Some(Self { executable, version, packages: packages.to_vec(), folders: folders.to_vec() })
    }

    /// Everything that a program may read.
    pub fn readable(&self) -> Vec<PathBuf> {
        let mut paths = vec![self.executable.clone()];
        paths.extend(self.folders.iter().cloned());
        // Under the names by which Python knows them, which may lead over links.
        paths.extend(self.packages.iter().cloned());
        paths.extend(SYSTEM_FILES.iter().map(PathBuf::from));
        paths
    }
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// True of variables that make the loader or Python look elsewhere for their files. Servers have none of these, so what
/// such a variable names must not become readable; version managers need the others.
fn redirects(variable: &OsStr) -> bool {
    ["LD_", "DYLD_", "PYTHONPATH", "PYTHONHOME"].iter().any(|prefix| variable.as_bytes().starts_with(prefix.as_bytes()))
}

fn problem(problem: String) -> SandboxError {
    SandboxError::Interpreter { problem }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_interpreter_is_an_error_with_a_remedy() {
        let error = Python::locate(Some(Path::new("/nowhere/python3"))).unwrap_err().to_string();
        assert!(error.contains("/nowhere/python3"), "{error}");
        assert!(error.contains("set") && error.contains("`python`"), "{error}");
    }

    #[test]
    fn a_description_is_read_back_and_half_of_one_is_not() {
        let python =
            Python::described(b"/bin/python3.11\x003\x0011\x007\x001\x00/lib/site-packages\x00/lib\x00/usr/lib");
        let expected = Python {
            executable: "/bin/python3.11".into(),
            version: [3, 11, 7],
            packages: vec!["/lib/site-packages".into()],
            folders: vec!["/lib".into(), "/usr/lib".into()],
        };
        assert_eq!(python, Some(expected));
        for half in
            ["", "/bin/python", "/bin/python\x003\x0011\x007\x002\x00/lib", "/bin/python\x00three\x0011\x007\x000"]
        {
            assert_eq!(Python::described(half.as_bytes()), None, "{half:?}");
        }
    }

    #[test]
    fn something_that_is_not_python_is_refused() {
        let error = Python::locate(Some(Path::new("/bin/echo"))).unwrap_err().to_string();
        assert!(error.contains("does not describe itself"), "{error}");
    }
}
