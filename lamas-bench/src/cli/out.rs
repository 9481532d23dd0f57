//! Where output goes: standard output and standard error, whose readers may go away, and files that the user names.

use std::fmt::Display;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::NamedTempFile;

use crate::run::RunError;
use lamas_experiment::config::ConfigError;
use lamas_record::directory::readable;

/// What a program says to its shell that ended because nobody reads its output: that of SIGPIPE.
pub const CLOSED: u8 = 141;

/// Whether the reader of what is written has gone away, as in `| head -1`.
static GONE: AtomicBool = AtomicBool::new(false);

/// Whether the reader of standard output, or of a pipe that the user named, has gone away.
#[must_use]
pub fn is_closed() -> bool {
    GONE.load(Ordering::Relaxed)
}

/// Something that may be a pipe. It remembers when its reader goes away, so that the program can end quietly.
pub struct Told<W>(W);

/// Standard output.
#[must_use]
pub fn stdout() -> Told<StdoutLock<'static>> {
    Told(io::stdout().lock())
}

impl<W: Write> Write for Told<W> {
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
    writeln!(stdout(), "{line}").map_err(unwritten)
}

/// That standard output cannot be written.
#[must_use]
pub fn unwritten(error: io::Error) -> RunError {
    RunError::file("standard output", error)
}

/// Prints a line on standard error. Where that cannot be, there is nobody to tell.
pub fn warn(line: impl Display) {
    let _ = writeln!(io::stderr(), "{}", lamas_core::wording::shown(&line.to_string()));
}

/// A place that a user named for what they asked for. It is looked at before the work begins, and written once that is done.
///
/// A file gets its new content as a whole or not at all. Links are written through, other names of the file keep naming it,
/// pipes and devices stay what they are, and what the same command reads is never written.
pub struct Output {
    path: PathBuf,
    way: Way,
}

/// How a place is written.
enum Way {
    /// A pipe, a device, or standard output: as it comes.
    Through(Box<dyn Write>),
    /// A file of one name: another one takes its place.
    Replace(NamedTempFile, PathBuf),
    /// A file of several names, or in a folder that cannot be written: what is whole is copied into it.
    Into(NamedTempFile, File),
}

impl Output {
    /// Looks at a place; nothing of it changes yet.
    ///
    /// # Errors
    /// When it is one of the inputs or a folder, lies in none, or cannot be written.
    pub fn open(path: &Path, inputs: &[&Path]) -> Result<Self, RunError> {
        none_of(path, inputs)?;
        let way = way(path).map_err(|problem| RunError::file(path, problem))?;
        Ok(Self { path: path.to_owned(), way })
    }

    /// Writes it.
    ///
    /// # Errors
    /// When it cannot be written; a file is then as it was.
    pub fn write<T>(
        self,
        write: impl FnOnce(&mut dyn Write) -> Result<T, Box<dyn std::error::Error>>,
    ) -> Result<T, RunError> {
        self.way.write(write).map_err(|error| RunError::file(self.path, format!("cannot be written: {error}")))
    }
}

impl Way {
    fn write<T>(
        self,
        write: impl FnOnce(&mut dyn Write) -> Result<T, Box<dyn std::error::Error>>,
    ) -> Result<T, Box<dyn std::error::Error>> {
        let mut to: Box<dyn Write> = match self {
            Self::Through(to) => {
                let mut to = BufWriter::new(to);
                let value = write(&mut to)?;
                to.flush()?;
                return Ok(value);
            }
            Self::Replace(ref part, _) | Self::Into(ref part, _) => Box::new(BufWriter::new(part.reopen()?)),
        };
        let value = write(&mut to)?;
        to.flush()?;
        drop(to);
        match self {
            Self::Through(_) => {}
            Self::Replace(part, target) => {
                part.as_file().sync_all()?;
                part.persist(target).map_err(|error| error.error)?;
            }
            Self::Into(part, mut file) => {
                file.set_len(0)?;
                io::copy(&mut part.reopen()?, &mut file)?;
                file.sync_all()?;
            }
        }
        Ok(value)
    }
}

/// How a place can be written, or what it is instead.
fn way(path: &Path) -> Result<Way, String> {
    let failed = |error: io::Error| format!("cannot be written: {error}");
    let there = match fs::metadata(path) {
        Ok(there) => there,
        // Nothing, or a link to nothing.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let target = followed(path).map_err(failed)?;
            let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if !folder.is_dir() {
                return Err(format!("cannot be written: there is no folder {}; make it first", folder.display()));
            }
            let part = part_in(folder).map_err(failed)?;
            readable(part.as_file()).map_err(failed)?;
            return Ok(Way::Replace(part, target));
        }
        Err(error) => return Err(failed(error)),
    };
    if there.is_dir() {
        return Err("is a folder; give the name of a file in it".to_owned());
    }
    // `/dev/stdout`, or the file that it leads into: what is written beside our lines would write over them.
    if io::stdout()
        .as_fd()
        .try_clone_to_owned()
        .and_then(|own| File::from(own).metadata())
        .is_ok_and(|own| one(&own, &there))
    {
        return Ok(Way::Through(Box::new(Told(io::stdout()))));
    }
    // Opened in any case: what may not be written may not be replaced either.
    let file = OpenOptions::new().write(true).open(path).map_err(failed)?;
    if !there.is_file() {
        return Ok(Way::Through(Box::new(Told(file))));
    }
    let target = path.canonicalize().map_err(failed)?;
    if names(&there) == 1
        && let Ok(part) = part_in(target.parent().unwrap_or(Path::new("/")))
    {
        part.as_file().set_permissions(there.permissions()).map_err(failed)?;
        return Ok(Way::Replace(part, target));
    }
    let part = part_in(&std::env::temp_dir()).map_err(failed)?;
    Ok(Way::Into(part, file))
}

/// The most links that lead one to another; the system's own number.
const MOST_LINKS: usize = 40;

/// What a link to nothing names.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&target) {
            Ok(next) => target = target.parent().unwrap_or(Path::new("")).join(next),
            Err(_) => return Ok(target),
        }
    }
    Err(io::Error::other("links lead to each other"))
}

/// Refuses to write what the same command reads, under whatever name.
///
/// # Errors
/// Names the input.
pub fn none_of(path: &Path, inputs: &[&Path]) -> Result<(), RunError> {
    match inputs.iter().find(|input| is_same(path, input)) {
        Some(input) => {
            let message =
                format!("is {}, which is read and would be overwritten; choose another name", input.display());
            Err(ConfigError::Invalid { place: path.display().to_string(), message }.into())
        }
        None => Ok(()),
    }
}

/// Whether two paths name one file.
fn is_same(path: &Path, other: &Path) -> bool {
    fs::metadata(path)
        .and_then(|path| Ok((path, fs::metadata(other)?)))
        .is_ok_and(|(path, other)| path.is_file() && one(&path, &other))
}

fn one(file: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (file.dev(), file.ino()) == (other.dev(), other.ino())
}

fn names(file: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(file)
}

fn part_in(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".part-").tempfile_in(folder)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    use super::*;

    fn put(path: &Path, text: &str) -> Result<(), String> {
        let output = Output::open(path, &[]).map_err(|error| error.to_string())?;
        output.write(|to| Ok(to.write_all(text.as_bytes())?)).map_err(|error| error.to_string())
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
    fn case_every_name_of_a_file_keeps_naming_it() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        fs::write(&one, "old and longer").unwrap();
        fs::hard_link(&one, &other).unwrap();
        put(&one, "new").unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "new");
        // What fails leaves it whole here too.
        let failed: Result<(), _> = Output::open(&one, &[]).unwrap().write(|to| {
            to.write_all(b"half")?;
            Err("no more".into())
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(&other).unwrap(), "new");
    }

    #[test]
    fn case_what_is_read_is_not_written_under_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("input"), "mine").unwrap();
        symlink("input", at("link")).unwrap();
        fs::hard_link(at("input"), at("hard")).unwrap();
        for name in ["input", "link", "hard", "./input"] {
            let refused = Output::open(&at(name), &[Path::new("/dev/null"), &at("input")]).err().unwrap();
            assert_eq!(refused.exit_code(), 2);
            assert!(refused.to_string().contains("which is read and would be overwritten"), "{refused}");
        }
        assert_eq!(fs::read_to_string(at("input")).unwrap(), "mine");
        // Links that lead to each other.
        symlink("b", at("a")).unwrap();
        symlink("a", at("b")).unwrap();
        assert!(put(&at("a"), "text").is_err());
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
        let failed: Result<(), _> = Output::open(&kept, &[]).unwrap().write(|to| {
            to.write_all(b"half")?;
            Err("no more".into())
        });
        assert!(failed.unwrap_err().to_string().contains("no more"));
        assert_eq!(fs::read_to_string(&kept).unwrap(), "before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
