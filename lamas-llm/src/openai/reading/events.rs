//! The events of a stream (server-sent events, WHATWG HTML, 9.2.6), out of bytes that come in pieces of any size.
//!
//! Forgiven: any line ending, byte order marks before a line, a missing blank line at the end, comments, unknown fields,
//! data over several lines. Not forgiven: a line or an event beyond [`LONGEST`], and data that is not UTF-8.

use super::broken::Broken;

/// The longest line, and the longest data of an event, in bytes. An event is a few tokens, or at most a whole answer.
pub(super) const LONGEST: usize = 4 << 20;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// The name; empty where the server gives none.
    pub(super) name: String,
    /// Its data, lines joined by `\n`.
    pub(super) data: String,
}

/// Cuts a stream into events. What follows a failure is not read.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// What has come and is not yet a line: `bytes[start..]`, of which `bytes[start..searched]` holds no line ending.
    bytes: Vec<u8>,
    start: usize,
    searched: usize,
    /// The last line ended in `\r`, to which a `\n` belongs that may still come.
    after_return: bool,
    name: String,
    data: Option<String>,
    broken: bool,
}

impl Events {
    /// Takes the next bytes. [`Events::next`] is to be asked until it has nothing more.
    pub(super) fn push(&mut self, piece: &[u8]) {
        if !self.broken {
            self.bytes.extend_from_slice(piece);
        }
    }

    /// The stream has ended: what is left is the last line, and an event is not waiting for its blank line.
    pub(super) fn end(&mut self) {
        self.push(b"\n\n");
    }

    /// The next event, or why there is none any more. `None` until more bytes come.
    pub(super) fn next(&mut self) -> Option<Result<Event, Broken>> {
        while !self.broken {
            let Some((from, to)) = self.line() else {
                return (self.bytes.len() > LONGEST).then(|| self.fail(Broken::too_long("a line", LONGEST)));
            };
            if to - from > LONGEST {
                return Some(self.fail(Broken::too_long("a line", LONGEST)));
            }
            match self.take(from, to) {
                Ok(None) => {}
                Ok(Some(event)) => return Some(Ok(event)),
                Err(broken) => return Some(self.fail(broken)),
            }
        }
        None
    }

    fn fail(&mut self, broken: Broken) -> Result<Event, Broken> {
        *self = Self { broken: true, ..Self::default() };
        Err(broken)
    }

    /// The place of the next line that has ended, without its ending.
    fn line(&mut self) -> Option<(usize, usize)> {
        if self.after_return && self.start < self.bytes.len() {
            self.after_return = false;
            if self.bytes[self.start] == b'\n' {
                self.start += 1;
                self.searched = self.start;
            }
        }
        let Some(length) = self.bytes[self.searched..].iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            self.bytes.drain(..self.start);
            (self.start, self.searched) = (0, self.bytes.len());
            return None;
        };
        let (from, to) = (self.start, self.searched + length);
        self.after_return = self.bytes[to] == b'\r';
        (self.start, self.searched) = (to + 1, to + 1);
        Some((from, to))
    }

    /// Takes one line; gives the event that a blank line ends.
    fn take(&mut self, from: usize, to: usize) -> Result<Option<Event>, Broken> {
        let line = &self.bytes[from..to];
        let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            return Ok(self.data.take().map(|data| Event { name, data }));
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                let value = std::str::from_utf8(value)
                    .map_err(|error| Broken::Malformed(format!("an event is not UTF-8: {error}")))?;
                match &mut self.data {
                    Some(data) if data.len() + value.len() >= LONGEST => {
                        return Err(Broken::too_long("an event", LONGEST));
                    }
                    Some(data) => {
                        data.push('\n');
                        data.push_str(value);
                    }
                    None => self.data = Some(value.to_owned()),
                }
            }
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            _ => {}
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::cut;
    use super::*;
    use proptest::prelude::*;

    fn read(pieces: &[&[u8]]) -> Vec<Result<Event, Broken>> {
        let mut events = Events::default();
        let mut all = Vec::new();
        for piece in pieces {
            events.push(piece);
            all.extend(std::iter::from_fn(|| events.next()));
        }
        events.end();
        all.extend(std::iter::from_fn(|| events.next()));
        all
    }

    fn data(text: &str) -> Vec<String> {
        read(&[text.as_bytes()]).into_iter().map(|event| event.unwrap().data).collect()
    }

    #[test]
    fn every_line_ending_ends_a_line_and_other_fields_are_passed_over() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["\u{feff}: comment", "id: 1", "data: a", "", "data:b", "data", "data:  c", "retry: 3", "", ""];
            assert_eq!(data(&text.join(end)), ["a", "b\n\n c"], "{end:?}");
        }
        assert_eq!(data("data: a\n\n\u{feff}data: b"), ["a", "b"]);
        assert_eq!(data("{\"not\": \"an event\"}\n\n<html>"), [""; 0]);
        let named = read(&[b"event: error\ndata: x\n\ndata: y\n\n"]);
        assert_eq!(named[0], Ok(Event { name: "error".to_owned(), data: "x".to_owned() }));
        assert_eq!(named[1], Ok(Event { name: String::new(), data: "y".to_owned() }));
    }

    #[test]
    fn what_has_no_end_is_not_kept() {
        let mut events = Events::default();
        for _ in 0..2 * LONGEST / 1000 {
            events.push(&[b'x'; 1000]);
            if let Some(event) = events.next() {
                assert!(matches!(event, Err(Broken::TooLong { .. })));
            }
            assert!(events.bytes.len() <= LONGEST + 1000);
        }
        assert!(events.broken);
        let many_lines = read(&[&b"data: 12345678\n".repeat(LONGEST / 8)]);
        assert!(matches!(&many_lines[..], [Err(Broken::TooLong { .. })]), "{}", many_lines.len());
    }

    #[test]
    fn what_came_before_bytes_that_are_no_text_is_read() {
        let events = read(&[b"data: a\n\ndata: caf\xc3\n\ndata: b\n\n"]);
        assert_eq!(events[0].as_ref().unwrap().data, "a");
        assert!(matches!(&events[1..], [Err(Broken::Malformed(_))]));
    }

    proptest! {
        /// Where the bytes are split does not matter.
        #[test]
        fn any_bytes_in_any_pieces(
            lines in prop::collection::vec(prop_oneof![
                any::<Vec<u8>>(), Just(b"data: x".to_vec()), Just(vec![]), Just("data:\u{feff}\u{1f600}".into()),
            ], 0..20),
            ends in prop::collection::vec(prop_oneof![Just("\n"), Just("\r\n"), Just("\r"), Just("")], 20),
            cuts in prop::collection::vec(0_usize..40, 0..40),
        ) {
            let bytes: Vec<u8> =
                lines.iter().zip(&ends).flat_map(|(line, end)| [line.as_slice(), end.as_bytes()].concat()).collect();
            prop_assert_eq!(read(&cut(&bytes, &cuts)), read(&[&bytes]));
        }
    }
}
