//! Where output goes: standard output and standard error, whose readers may go away, and files that the user names.

use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::run::RunError;
use lamas_record::directory::readable;

/// What a program says to its shell that ended because nobody reads its output: that of SIGPIPE.
pub const CLOSED: u8 = 141;

/// Whether the reader of standard output has gone away, as in `| head -1`.
static GONE: AtomicBool = AtomicBool::new(false);

/// Whether the reader of standard output has gone away.
#[must_use]
pub fn is_closed() -> bool {
    GONE.load(Ordering::Relaxed)
}

/// Standard output. It remembers when its reader goes away, so that the program can end quietly.
pub struct Stdout(StdoutLock<'static>);

/// Standard output.
#[must_use]
pub fn stdout() -> Stdout {
    Stdout(io::stdout().lock())
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(told)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(told)
    }
}

fn told(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::BrokenPipe {
        GONE.store(true, Ordering::Relaxed);
    }
    error
}

/// Prints a line on standard output.
///
/// # Errors
/// When it cannot be written, or nobody reads it any more.
pub fn say(line: impl Display) -> Result<(), RunError> {
    writeln!(stdout(), "{line}").map_err(|error| RunError::file("standard output", error))
}

/// Prints a line on standard error. Where that cannot be, there is nobody to tell.
pub fn warn(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes what a user asked for into the place that they named: a file, which is replaced once it is whole, or whatever lies
/// there. Links, pipes and devices are written through and stay what they are.
///
/// # Errors
/// When the place is a folder, lies in none, or cannot be written.
pub fn write<T>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<T, Box<dyn std::error::Error>>,
) -> Result<T, RunError> {
    let failed = |error: &dyn Display| RunError::file(path, format!("cannot be written: {error}"));
    let (mut to, part) = open(path)?;
    let value = write(&mut to).map_err(|error| failed(&error))?;
    to.flush().map_err(|error| failed(&error))?;
    drop(to);
    if let Some((part, target)) = part {
        part.as_file().sync_all().map_err(|error| failed(&error))?;
        part.persist(target).map_err(|error| failed(&error.error))?;
    }
    Ok(value)
}

type Part = (tempfile::NamedTempFile, std::path::PathBuf);

/// Something to write into, and the file that it is to become where that is possible.
fn open(path: &Path) -> Result<(BufWriter<File>, Option<Part>), RunError> {
    let refuse = |message: String| RunError::file(path, message);
    let failed = |error: io::Error| refuse(format!("cannot be written: {error}"));
    let there = match fs::metadata(path) {
        Ok(there) => there,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if !folder.is_dir() {
                return Err(refuse(format!(
                    "cannot be written: there is no folder {}; make it first",
                    folder.display()
                )));
            }
            if fs::symlink_metadata(path).is_err() {
                let part = part_in(folder).map_err(failed)?;
                readable(part.as_file()).map_err(failed)?;
                return Ok((BufWriter::new(part.reopen().map_err(failed)?), Some((part, path.to_owned()))));
            }
            // A link to nothing: making the file follows it.
            File::create(path).and_then(|file| file.metadata()).map_err(failed)?
        }
        Err(error) => return Err(failed(error)),
    };
    if there.is_dir() {
        return Err(refuse("is a folder; give the name of a file in it".to_owned()));
    }
    // Opened in any case: what may not be written may not be replaced either.
    let file = OpenOptions::new().write(true).open(path).map_err(failed)?;
    if !there.is_file() {
        return Ok((BufWriter::new(file), None));
    }
    let target = path.canonicalize().map_err(failed)?;
    let folder = target.parent().unwrap_or(Path::new("/"));
    match part_in(folder) {
        Ok(part) => {
            part.as_file().set_permissions(there.permissions()).map_err(failed)?;
            Ok((BufWriter::new(part.reopen().map_err(failed)?), Some((part, target))))
        }
        // A file that may be written in a folder that may not.
        Err(_) => {
            file.set_len(0).map_err(failed)?;
            Ok((BufWriter::new(file), None))
        }
    }
}

fn part_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(".part-").tempfile_in(folder)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    use super::*;

    fn put(path: &Path, text: &str) -> Result<(), String> {
        write(path, |to| Ok(to.write_all(text.as_bytes())?)).map_err(|error| error.to_string())
    }

    #[test]
    fn case_a_link_is_written_through_and_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link, loose) = (folder.path().join("real"), folder.path().join("link"), folder.path().join("loose"));
        fs::write(&real, "old and longer").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real", &link).unwrap();
        put(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        symlink("made", &loose).unwrap();
        put(&loose, "through").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("made")).unwrap(), "through");
        assert!(fs::symlink_metadata(&loose).unwrap().is_symlink());
    }

    #[test]
    fn case_a_pipe_and_a_device_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe).unwrap()
        });
        put(&pipe, "through").unwrap();
        assert_eq!(reader.join().unwrap(), "through");
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
        put(Path::new("/dev/null"), "nothing").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }

    #[test]
    fn case_what_cannot_be_written_is_said_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let said = |name: &str| {
            let message = put(&folder.path().join(name), "text").unwrap_err();
            message.replace(folder.path().to_str().unwrap(), "DIR")
        };
        insta::assert_snapshot!(said("no/such/file"), @"DIR/no/such/file: cannot be written: there is no folder DIR/no/such; make it first");
        fs::create_dir(folder.path().join("folder")).unwrap();
        insta::assert_snapshot!(said("folder"), @"DIR/folder: is a folder; give the name of a file in it");
        let kept = folder.path().join("kept");
        fs::write(&kept, "before").unwrap();
        let failed: Result<(), _> = write(&kept, |to| {
            to.write_all(b"half")?;
            Err("no more".into())
        });
        assert!(failed.unwrap_err().to_string().contains("no more"));
        assert_eq!(fs::read_to_string(&kept).unwrap(), "before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
