//! A model that counts what a bank lacks, and asks nobody.

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse};
use lamas_core::meter::CallMeter;

use super::question::{Identity, Key, Question};
use super::samples::Draw;

/// Asks a bank, and counts what it has and what it lacks. What is missing fails its episode alone.
pub struct Gauge {
    bank: Arc<dyn ChatModel>,
    identity: Identity,
    /// Where a bank draws among what is recorded, a question has one answer or none.
    samples: NonZeroU32,
    counted: Mutex<Counted>,
}

/// Which answers are there, and which are missing.
#[derive(Debug, Default, Clone)]
pub struct Counted {
    held: HashSet<Key>,
    missing: HashSet<Key>,
}

impl Counted {
    /// Answers that are there.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Answers that are not.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.missing.len()
    }

    /// Answers that are missing and were not counted elsewhere.
    #[must_use]
    pub fn beyond(&self, other: &Self) -> usize {
        self.missing.difference(&other.missing).count()
    }

    /// Adds what was counted elsewhere; what both have counted is there once.
    pub fn add(&mut self, other: &Self) {
        self.held.extend(&other.held);
        self.missing.extend(&other.missing);
    }
}

impl Gauge {
    /// Counts on a bank of this model, which draws like this.
    #[must_use]
    pub fn new(bank: Arc<dyn ChatModel>, identity: Identity, draw: Draw) -> Self {
        let samples = if let Draw::Of(samples) = draw { samples } else { NonZeroU32::MIN };
        Self { bank, identity, samples, counted: Mutex::default() }
    }

    /// What was counted so far.
    #[must_use]
    pub fn counted(&self) -> Counted {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl ChatModel for Gauge {
    async fn chat_metered(&self, request: &ChatRequest, meter: &CallMeter) -> Result<ChatResponse, ChatError> {
        let answer = self.bank.chat_metered(request, meter).await;
        let key = Question::new(&self.identity, request).drawn(self.samples).key();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(answer) => {
                counted.held.insert(key);
                Ok(answer)
            }
            Err(ChatError::Unrecorded(lacks)) => {
                counted.missing.insert(key);
                Err(ChatError::rejected(lacks))
            }
            Err(other) => Err(other),
        }
    }
}
