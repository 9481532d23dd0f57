//! What is read of something that may have no end, such as a device that a user names by mistake.

use std::io::{self, ErrorKind, Read};

/// The most bytes of a text that people write: a key, a template, a profile.
pub const MOST_OF_A_TEXT: u64 = 1 << 20;
/// The most bytes of a file that programs write: rows, embeddings, weights.
pub const MOST_OF_A_FILE: u64 = 1 << 30;

/// All that there is, at most so many bytes.
///
/// # Errors
/// When it cannot be read; of the kind [`ErrorKind::FileTooLarge`] where there is more.
pub fn bytes(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // Not the size that the system tells: a pipe has none, and a device never ends.
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let message = format!("it is larger than {} MiB, the most that is read", most >> 20);
        return Err(io::Error::new(ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// The same as text.
///
/// # Errors
/// As for [`bytes`]; of the kind [`ErrorKind::InvalidData`] where it is not UTF-8.
pub fn text(from: impl Read, most: u64) -> io::Result<String> {
    let bytes = bytes(from, most)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "stream did not contain valid UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_not_read_to_its_end() {
        assert_eq!(bytes(&b"four"[..], 4).unwrap(), b"four");
        assert_eq!(bytes(&b"fives"[..], 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(
            bytes(io::repeat(0), 1 << 20).unwrap_err().to_string(),
            "it is larger than 1 MiB, the most that is read"
        );
        assert_eq!(text(&b"caf\xe9"[..], 4).unwrap_err().kind(), ErrorKind::InvalidData);
        assert_eq!(text("caf\u{e9}".as_bytes(), 5).unwrap(), "caf\u{e9}");
    }
}
