//! Tokens where the server does not say how many it used.

use lamas_core::chat::{ChatRequest, Usage};
use lamas_core::units::Tokens;
use tiktoken_rs::CoreBPE;

/// Tokens that OpenAI's chat format adds per message, and once for the answer to come.
const PER_MESSAGE: u64 = 3;

/// Counts the tokens of a call with the model's own tokenizer, or with that of the GPT-4o family where the model has none
/// that is public. What the server hides, such as reasoning that it does not show, cannot be counted.
pub(super) fn usage(model: &str, request: &ChatRequest, generated: &[&str]) -> Usage {
    let tokenizer = tokenizer(model);
    let count = |text: &str| tokenizer.encode_ordinary(text).len() as u64;
    let input: u64 = request.messages.iter().map(|message| count(&message.content) + PER_MESSAGE + 1).sum();
    let output: u64 = generated.iter().map(|text| count(text)).sum();
    Usage { input: Tokens(input + PER_MESSAGE), output: Tokens(output), counted: true }
}

fn tokenizer(model: &str) -> &'static CoreBPE {
    tiktoken_rs::bpe_for_model(model).unwrap_or_else(|_| tiktoken_rs::o200k_base_singleton())
}
