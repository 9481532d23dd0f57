//! What must never be printed.
//!
//! A server may echo a key in many guises. What is compared is therefore letters and digits alone, in lower case, so that
//! neither line breaks nor quotes nor another case hide it; escapes are read first; and it is searched for forwards, backwards,
//! in hexadecimal digits and in Base64. `docs/endpoints.md` says what is recognised.

use std::fmt;
use std::ops::Range;

use aho_corasick::AhoCorasick;
use lamas_core::digest::hex;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// What stands in a text where a secret stood.
const HIDDEN: &str = "[hidden]";

/// Why a secret cannot be sent.
pub(super) const UNFIT_SECRET: &str =
    "the secret holds characters that no header may hold; look for a line break or quotes in it";

/// A secret from this length on is searched for in every guise, a shorter one as it stands.
const LONG: usize = 12;

/// A secret below this length is none that could be told from ordinary text in a model's answer: `EMPTY`, `1234`.
const TELLING: usize = 8;

/// So many letters and digits of a secret are recognised: a third of it, but at least and at most so many.
const LEAST: usize = 10;
const MOST: usize = 24;

/// What is looked for first: the letters and digits of a form from every multiple of this. Whatever has [`LEAST`] of them
/// holds one whole.
const ANCHOR: usize = LEAST / 2;

/// How often escapes within escapes are read: `%255Cu0073`.
const DEPTH: usize = 3;

/// Stands for any character beyond ASCII, of which secrets have none.
const FOREIGN: u8 = 0x80;

/// The secrets of one endpoint, to be taken out of whatever a server or a library says.
#[derive(Default)]
pub(super) struct Secrets {
    plain: Vec<SecretString>,
    forms: Vec<Form>,
    /// Finds the anchors of all forms; `owners` says whose they are, and where in it.
    anchors: Option<AhoCorasick>,
    owners: Vec<(usize, usize)>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// One form in which a secret may be echoed.
struct Form {
    /// Its letters and digits, in lower case.
    core: SecretString,
    /// So many of them in a row are recognised: a server may cut it off at either end.
    enough: usize,
    /// Only from its start.
    from_start: bool,
    /// What stands around it is of the same code and may hold the rest of the secret.
    spreads: bool,
}

impl Secrets {
    pub(super) fn add(&mut self, secret: &SecretString) {
        self.plain.push(secret.clone());
        let plain = secret.expose_secret();
        if plain.len() < LONG {
            return;
        }
        let straight = core(plain.as_bytes());
        let backwards = straight.chars().rev().collect();
        // What has no digit may be made of words, and what has no letter a number: some of it may stand in any text.
        let is_random = [u8::is_ascii_digit, u8::is_ascii_alphabetic].iter().all(|is| straight.bytes().any(|b| is(&b)));
        let (some, all) = (piece(&straight), straight.len().max(LEAST));
        let mut forms = vec![
            Form { enough: some, from_start: !is_random, ..Form::new(straight) },
            Form { enough: if is_random { some } else { all }, ..Form::new(backwards) },
        ];
        let coded = (0..3).map(|shift| base64(plain, shift)).chain([hex(plain)]).map(|form| core(form.as_bytes()));
        forms.extend(coded.map(|form| Form { spreads: true, ..Form::new(form) }));
        self.forms.extend(forms.into_iter().filter(|form| form.core.expose_secret().len() >= form.enough));
        self.look_for_anchors();
    }

    fn look_for_anchors(&mut self) {
        let (mut anchors, mut owners) = (Vec::new(), Vec::new());
        for (form, Form { core, .. }) in self.forms.iter().enumerate() {
            for (index, anchor) in core.expose_secret().as_bytes().chunks_exact(ANCHOR).enumerate() {
                anchors.push(anchor);
                owners.push((form, index * ANCHOR));
            }
        }
        self.anchors = Some(AhoCorasick::new(anchors).expect("headers are short enough for every automaton"));
        self.owners = owners;
    }

    /// The text without any of the secrets.
    pub(super) fn hide(&self, text: &str) -> String {
        self.without(text, 0)
    }

    /// A model's answer without any of the secrets. Those too short to be recognised stay: what looks like them is the
    /// answer itself.
    pub(super) fn hide_in_answer(&self, text: &str) -> String {
        self.without(text, TELLING)
    }

    fn without(&self, text: &str, shortest: usize) -> String {
        let mut places = self.places(text);
        for secret in self.plain.iter().map(ExposeSecret::expose_secret).filter(|secret| secret.len() >= shortest) {
            places.extend(text.match_indices(secret).map(|(at, found)| at..at + found.len()));
        }
        places.sort_unstable_by_key(|place| (place.start, place.end));
        let (mut out, mut rest) = (String::with_capacity(text.len()), 0);
        for Range { start, end } in places {
            if start >= rest {
                out.push_str(&text[rest..start]);
                out.push_str(HIDDEN);
            }
            rest = rest.max(end);
        }
        out.push_str(&text[rest..]);
        out
    }

    /// Where any form of a secret stands.
    fn places(&self, text: &str) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        let Some(anchors) = &self.anchors else { return places };
        let mut layer = Layer::of(text);
        for _ in 0..=DEPTH {
            self.find(anchors, &layer, text, &mut places);
            match layer.read() {
                Some(read) => layer = read,
                None => break,
            }
        }
        places
    }

    fn find(&self, anchors: &AhoCorasick, layer: &Layer, text: &str, places: &mut Vec<Range<usize>>) {
        let telling = |at: &usize| layer.bytes[*at].is_ascii_alphanumeric();
        let at: Vec<usize> = (0..layer.bytes.len()).filter(telling).collect();
        let core: Vec<u8> = at.iter().map(|at| layer.bytes[*at].to_ascii_lowercase()).collect();
        for anchor in anchors.find_overlapping_iter(&core) {
            let (form, offset) = self.owners[anchor.pattern().as_usize()];
            let Form { core: secret, enough, from_start, spreads } = &self.forms[form];
            let secret = secret.expose_secret().as_bytes();
            let before = same(core[..anchor.start()].iter().rev(), secret[..offset].iter().rev());
            let behind = same(core[anchor.start()..].iter(), secret[offset..].iter());
            if before + behind < *enough || (*from_start && before < offset) {
                continue;
            }
            let (first, last) = (at[anchor.start() - before], at[anchor.start() + behind - 1]);
            let mut place = layer.starts[first]..layer.starts[last + 1];
            if *spreads {
                let is_code = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
                let (left, right) = (text[..place.start].bytes(), &text.as_bytes()[place.end..]);
                place.start -= left.rev().take_while(|byte| is_code(&byte)).count();
                place.end += right.iter().take_while(|byte| is_code(byte) || **byte == b'=').count();
            }
            places.push(place);
        }
    }
}

impl Form {
    fn new(core: String) -> Self {
        Self { enough: piece(&core), core: core.into(), from_start: false, spreads: false }
    }
}

/// How much of a form is recognised.
fn piece(form: &str) -> usize {
    (form.len() / 3).clamp(LEAST, MOST)
}

/// How many pairs from the start are alike.
fn same<'a>(here: impl Iterator<Item = &'a u8>, there: impl Iterator<Item = &'a u8>) -> usize {
    here.zip(there).take_while(|(here, there)| here == there).count()
}

/// A text, a byte for each character, and where in the original each begins and the last one ends.
struct Layer {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl Layer {
    fn of(text: &str) -> Self {
        let byte = |letter: char| u8::try_from(letter).ok().filter(u8::is_ascii).unwrap_or(FOREIGN);
        let (bytes, mut starts): (Vec<u8>, Vec<usize>) = text.char_indices().map(|(at, c)| (byte(c), at)).unzip();
        starts.push(text.len());
        Self { bytes, starts }
    }

    /// The text with every escape read once; `None` where there is none.
    fn read(&self) -> Option<Self> {
        let (mut bytes, mut starts, mut at) = (Vec::new(), Vec::new(), 0);
        while at < self.bytes.len() {
            let (byte, length) = escape(&self.bytes[at..]).unwrap_or((self.bytes[at], 1));
            bytes.push(byte);
            starts.push(self.starts[at]);
            at += length;
        }
        let changed = bytes.len() < self.bytes.len();
        starts.extend(self.starts.last());
        changed.then_some(Self { bytes, starts })
    }
}

/// The character that an escape at the start stands for, and the escape's length: as JSON, programming languages, URLs and HTML
/// write it.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let hex = |digits: Range<usize>| {
        let value = number(text.get(digits.clone())?, 16)?;
        Some((value, digits.end))
    };
    match text {
        [b'%', ..] => hex(1..3),
        [b'\\', b'x' | b'X', ..] => hex(2..4),
        [b'\\', b'u' | b'U', b'{', ..] | [b'&', b'#', ..] => {
            let end = text.iter().take(12).position(|byte| matches!(byte, b'}' | b';'))?;
            let (digits, radix) = match &text[2..end] {
                [b'{' | b'x' | b'X', digits @ ..] => (digits, 16),
                digits => (digits, 10),
            };
            Some((number(digits, radix)?, end + 1))
        }
        // Python writes eight digits.
        [b'\\', b'U', b'0', b'0', b'0', b'0', ..] => hex(2..10).or_else(|| hex(2..6)),
        [b'\\', b'u' | b'U', ..] => hex(2..6),
        [b'\\', b'n' | b'r' | b't' | b'b' | b'f', ..] => Some((b' ', 2)),
        [b'\\', other, ..] => Some((*other, 2)),
        [b'&', ..] => {
            let named: [&[u8]; 5] = [b"&amp;", b"&lt;", b"&gt;", b"&quot;", b"&apos;"];
            let name = named.iter().find(|name| text.starts_with(name))?;
            Some((b'&', name.len()))
        }
        _ => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let value = u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?;
    Some(u8::try_from(value).ok().filter(u8::is_ascii).unwrap_or(FOREIGN))
}

/// The letters and digits, in lower case.
fn core(text: &[u8]) -> String {
    text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(|byte| char::from(byte.to_ascii_lowercase())).collect()
}

/// The part of the Base64 of any text that holds the secret after `shift` bytes (modulo 3) which the secret alone decides.
fn base64(secret: &str, shift: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let skip = (3 - shift) % 3;
    let groups = secret.as_bytes()[skip..].chunks_exact(3);
    let digits = groups.flat_map(|group| {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|low| char::from(DIGITS[bits >> low & 63]))
    });
    digits.collect()
}

/// A header's value that HTTP libraries do not print either; `None` where the text cannot be a header's value.
pub(super) fn header_value(prefix: &str, secret: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("{prefix}{}", secret.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = r#"sk-"T/H+E=\-SECRET-0123456789"#;

    fn secrets(key: &str) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add(&SecretString::from(key.to_owned()));
        secrets
    }

    fn spelled(text: &str, letter: impl Fn(char) -> String) -> String {
        text.chars().map(letter).collect()
    }

    fn percent(text: &str) -> String {
        spelled(text, |c| format!("%{:02X}", u32::from(c)))
    }

    fn unicode(text: &str) -> String {
        spelled(text, |c| format!("\\u{:04x}", u32::from(c)))
    }

    /// Base64 as it is written, padding included.
    fn encoded(text: &str) -> String {
        let zeros = (3 - text.len() % 3) % 3;
        let whole = base64(&format!("{text}{}", "\0".repeat(zeros)), 0);
        whole[..whole.len() - zeros].to_owned() + &"=".repeat(zeros)
    }

    #[test]
    fn case_every_form_of_a_key_is_hidden() {
        let json = |text: &str| serde_json::to_string(text).unwrap();
        let backwards = |text: &str| text.chars().rev().collect::<String>();
        for key in [KEY, "sk-THE-SECRET-0123456789", "gsk_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5z"] {
            let secrets = secrets(key);
            for form in [
                key.to_owned(),
                json(key),
                json(key).replace('/', "\\/"),
                json(&json(key)),
                key.to_uppercase(),
                key.to_lowercase(),
                backwards(key),
                backwards(&key.to_uppercase()),
                percent(key),
                percent(key).to_lowercase(),
                percent(&percent(key)),
                unicode(key),
                unicode(key).to_uppercase(),
                unicode(&key.to_uppercase()),
                json(&unicode(key)),
                percent(&unicode(key)),
                spelled(key, |c| format!("\\x{:02x}", u32::from(c))),
                spelled(key, |c| format!("\\U{:08x}", u32::from(c))),
                spelled(key, |c| format!("\\u{{{:x}}}", u32::from(c))),
                spelled(key, |c| format!("&#{};", u32::from(c))),
                spelled(key, |c| format!("&#x{:x};", u32::from(c))),
                spelled(key, |c| if c == 'E' { unicode("E") } else { c.to_string() }),
                spelled(key, |c| format!("{c} ")),
                spelled(key, |c| format!("{c}\u{200b}")),
                format!("{}\n{}", &key[..7], &key[7..]),
                format!("{}\r\n    {}", &key[..17], &key[17..]),
                json(&format!("{}\n{}", &key[..12], &key[12..])),
                hex(key),
                hex(key).to_uppercase(),
                spelled(&hex(key), |c| format!("{c} ")),
            ] {
                let hidden = secrets.hide(&format!("<{form}> and <{form}>"));
                assert_eq!(hidden.matches(HIDDEN).count(), 2, "{form}: {hidden}");
                assert!(core(hidden.as_bytes()).len() < 40, "{form}: {hidden}");
                assert_eq!(hidden, secrets.hide_in_answer(&format!("<{form}> and <{form}>")));
            }
            assert_eq!(secrets.hide(&format!("{key}{key}")).matches(HIDDEN).count(), 2);
        }
    }

    #[test]
    fn case_no_part_of_a_key_is_left_of_its_base64() {
        for (key, before) in ["sk-THE-SECRET-0123456789", "sk-THE-SECRET-0123456789a", "sk-THE-SECRET-0123456789ab"]
            .into_iter()
            .flat_map(|key| ["", "x", "Bearer ", "user:"].map(|before| (key, before)))
        {
            for after in ["", "_", "__"] {
                let coded = encoded(&format!("{before}{key}{after}"));
                for coded in [coded.replace('+', "-").replace('/', "_"), coded] {
                    assert_eq!(secrets(key).hide(&format!("is {coded}, ")), "is [hidden], ", "{before}{key}{after}");
                    // Its tail, its head, and with line breaks as in a mail.
                    let (head, tail) = coded.split_at(coded.len() / 2);
                    assert_eq!(secrets(key).hide(&format!("..{tail}")), "..[hidden]", "{before}{key}{after}");
                    assert_eq!(secrets(key).hide(&format!("{head}\r\n{tail}")), HIDDEN);
                    if before.is_empty() {
                        assert_eq!(secrets(key).hide(&format!("{head}..")), "[hidden]..", "{before}{key}{after}");
                    }
                }
            }
        }
    }

    #[test]
    fn case_a_key_that_was_cut_off_is_hidden() {
        let key = "sk-THE-SECRET-0123456789";
        let secrets = secrets(key);
        for length in LONG..24 {
            let hidden = secrets.hide(&format!("key {}...", &key[..length]));
            assert_eq!(hidden.replace('-', ""), "key [hidden]...");
            assert_eq!(
                secrets.hide(&format!("...{} is no key", &key[24 - length..])).trim_start_matches(['.', '-']),
                "[hidden] is no key"
            );
        }
        for text in ["keys start with sk-", "the-secret of success", "012345678"] {
            assert_eq!(secrets.hide(text), text);
        }
    }

    #[test]
    fn a_placeholder_is_not_searched_for_in_answers() {
        let number = secrets("1234");
        assert_eq!(number.hide("bad key 1234"), "bad key [hidden]");
        assert_eq!(number.hide_in_answer("the sum is 1234"), "the sum is 1234");
        let words = secrets("sk-no-key-required");
        for text in ["no key required", "API key required: none", "skno", "required"] {
            assert_eq!(words.hide_in_answer(text), text);
        }
        assert_eq!(words.hide_in_answer("SK NO KEY REQUIRED!"), "[hidden]!");
        assert_eq!(words.hide_in_answer("sk-no-key-requ.."), "[hidden]..");
        let digits = secrets("314159265358979323846");
        assert_eq!(digits.hide_in_answer("is it 9323846, or 358979323846?"), "is it 9323846, or 358979323846?");
    }

    #[test]
    fn debug_output_holds_nothing() {
        assert_eq!(format!("{:?}", secrets(KEY)), HIDDEN);
    }

    proptest! {
        /// Ordinary text stays as it is, whatever escapes and halves of them it holds.
        #[test]
        fn ordinary_text_does_not_suffer(text in r"([a-z0-9 .,]{0,9}(\\|\\u00|%4|&#x?|&amp|\u{e9}|\\x|=|[+/]){0,3}){0,20}") {
            prop_assert_eq!(secrets("sk-THE-SECRET-0123456789").hide(&text), text);
        }

        /// Wherever it stands.
        #[test]
        fn a_key_is_found_in_any_text(before in any::<String>(), after in any::<String>()) {
            let hidden = secrets(KEY).hide(&format!("{before} {KEY} {after}"));
            prop_assert!(hidden.contains(HIDDEN) && !hidden.contains("SECRET"), "{}", hidden);
        }
    }
}
