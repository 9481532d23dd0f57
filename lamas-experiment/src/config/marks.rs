//! The lines of a YAML text's values, and what is refused before anything is built from it.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser};

/// How deep values may lie in each other; ours need a handful.
const DEEPEST: usize = 64;
/// The most values of a file, those counted again that an alias repeats.
const MOST_VALUES: usize = 100_000;

/// What is wrong with a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: Option<usize>,
    /// What, and what to do.
    pub message: String,
}

/// A value's line, and those of what lies in it. An entry of a mapping has its key's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// From 1.
    pub line: usize,
    /// What lies in it.
    pub inner: Marks,
}

/// The marks of what lies in a value, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks(Vec<Mark>);

impl Marks {
    /// The mark of an item or of an entry.
    #[must_use]
    pub fn child(&self, index: usize) -> Option<&Mark> {
        self.0.get(index)
    }

    /// How many values it holds, itself among them.
    fn values(&self) -> usize {
        1 + self.0.iter().map(|mark| mark.inner.values()).sum::<usize>()
    }
}

/// A list or mapping that has not ended yet.
struct Open {
    line: usize,
    anchor: usize,
    marks: Marks,
    /// Of a mapping: the lines of its keys, and the one that waits for its value.
    keys: Option<(HashMap<String, usize>, Option<usize>)>,
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    anchors: HashMap<usize, Marks>,
    values: usize,
    documents: usize,
    whole: Option<Marks>,
}

/// The marks of a text's only document; `None` of an empty text.
///
/// # Errors
/// When it is no YAML, nests too deep, grows too large, or a mapping holds a key twice.
pub fn read(text: &str) -> Result<Option<Marks>, Fault> {
    unprintable(text)?;
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Fault {
            line: Some(half_character(text, error.marker().line())),
            message: format!("not YAML: {}", error.info()),
        })?;
        let line = span.start.line();
        reader.take(event, line).map_err(|message| Fault { line: Some(line), message })?;
    }
    Ok(reader.whole)
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), String> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err("a second document begins; one file holds one".to_owned());
                }
            }
            Event::Scalar(text, _, anchor, tag) => {
                plain(tag.as_deref())?;
                self.count(1)?;
                match self.open.last_mut().and_then(|open| open.keys.as_mut()) {
                    Some((keys, waiting @ None)) => {
                        if let Some(first) = keys.insert(text.to_string(), line) {
                            return Err(format!(
                                "`{text}` stands there twice, in line {first} already; remove one of them"
                            ));
                        }
                        *waiting = Some(line);
                        self.anchors.insert(anchor, Marks::default());
                    }
                    _ => self.add(Marks::default(), line, anchor),
                }
            }
            Event::Alias(anchor) => {
                if self.open.last().is_some_and(|open| matches!(open.keys, Some((_, None)))) {
                    return Err("a key must be a text".to_owned());
                }
                let Some(marks) = self.anchors.get(&anchor) else {
                    return Err("an alias stands within its own anchor".to_owned());
                };
                let values = marks.values();
                self.count(values)?;
                let marks = self.anchors[&anchor].clone();
                self.add(marks, line, 0);
            }
            Event::SequenceStart(anchor, tag) => {
                plain(tag.as_deref())?;
                self.begin(line, anchor, None)?;
            }
            Event::MappingStart(anchor, tag) => {
                plain(tag.as_deref())?;
                self.begin(line, anchor, Some((HashMap::new(), None)))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    self.add(open.marks, open.line, open.anchor);
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn begin(
        &mut self,
        line: usize,
        anchor: usize,
        keys: Option<(HashMap<String, usize>, Option<usize>)>,
    ) -> Result<(), String> {
        if self.open.last().is_some_and(|open| matches!(open.keys, Some((_, None)))) {
            return Err("a key must be a text".to_owned());
        }
        self.count(1)?;
        if self.open.len() >= DEEPEST {
            return Err(format!("values lie more than {DEEPEST} deep in each other"));
        }
        self.open.push(Open { line, anchor, marks: Marks::default(), keys });
        Ok(())
    }

    fn count(&mut self, values: usize) -> Result<(), String> {
        self.values += values;
        if self.values > MOST_VALUES {
            return Err(format!("more than {MOST_VALUES} values, those counted again that aliases repeat"));
        }
        Ok(())
    }

    /// Puts a whole value into the one around it.
    fn add(&mut self, marks: Marks, line: usize, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, marks.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.whole = Some(marks);
            return;
        };
        let line = open.keys.as_mut().and_then(|(_, waiting)| waiting.take()).unwrap_or(line);
        open.marks.0.push(Mark { line, inner: marks });
    }
}

/// The line of half a character that is escaped, from the value on that the parser cannot read: it names that value's first
/// line. That line where there is none.
fn half_character(text: &str, from: usize) -> usize {
    let is_half = |escape: &str| {
        escape
            .get(..4)
            .and_then(|digits| u16::from_str_radix(digits, 16).ok())
            .is_some_and(|unit| unit & 0xf800 == 0xd800)
    };
    let has_half = |line: &str| line.split(r"\u").skip(1).any(is_half);
    let mut lines = text.split('\n').zip(1..).skip(from.saturating_sub(1));
    lines.find(|(line, _)| has_half(line)).map_or(from, |(_, number)| number)
}

/// Refuses characters that no YAML text may hold, and a byte order mark that is not at its start. They cannot be seen, readers
/// disagree on what they are, and this one takes the first NUL for the end.
fn unprintable(text: &str) -> Result<(), Fault> {
    let strange = |c: &char| match c {
        '\t' | '\r' | '\u{85}' => false,
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' => true,
        c => c.is_control(),
    };
    match text.split('\n').zip(1..).find_map(|(line, number)| Some((line.chars().find(strange)?, number))) {
        Some((found, line)) => {
            let message = format!(
                "not YAML: holds the character U+{:04X}, which cannot be seen; remove it, or write it as \"\\u{:04X}\"",
                u32::from(found),
                u32::from(found)
            );
            Err(Fault { line: Some(line), message })
        }
        None => Ok(()),
    }
}

/// Refuses tags of a file's own: nothing that is read here has any.
fn plain(tag: Option<&saphyr_parser::Tag>) -> Result<(), String> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() => Err(format!("the tag `{tag}` means nothing here; remove it")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let fault = read(text).unwrap_err();
        format!("{}: {}", fault.line.unwrap_or_default(), fault.message)
    }

    #[test]
    fn every_value_has_its_line_and_an_entry_that_of_its_key() {
        let marks = read("a: 1\nlist:\n  - x\n  - {b: 2,\n     c: 3}\nkey:\n  deep: y\n").unwrap().unwrap();
        let lines = |marks: &Marks| marks.0.iter().map(|mark| mark.line).collect::<Vec<_>>();
        assert_eq!(lines(&marks), [1, 2, 6]);
        assert_eq!(lines(&marks.0[1].inner), [3, 4]);
        assert_eq!(lines(&marks.0[1].inner.0[1].inner), [4, 5]);
        assert_eq!(lines(&marks.0[2].inner), [7]);
        assert_eq!(read("").unwrap(), None);
    }

    #[test]
    fn case_two_of_one_key_are_refused_with_both_lines() {
        insta::assert_snapshot!(said("seeds: 1\nname: x\nseeds: 2\n"), @"3: `seeds` stands there twice, in line 1 already; remove one of them");
        insta::assert_snapshot!(said("a: {b: 1, b: 1}"), @"1: `b` stands there twice, in line 1 already; remove one of them");
        // The same key in two mappings, and as a value, is none twice.
        assert!(read("- {a: b, c: a}\n- {a: b}\n").is_ok());
    }

    #[test]
    fn case_small_files_that_grow_without_measure_are_refused() {
        let laughs = (1..20).fold("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
            let below = format!("*a{}, ", n - 1).repeat(10);
            format!("{text}a{n}: &a{n} [{}]\n", below.trim_end_matches(", "))
        });
        insta::assert_snapshot!(said(&laughs), @"5: more than 100000 values, those counted again that aliases repeat");
        insta::assert_snapshot!(said(&"[".repeat(100)), @"1: values lie more than 64 deep in each other");
        insta::assert_snapshot!(said("a: &a [*a]"), @"1: an alias stands within its own anchor");
        // An anchor as such is welcome.
        assert!(read("a: &a {b: 1}\nc: *a\n").is_ok());
    }

    #[test]
    fn case_characters_that_cannot_be_seen_are_named_with_their_line() {
        insta::assert_snapshot!(said("a: 1\nb: x\0\nc: 2\n"), @r#"2: not YAML: holds the character U+0000, which cannot be seen; remove it, or write it as "\u0000""#);
        for (code, found) in [
            (0, '\0'),
            (1, '\u{1}'),
            (0xc, '\u{c}'),
            (0x1b, '\u{1b}'),
            (0x7f, '\u{7f}'),
            (0x9f, '\u{9f}'),
            (0xfeff, '\u{feff}'),
        ] {
            for text in ["a: 1\r\nb: X\n", "a: 1\n# X\n", "a: 1\nX: 2", "a: 1\n\"X\": 2", "a: |\n  X\n"] {
                let text = text.replace('X', &format!("x{found}"));
                assert!(
                    said(&text).starts_with(&format!("2: not YAML: holds the character U+{code:04X}, ")),
                    "{text:?}"
                );
            }
        }
        // Half of a character, as other programs escape it.
        insta::assert_snapshot!(said("a: 1\nb: \"\\ud83d\"\n"), @"2: not YAML: while parsing a quoted scalar, found invalid Unicode character escape code");
        insta::assert_snapshot!(said("a: 1\nb: \"x\n  y \\ud83d\"\n"), @"3: not YAML: while parsing a quoted scalar, found invalid Unicode character escape code");
        // Written out, or seen.
        assert!(read("a: \"\\u0000\\uFEFF\"\nb: \u{e9}\u{a0}\u{2028}\u{1f600}\tx\r\n").is_ok());
    }

    #[test]
    fn what_no_file_of_ours_holds_is_named() {
        insta::assert_snapshot!(said("a: 1\n---\nb: 2\n"), @"2: a second document begins; one file holds one");
        insta::assert_snapshot!(said("a: !x 1"), @"1: the tag `!x` means nothing here; remove it");
        insta::assert_snapshot!(said("[a]: 1"), @"1: a key must be a text");
        assert!(said("a: [1\nb: 2").contains("not YAML"));
    }
}
