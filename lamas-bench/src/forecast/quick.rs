//! An experiment as it is sampled.

use lamas_experiment::config::encoder::EncoderChoice;
use lamas_experiment::config::{Experiment, ModelChoice};
use lamas_llm::openai::OpenAiSettings;

/// The experiment with embeddings that cost no time: how many calls there are hardly depends on them.
pub(super) fn with_quick_encoder(experiment: &Experiment) -> Experiment {
    let mut quick = experiment.clone();
    quick.draft.encoder = EncoderChoice::default();
    quick
}

/// The settings of the experiment's endpoint, where it has one.
pub(super) fn endpoint(experiment: &Experiment) -> Option<&OpenAiSettings> {
    match &experiment.draft.model {
        ModelChoice::Openai(settings) => Some(settings),
        ModelChoice::Simulated(_) => None,
    }
}
