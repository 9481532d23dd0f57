//! Records for tests.

use lamas_core::chat::{
    ChatResponse, FinishReason, LatencySource, Lost, Message, SampleIndex, Sampling, Timing, Usage,
};
use lamas_core::units::{Seconds, Tokens, Usd};
use serde_json::json;

use super::question::Question;
use super::record::Record;

/// An answer to a question, recorded at a time.
pub(super) fn record(question: &str, answer: &str, recorded: u64) -> Record {
    Record {
        question: Question {
            model: "m".to_owned(),
            parameters: json!({"seed": 7}),
            messages: vec![Message::user(question)],
            sampling: Sampling::default(),
            sample: SampleIndex::default(),
        },
        response: ChatResponse {
            text: answer.into(),
            usage: Usage { input: Tokens(11), output: Tokens(3), counted: false },
            timing: Timing {
                first_token: Seconds(1.0 / 3.0),
                working: Seconds(2.0 / 3.0),
                waiting: Seconds(0.1),
                attempts: 2,
                source: LatencySource::Live,
            },
            finish: FinishReason::Stop,
            lost: Lost::default(),
        },
        cost: Usd(1.0 / 3e6),
        recorded,
    }
}
