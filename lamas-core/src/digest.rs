//! Bytes in hexadecimal, and the SHA-256 of bytes written so: what checksums, keys and names of files are.

use sha2::{Digest, Sha256};

/// Bytes in hexadecimal: two digits each, in lower case.
#[must_use]
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    base16ct::lower::encode_string(bytes.as_ref())
}

/// The SHA-256 of bytes, in hexadecimal.
///
/// ```
/// let sum = lamas_core::digest::sha256("abc");
/// assert!(sum.starts_with("ba7816bf8f01cfea"));
/// ```
#[must_use]
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    // printf '' | sha256sum
    const OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn every_byte_has_two_lower_case_digits() {
        assert_eq!(hex([0, 1, 0x0f, 0x10, 0xab, 0xff]), "00010f10abff");
        assert_eq!(hex([]), "");
        assert_eq!(sha256(""), OF_NOTHING);
    }
}
