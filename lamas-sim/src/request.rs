//! What kind of answer a conversation asks for, told from its words.

use lamas_core::problem::Domain;

use super::prior::{self, Choice};
use super::prompt::{Prompt, fences};
use super::words::{Classes, sentences};

/// A kind of request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Request<'a> {
    /// An answer, nothing more said.
    Direct,
    /// An answer with its reasoning.
    Reasoned,
    /// A Python program with a function `solve`.
    Program,
    /// A solution around a program's output; `None` where the program gave no value.
    WriteUp(Option<&'a str>),
    /// One of several lettered options.
    Ensemble(Vec<Choice<'a>>),
    /// A better version of the solution shown.
    Refine,
    /// A reflection on failed tests, with a new program.
    Reflect,
}

impl<'a> Request<'a> {
    /// Tells what a prompt asks for.
    pub(super) fn of(prompt: &'a Prompt<'_>, domain: Domain) -> Self {
        let cues = Cues::of(&prompt.rest);
        if cues.choose {
            let body = match domain {
                Domain::Maths => &prompt.rest,
                // A solution may repeat the statement, which must not be cut out of it.
                Domain::Code => &*prompt.text,
            };
            let choices = prior::choices(body);
            if choices.len() > 1 {
                return Self::Ensemble(choices);
            }
        }
        match domain {
            Domain::Maths => Self::of_maths(prompt, &cues),
            Domain::Code if cues.failed => Self::Reflect,
            Domain::Code if cues.review => Self::Refine,
            Domain::Code => cues.plain(),
        }
    }

    fn of_maths(prompt: &'a Prompt<'_>, cues: &Cues) -> Self {
        if cues.named_solve {
            return Self::Program;
        }
        if cues.output
            && let Some(output) = prior::program_output(&prompt.rest)
        {
            return Self::WriteUp(prior::is_value(output).then_some(output));
        }
        if cues.python {
            Self::Program
        } else if cues.review {
            Self::Refine
        } else {
            cues.plain()
        }
    }
}

/// What the sentences of a prompt say, each on its own.
#[derive(Debug, Default, PartialEq, Eq)]
struct Cues {
    /// Choose one of the options.
    choose: bool,
    /// Write the function `solve`.
    named_solve: bool,
    /// Write a Python program.
    python: bool,
    /// Something about what a program gave.
    output: bool,
    /// Review a solution.
    review: bool,
    /// Tests failed.
    failed: bool,
    /// Reason aloud.
    aloud: bool,
    /// Reasoning is spoken of.
    reasoning: bool,
    /// Answer at once.
    at_once: bool,
}

impl Cues {
    /// Reads all sentences outside of code fences.
    fn of(text: &str) -> Self {
        let mut cues = Self::default();
        for (fenced, part) in fences(text) {
            if !fenced {
                sentences(part, |sentence| cues.add(sentence));
            }
        }
        cues
    }

    fn add(&mut self, sentence: Classes) {
        use Classes as C;
        let refused = sentence.has(C::NOT);
        self.choose |= sentence.has(C::CHOOSE.and(C::OPTION));
        self.named_solve |= sentence.has(C::WRITE.and(C::NAMED_SOLVE));
        self.python |= sentence.has(C::WRITE.and(C::PYTHON).and(C::FUNCTION));
        self.output |= sentence.has(C::OUTPUT);
        self.review |= sentence.has(C::REVIEW.and(C::DRAFT));
        self.failed |= sentence.has(C::FAIL.and(C::TEST)) && !refused;
        let aloud = sentence.has(C::STEP.and(C::BY)) || sentence.has(C::SHOW.and(C::STEP)) || sentence.has(C::THINK);
        self.aloud |= aloud && !refused;
        self.reasoning |= sentence.has(C::REASONING) && !refused;
        self.at_once |= sentence.any(C::AT_ONCE) || (refused && (aloud || sentence.has(C::REASONING)));
    }

    /// With or without reasoning.
    fn plain<'a>(&self) -> Request<'a> {
        if self.aloud || (self.reasoning && !self.at_once) { Request::Reasoned } else { Request::Direct }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prose;
    use lamas_core::random::Seed;

    #[test]
    fn what_the_model_writes_holds_no_cue() {
        let mut stream = Seed(5).stream("test", &[]);
        let texts = [
            prose::solution("18", &["3".into()], 3000.0, true, &mut stream),
            prose::fenced("def solve():\n    return 1\n", 3000.0, &mut stream),
            prose::neutral(3000.0, &mut stream),
        ];
        for text in texts {
            assert_eq!(Cues::of(&text), Cues::default(), "{text}");
        }
    }

    #[test]
    fn a_refusal_of_reasoning_is_no_request_for_it() {
        assert!(Cues::of("Do not think step by step.").at_once);
        assert!(!Cues::of("Answer without any explanation.").reasoning);
        assert!(Cues::of("Think step\nby step.").aloud);
    }
}
