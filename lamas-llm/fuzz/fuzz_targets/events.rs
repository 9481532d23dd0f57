//! An answer in pieces, streamed or not: no panic, nothing that depends on where the bytes are split, no answer without an end,
//! and nothing that spoils a whole one but more of it. The first byte says how long the pieces are.

#![no_main]

use lamas_llm::openai::reading::{Broken, Incoming, Whole};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((length, body)) = bytes.split_first() else { return };
    let at_once = read(std::iter::once(body));
    let in_pieces = read(body.chunks(usize::from(*length).max(1)));
    assert_eq!(at_once, in_pieces);
    if let Ok(answer) = at_once {
        assert!(!answer.text.contains('\u{10f03d}'), "halves of characters do not stay");
    }
});

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Whole, Broken> {
    let mut incoming = Incoming::default();
    let mut whole_at = None;
    for piece in pieces {
        let pushed = incoming.push(piece);
        let spoilt = whole_at == Some(incoming.generated()) && (pushed.is_err() || !incoming.is_whole());
        assert!(!spoilt, "a whole answer was spoilt, and nothing more was said");
        pushed?;
        whole_at = incoming.is_whole().then(|| incoming.generated());
    }
    let ended = incoming.ended();
    assert!(whole_at != Some(incoming.generated()) || !matches!(ended, Err(Broken::Cut)));
    ended
}
