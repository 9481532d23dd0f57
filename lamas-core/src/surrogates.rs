//! Halves of UTF-16 pairs in JSON, as Python writes a character that it cut in two: `"\ud83d"`. They are no text.

/// The JSON text with U+FFFD for every escaped surrogate without its other half; `None` where there is no such.
#[must_use]
pub fn mended(json: &str) -> Option<String> {
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    let mut mended = false;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        text.push_str(before);
        // A pair, one escaped code unit, or a backslash and the character after it.
        let whole = match (unit(escape), unit(escape.get(6..).unwrap_or_default())) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                text.push_str("\\ufffd");
                mended = true;
                rest = &escape[6..];
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        text.push_str(&escape[..whole]);
        rest = &escape[whole..];
    }
    text.push_str(rest);
    mended.then_some(text)
}

/// The code unit of an escape such as `\ud83d` at the head of a text.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_become_characters_that_cannot_be_read_and_pairs_stay() {
        for (json, is) in [
            (r#""x\ud83d""#, Some(r#""x\ufffd""#)),
            (r#""\ude00\ud83d y""#, Some(r#""\ufffd\ufffd y""#)),
            (r#""\ud83d\ude00 \ud83d""#, Some(r#""\ud83d\ude00 \ufffd""#)),
            (r#""\\ud83d""#, None),
            (r#""\ud83d\ude00\n""#, None),
        ] {
            assert_eq!(mended(json).as_deref(), is, "{json}");
        }
    }

    proptest! {
        #[test]
        fn what_holds_no_half_stays(text in "\\PC{0,20}") {
            prop_assert_eq!(mended(&serde_json::json!({ "a": text }).to_string()), None);
        }
    }
}
