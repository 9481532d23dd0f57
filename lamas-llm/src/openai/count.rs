//! Tokens where the server does not say how many it used.

use lamas_core::chat::{ChatRequest, Usage};
use lamas_core::units::Tokens;
use tiktoken_rs::CoreBPE;

/// Tokens that OpenAI's chat format adds per message, and once for the answer to come.
const PER_MESSAGE: u64 = 3;

/// The longest stretch of text that is tokenized as one, in bytes: the tokenizer looks back over it and panics where that is
/// too far. Longer texts are counted stretch by stretch, which may cut a token at each seam.
const STRETCH: usize = 32 << 10;

/// Counts the tokens of a call with the model's own tokenizer, or with that of the GPT-4o family where the model has none
/// that is public. What the server hides, such as reasoning that it does not show, cannot be counted.
pub(super) fn usage(model: &str, request: &ChatRequest, generated: &[&str]) -> Usage {
    let tokenizer = tokenizer(model);
    let count = |text| stretches(text).map(|stretch| tokenizer.encode_ordinary(stretch).len() as u64).sum::<u64>();
    let input: u64 = request.messages.iter().map(|message| count(&*message.content) + PER_MESSAGE + 1).sum();
    let output: u64 = generated.iter().copied().map(count).sum();
    Usage { input: Tokens(input + PER_MESSAGE), output: Tokens(output), counted: true }
}

fn stretches(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (stretch, rest) = text.split_at(text.floor_char_boundary(STRETCH));
        text = rest;
        (!stretch.is_empty()).then_some(stretch)
    })
}

/// Loads the model's tokenizer, which takes up to a second, so that no call waits for it.
pub(super) fn load(model: &str) {
    tokenizer(model);
}

fn tokenizer(model: &str) -> &'static CoreBPE {
    tiktoken_rs::bpe_for_model(model).unwrap_or_else(|_| tiktoken_rs::o200k_base_singleton())
}

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_core::chat::{SampleIndex, Sampling};

    #[test]
    fn case_no_text_is_too_odd_to_count() {
        let request = ChatRequest { messages: vec![], sampling: Sampling::default(), sample: SampleIndex::default() };
        let output = |text: &str| usage("m", &request, &[text]).output.0;
        // A million spaces are more than the tokenizer's regular expression can look back over.
        for piece in [" ", "a", "^", "\n", " \n", "\u{301}", "\u{1f600}"] {
            let text = piece.repeat((1 << 20) / piece.len());
            assert!(output(&text) >= (1 << 20) / 256, "{piece:?}");
        }
        assert_eq!(output("The answer is 4."), 6);
        let sentence = "The answer is 4. ".repeat(STRETCH / 17 - 1);
        let whole = tokenizer("m").encode_ordinary(&sentence).len() as u64;
        assert_eq!(output(&sentence), whole, "texts of common length are counted as one");
        let long = output(&sentence.repeat(10));
        assert!(long.abs_diff(10 * whole) <= 20, "{long}");
    }
}
