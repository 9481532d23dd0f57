//! Text files as editors, shells and other programs leave them.

use std::fs::File;
use std::io;
use std::path::Path;

use lamas_core::capped;

/// Why a file is not read as text.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The system does not give it.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is larger than anything of its kind, or does not end.
    #[error("is larger than {} MiB, the most that is read", most >> 20)]
    TooLarge {
        /// The most bytes.
        most: u64,
    },
    /// What Windows' shells write.
    #[error("is UTF-16; save it as UTF-8 (`iconv -f UTF-16 -t UTF-8`)")]
    Utf16,
    /// Another encoding, or no text at all.
    #[error("is not UTF-8 (byte {byte:#04x}); save it as UTF-8")]
    NotUtf8 {
        /// The line, from 1.
        line: usize,
        /// The first byte that does not fit.
        byte: u8,
    },
}

impl TextError {
    /// `file:line` where a line is to blame, the file otherwise.
    #[must_use]
    pub fn place(&self, path: &Path) -> String {
        match self {
            Self::NotUtf8 { line, .. } => format!("{}:{line}", path.display()),
            _ => path.display().to_string(),
        }
    }
}

/// A file's bytes, of which there may be at most `most`.
///
/// # Errors
/// When it cannot be read or is larger.
pub fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, TextError> {
    File::open(path).and_then(|file| capped::bytes(file, most)).map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => TextError::TooLarge { most },
        _ => error.into(),
    })
}

/// Bytes as text, without the mark that some editors put before it.
///
/// # Errors
/// When they are not UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, TextError> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(TextError::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (good, bad) = bytes.split_at(error.valid_up_to());
        let line = 1 + good.iter().filter(|&&byte| byte == b'\n').count();
        TextError::NotUtf8 { line, byte: bad.first().copied().unwrap_or_default() }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_a_byte_order_mark_is_no_content_and_utf_16_is_named() {
        assert_eq!(decode(b"\xef\xbb\xbfversion: 1").unwrap(), "version: 1");
        let said = |bytes: &[u8]| decode(bytes).unwrap_err().to_string();
        insta::assert_snapshot!(said(b"\xff\xfev\0e\0"), @"is UTF-16; save it as UTF-8 (`iconv -f UTF-16 -t UTF-8`)");
        insta::assert_snapshot!(said(b"a: 1\nb: caf\xe9\n"), @"is not UTF-8 (byte 0xe9); save it as UTF-8");
        assert_eq!(decode(b"a: 1\nb: caf\xe9\n").unwrap_err().place(Path::new("x")), "x:2");
    }

    #[cfg(unix)]
    #[test]
    fn case_a_file_without_an_end_is_not_read_to_its_end() {
        assert!(matches!(bytes(Path::new("/dev/zero"), 1 << 20), Err(TextError::TooLarge { .. })));
    }
}
