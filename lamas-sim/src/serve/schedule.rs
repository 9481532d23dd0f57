//! When each piece of an answer is due.
//!
//! Everything is counted from the moment at which the request came, so that neither the server's own work nor a timer
//! that wakes late adds up over the pieces of a stream.

use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use lamas_core::chat::{ChatResponse, Timing};
use lamas_core::units::Seconds;

/// The least real time between two pieces of an answer. Shorter gaps cost writes that no reader notices.
const GAP: Duration = Duration::from_millis(50);
/// No wait is longer, however slow time passes.
const LONGEST: Duration = Duration::from_secs(86_400);
/// The most pieces of an answer.
const PIECES: usize = 64;

/// How much faster than modelled time passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed(f64);

/// Why a speed is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a speed; write a number above 0, e.g. 100 for a hundred times faster, or `inf` for no waiting")]
pub struct SpeedError(String);

impl Speed {
    /// As modelled.
    pub const REAL: Self = Self(1.0);
    /// No waiting at all.
    pub const INSTANT: Self = Self(f64::INFINITY);

    /// What a modelled duration takes in reality.
    #[must_use]
    pub fn real(self, modelled: Seconds) -> Duration {
        Duration::try_from_secs_f64(modelled.0 / self.0).unwrap_or(LONGEST).min(LONGEST)
    }
}

impl FromStr for Speed {
    type Err = SpeedError;

    fn from_str(text: &str) -> Result<Self, SpeedError> {
        let speed = text.parse::<f64>().ok().filter(|speed| *speed > 0.0);
        speed.map(Self).ok_or_else(|| SpeedError(text.to_owned()))
    }
}

/// Something that is sent in the course of a streamed answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// The role of a choice.
    Role(usize),
    /// A piece of a choice's text, in bytes.
    Piece(usize, Range<usize>),
    /// The end of a choice.
    Finish(usize),
    /// An event without a choice.
    Empty,
    /// An event that is no JSON.
    Malformed,
    /// What all choices used.
    Usage,
    /// The end of the stream.
    Done,
    /// The connection ends here.
    Cut,
}

/// An event and how long after the request it is due.
pub(super) type Due = (Duration, Event);

/// When a whole answer is due: when its last choice is.
pub(super) fn whole(answers: &[ChatResponse], speed: Speed) -> Duration {
    answers.iter().map(|answer| speed.real(answer.timing.working)).max().unwrap_or_default()
}

/// The events of all choices, in the order in which they are due.
pub(super) fn streamed(answers: &[ChatResponse], speed: Speed, include_usage: bool) -> Vec<Due> {
    let mut events: Vec<Due> =
        answers.iter().enumerate().flat_map(|(choice, answer)| one(choice, answer, speed)).collect();
    // Stable, so that the events of a choice keep their order.
    events.sort_by_key(|(due, _)| *due);
    let end = whole(answers, speed);
    events.extend(include_usage.then_some((end, Event::Usage)));
    events.push((end, Event::Done));
    events
}

/// The events of one choice: its first piece comes with the first token, its last piece with the last.
fn one(choice: usize, answer: &ChatResponse, speed: Speed) -> Vec<Due> {
    let Timing { first_token, working, .. } = answer.timing;
    let (first, last) = (speed.real(first_token), speed.real(working));
    let decoding = last.saturating_sub(first);
    // A piece for every gap and one for the first token, but no more than there are tokens.
    let gaps = usize::try_from(decoding.as_nanos() / GAP.as_nanos()).unwrap_or(PIECES);
    let tokens = usize::try_from(answer.usage.output.0).unwrap_or(PIECES);
    let pieces = cuts(&answer.text, (gaps + 1).clamp(2, PIECES).min(tokens.max(1)));
    let steps = u32::try_from(pieces.len().saturating_sub(1)).unwrap_or(u32::MAX).max(1);
    let at = |step: usize| first + decoding * u32::try_from(step).unwrap_or(u32::MAX) / steps;
    let pieces = pieces.into_iter().enumerate().map(|(step, range)| (at(step), Event::Piece(choice, range)));
    std::iter::once((first, Event::Role(choice))).chain(pieces).chain([(last, Event::Finish(choice))]).collect()
}

/// Cuts a text into about this many pieces of like length, between characters.
fn cuts(text: &str, pieces: usize) -> Vec<Range<usize>> {
    let ends = (1..=pieces).map(|piece| text.floor_char_boundary(text.len() * piece / pieces));
    let starts = std::iter::once(0).chain(ends.clone());
    starts.zip(ends).map(|(start, end)| start..end).filter(|range| !range.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_core::chat::{FinishReason, LatencySource, Lost, Usage};
    use lamas_core::units::Tokens;
    use proptest::prelude::*;

    fn answer(text: &str, first: f64, working: f64) -> ChatResponse {
        ChatResponse {
            text: text.into(),
            usage: Usage { input: Tokens(1), output: Tokens(text.len().div_ceil(4) as u64), counted: false },
            timing: Timing {
                first_token: Seconds(first),
                working: Seconds(working),
                waiting: Seconds::ZERO,
                attempts: 1,
                source: LatencySource::Simulated,
            },
            finish: FinishReason::Stop,
            lost: Lost::default(),
        }
    }

    #[test]
    fn speeds_are_read() {
        assert_eq!("100".parse::<Speed>().unwrap().real(Seconds(2.0)), Duration::from_millis(20));
        assert_eq!("inf".parse::<Speed>().unwrap().real(Seconds(2.0)), Duration::ZERO);
        for text in ["0", "-1", "nan", "fast"] {
            assert!(text.parse::<Speed>().is_err(), "{text}");
        }
    }

    #[test]
    fn choices_are_interleaved_by_time_and_the_usage_comes_last() {
        let answers = [answer("abcdefgh", 1.0, 4.0), answer("ijkl", 0.5, 2.0)];
        let events = streamed(&answers, Speed("1000".parse().unwrap()), true);
        let order: Vec<Event> = events.into_iter().map(|(_, event)| event).collect();
        use Event::{Done, Finish, Piece, Role, Usage};
        let expected =
            [Role(1), Piece(1, 0..4), Role(0), Piece(0, 0..4), Finish(1), Piece(0, 4..8), Finish(0), Usage, Done];
        assert_eq!(order, expected);
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text_from_first_token_to_last(text in "\\PC{0,400}", first in 0.0..2.0, rest in 0.0..9.0) {
            let events = one(0, &answer(&text, first, first + rest), Speed::REAL);
            let pieces = events.iter().filter_map(|(_, event)| match event {
                Event::Piece(_, range) => Some(&text[range.clone()]),
                _ => None,
            });
            prop_assert_eq!(pieces.collect::<String>(), text);
            prop_assert!(events.is_sorted_by_key(|(due, _)| *due));
            prop_assert_eq!(events[0].0, Speed::REAL.real(Seconds(first)));
            let last = events.iter().rev().find(|(_, event)| matches!(event, Event::Piece(..)));
            if events.len() > 3 {
                prop_assert_eq!(last.map(|(due, _)| *due), Some(Speed::REAL.real(Seconds(first + rest))));
            }
        }
    }
}
