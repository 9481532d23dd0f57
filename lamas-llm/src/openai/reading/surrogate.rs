//! Halves of UTF-16 pairs. A server that cuts its text between the halves of an emoji sends each as a JSON escape of its
//! own (`"\ud83d"`, then `"\ude00"`), which is no text by itself.

use std::borrow::Cow;

/// Where a lone half is kept until its other half has come: private-use characters at the end of Unicode.
const KEPT: u32 = 0x10_F000;

/// JSON in which every lone half is a private-use character, to be put together by [`joined`].
pub(super) fn kept(json: &str) -> Cow<'_, str> {
    if !json.contains("\\ud") && !json.contains("\\uD") {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let length = match (half(escape), escape.get(6..).and_then(half)) {
            (Some(high), Some(low)) if is_high(high) && !is_high(low) => 12,
            (Some(lone), _) => {
                out.extend(char::from_u32(KEPT + lone - 0xD800));
                rest = &escape[6..];
                continue;
            }
            // The character behind the backslash is passed over with it: it may be a backslash too.
            (None, _) => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The text with halves that now stand side by side as the character that they are, and others as U+FFFD.
pub(super) fn joined(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(high) = unkept(character) else {
            out.push(character);
            continue;
        };
        let low = characters.peek().copied().and_then(unkept).filter(|low| is_high(high) && !is_high(*low));
        let pair = low.and_then(|low| char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)));
        if pair.is_some() {
            characters.next();
        }
        out.push(pair.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    out
}

/// The half that a JSON escape at the start of the text stands for.
fn half(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok().filter(|unit| (0xD800..0xE000).contains(unit))
}

fn is_high(half: u32) -> bool {
    half < 0xDC00
}

fn unkept(character: char) -> Option<u32> {
    let half = u32::from(character).checked_sub(KEPT)? + 0xD800;
    (half < 0xE000).then_some(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> String {
        joined(&serde_json::from_str::<String>(&kept(json)).unwrap())
    }

    #[test]
    fn halves_find_each_other_and_lone_ones_become_a_mark() {
        assert_eq!(read(r#""a\ud83d\ude00b""#), "a\u{1f600}b");
        assert_eq!(read(r#""a\ud83db\uDE00""#), "a\u{fffd}b\u{fffd}");
        assert_eq!(read(r#""\ud83d\ud83d\ude00""#), "\u{fffd}\u{1f600}");
        assert_eq!(read(r#""\\ud83d \\\ud83d \u00e9""#), "\\ud83d \\\u{fffd} \u{e9}");
        let two: Vec<String> =
            [r#""x\ud83d""#, r#""\ude00y""#].map(|json| serde_json::from_str(&kept(json)).unwrap()).into();
        assert_eq!(joined(&two.concat()), "x\u{1f600}y");
    }

    #[test]
    fn what_is_no_escape_stays_as_it_is() {
        for json in ["\\ud8", "\\ud83", "\\u", "\\", "\\ud83d\\", "\\ud83d\\u12", "\\udzzz", "\\ué\\ud8é0", "\\u+d83"]
        {
            let kept = kept(json);
            assert!(kept.ends_with(&json[json.len() - 1..]) || json == "\\ué\\ud8é0", "{json}: {kept}");
        }
    }
}
