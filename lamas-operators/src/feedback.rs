//! What a model is told of the program that it wrote.

use lamas_core::tool::ToolOutcome;

/// How a program ended, in words for the model that wrote it.
pub(crate) fn complaint(outcome: &ToolOutcome) -> String {
    match outcome {
        ToolOutcome::Returned(_) | ToolOutcome::Passed => "The program ran.".to_owned(),
        ToolOutcome::Failed(message) => message.to_string(),
        ToolOutcome::Raised(message) => format!("The program raised an error: {message}"),
        ToolOutcome::TimedOut => "The program took too long and was stopped. It needs a faster method.".to_owned(),
        ToolOutcome::Killed(reason) => format!("The program was stopped: {reason}"),
    }
}

/// A text without its middle where it is long: programs print and raise without measure.
pub(crate) fn clipped(text: &str) -> String {
    const KEPT: usize = 1000;
    let count = text.chars().count();
    if count <= 2 * KEPT {
        return text.to_owned();
    }
    let head: String = text.chars().take(KEPT).collect();
    let tail: String = text.chars().skip(count - KEPT).collect();
    format!("{head} [{} characters left out] {tail}", count - 2 * KEPT)
}

#[cfg(test)]
mod tests {
    use super::clipped;

    #[test]
    fn long_texts_lose_their_middle_and_say_so() {
        assert_eq!(clipped("short"), "short");
        let long = format!("a{}z", "é".repeat(5000));
        let clipped = clipped(&long);
        assert!(clipped.starts_with("aé") && clipped.ends_with("éz"));
        assert!(clipped.contains("[3002 characters left out]"));
    }
}
