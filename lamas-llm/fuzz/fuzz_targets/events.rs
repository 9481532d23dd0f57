//! A streamed answer in pieces, and the same bytes as an answer in one piece: no panic, nothing that depends on where the bytes
//! are split, no answer without an end, and nothing that spoils a whole one. The first byte says how long the pieces are.

#![no_main]

use lamas_llm::openai::reading::{Broken, Stream, Whole, whole};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((length, body)) = bytes.split_first() else { return };
    let at_once = streamed(std::iter::once(body));
    let in_pieces = streamed(body.chunks(usize::from(*length).max(1)));
    assert_eq!(at_once, in_pieces);
    for answer in [at_once, whole(body)].into_iter().flatten() {
        assert!(!answer.text.contains('\u{10f03d}'), "halves of characters do not stay");
    }
});

fn streamed<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Whole, Broken> {
    let mut stream = Stream::default();
    let mut whole_at = None;
    for piece in pieces {
        let pushed = stream.push(piece);
        assert!(whole_at.is_none() || (pushed.is_ok() && whole_at == Some(stream.generated())), "a whole answer was spoilt");
        pushed?;
        if stream.is_whole() {
            whole_at = Some(stream.generated());
        }
    }
    let ended = stream.ended();
    assert!(whole_at.is_none() || !matches!(ended, Err(Broken::Cut)));
    ended
}
