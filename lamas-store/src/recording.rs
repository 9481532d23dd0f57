//! A recording: answers and runs of programs by their keys alone, without what was asked. It is read and never written.

use std::collections::HashMap;

use lamas_core::chat::ChatResponse;
use lamas_core::tool::ToolRun;

use super::question::Key;

/// Answers and runs of programs, by key.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Recording {
    answers: HashMap<Key, ChatResponse>,
    runs: HashMap<Key, ToolRun>,
}

impl Recording {
    /// Adds an answer. One that stands under its key stays.
    pub fn add_answer(&mut self, key: Key, answer: ChatResponse) {
        self.answers.entry(key).or_insert(answer);
    }

    /// Adds a program's run. One that stands under its key stays.
    pub fn add_run(&mut self, key: Key, run: ToolRun) {
        self.runs.entry(key).or_insert(run);
    }

    /// Adds what another one holds under other keys.
    pub fn add(&mut self, other: Self) {
        other.answers.into_iter().for_each(|(key, answer)| self.add_answer(key, answer));
        other.runs.into_iter().for_each(|(key, run)| self.add_run(key, run));
    }

    /// How many answers it holds.
    #[must_use]
    pub fn answers(&self) -> usize {
        self.answers.len()
    }

    pub(super) fn answer(&self, key: Key) -> Option<&ChatResponse> {
        self.answers.get(&key)
    }

    pub(super) fn run(&self, key: Key) -> Option<&ToolRun> {
        self.runs.get(&key)
    }
}
