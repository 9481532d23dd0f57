//! The words around an answer: as many as the drawn length asks for, and none that give anything away.
//!
//! The sentences speak of the problem's own quantities. They hold no cue by which a later request could be mistaken, since
//! a solution becomes a part of later prompts, and no answer but the final one.

use lamas_core::random::Stream;
use rand::RngExt;

/// Bytes of English and code that make a token, as usage is counted.
pub(super) const BYTES_PER_TOKEN: usize = 4;

/// Sentences for maths; `#` stands for a quantity of the problem. The shortest fit where little room is left.
const MATHS: [&str; 24] = [
    "The problem gives the quantity #.",
    "Next comes the quantity #.",
    "We keep # in mind.",
    "Now use #.",
    "Here # matters.",
    "That is clear.",
    "So we go on.",
    "We write the known quantities down, among them #, and name the unknown one x.",
    "The relation between the quantities is linear in the unknown, so it can be isolated on one side.",
    "Substituting # into this relation leaves an expression with a single unknown.",
    "Both sides are simplified, and like terms are collected.",
    "The units agree on both sides, so the quantities may be combined.",
    "It helps to treat the part with # first and the rest afterwards.",
    "Combining this with the previous line removes one of the unknowns.",
    "The value found so far is kept, since it is needed again below.",
    "We look at how # enters the condition and rewrite the condition in terms of x.",
    "Each case is counted once, and the cases do not overlap.",
    "The condition with # rules out the other possibilities.",
    "After cancelling the common factor, the expression is short enough to evaluate.",
    "Putting the pieces together gives an equation that holds for the whole situation described.",
    "This quantity is then compared with #, as the question demands.",
    "Evaluating the remaining expression gives the quantity that was asked for.",
    "Going back to the question, this is the very quantity that it asks about.",
    "The remaining arithmetic is carried out term after term, with the signs kept as they are.",
];

/// Sentences for code.
const CODE: [&str; 18] = [
    "The signature stays as it is.",
    "The input is read once.",
    "Ties need no special care.",
    "No extra memory is kept.",
    "This is short.",
    "It is plain.",
    "The function walks through its input and keeps track of what it has seen so far.",
    "An empty input is handled by the same path, since the loop body never runs.",
    "The running value is updated in place, which keeps the memory use constant.",
    "All elements are treated alike, so the order of the input does not matter beyond what the task says.",
    "The time needed grows with the length of the input, and the space with the length of what comes back.",
    "Built-in operations are used where they say what is meant.",
    "Edge conditions such as a single element follow from the general rule.",
    "The docstring fixes the types of the arguments and of the value that comes back.",
    "Names are chosen so that the body can be read without comments.",
    "Nothing outside of the function is touched, and the arguments are left unchanged.",
    "The main condition mirrors the wording of the task closely.",
    "The body below follows this plan line after line.",
];

/// Sentences for naming an option; none holds a capital letter that stands alone.
const CHOICE: [&str; 8] = [
    "Most of them agree.",
    "They share one value.",
    "The others slip in one line.",
    "Comparing the final values shows which of them occurs most often.",
    "The candidates that agree reach their value along different lines, which speaks for it.",
    "Where they differ, the difference comes from one arithmetic slip.",
    "The remaining ones stand alone with what they found.",
    "Their steps are consistent with the conditions of the task.",
];

/// How a text begins that is about no problem.
const NEUTRAL_START: &str = "A simulated model wrote this text. It found no problem that it knows.";

/// Sentences for a text that is about no problem. They hold nothing that could be read as an answer to one.
const NEUTRAL: [&str; 10] = [
    "It stands in for a language model and says nothing about the subject.",
    "Length and time are drawn from a profile.",
    "No real model was asked.",
    "The words are the same few sentences every time.",
    "Nothing here depends on what was meant.",
    "Equal requests with equal seeds get equal texts.",
    "Whoever reads this may take it as a placeholder.",
    "The text ends where the drawn length ends.",
    "Its tokens count like those of any other text.",
    "There is no more to it.",
];

/// The numbers that a statement shows, at most eight.
pub(super) fn quantities(statement: &str) -> Vec<String> {
    let numbers =
        statement.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty() && digits.len() < 10);
    numbers
        .take(8)
        .map(|digits| digits.trim_start_matches('0'))
        .filter(|digits| !digits.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A maths solution of about `tokens` tokens that ends with its boxed answer.
pub(super) fn solution(
    answer: &str,
    quantities: &[String],
    tokens: f64,
    in_steps: bool,
    stream: &mut Stream,
) -> String {
    let end = format!("Therefore, the final answer is $\\boxed{{{answer}}}$.");
    let mut text = Text::new(tokens, end.len());
    text.fill(&MATHS, quantities, if in_steps { Layout::Steps } else { Layout::Paragraphs }, stream);
    text.finish(&end)
}

/// A program of a language model: some words, the fenced program, some words more.
pub(super) fn fenced(program: &str, tokens: f64, stream: &mut Stream) -> String {
    let block = format!("```python\n{}\n```", program.trim_end());
    let mut text = Text::new(tokens, block.len());
    let whole = text.room;
    text.room = whole / 3;
    text.fill(&CODE, &[], Layout::Paragraphs, stream);
    text.room += whole - whole / 3;
    text.push(&block);
    text.paragraph();
    text.fill(&CODE, &[], Layout::Paragraphs, stream);
    text.finish("")
}

/// The name of an option with some words about it. It comes first and last, and no other label is named.
pub(super) fn choice(label: &str, tokens: f64, stream: &mut Stream) -> String {
    let end = format!("Choice: {label}");
    let mut text = Text::new(tokens, label.len() + 2 + end.len());
    text.push(label);
    text.paragraph();
    text.fill(&CHOICE, &[], Layout::Paragraphs, stream);
    text.finish(&end)
}

/// A text of about `tokens` tokens that is about no problem, and says so.
pub(super) fn neutral(tokens: f64, stream: &mut Stream) -> String {
    let mut text = Text::new(tokens, NEUTRAL_START.len());
    text.push(NEUTRAL_START);
    text.paragraph();
    text.fill(&NEUTRAL, &[], Layout::Paragraphs, stream);
    text.finish("")
}

/// How sentences are grouped.
#[derive(Clone, Copy)]
enum Layout {
    /// By four.
    Paragraphs,
    /// By three under the heading of a step.
    Steps,
}

/// A text in the making.
struct Text {
    text: String,
    /// Bytes that may still be filled.
    room: usize,
}

impl Text {
    /// A text of about `tokens` tokens, of which `fixed` bytes are spoken for.
    fn new(tokens: f64, fixed: usize) -> Self {
        // The drawn length is positive and small; what no sentence fits is half a short sentence on average.
        let whole = (tokens * BYTES_PER_TOKEN as f64).round() as usize + SLACK;
        Self { text: String::with_capacity(whole + fixed), room: whole.saturating_sub(fixed) }
    }

    fn push(&mut self, part: &str) {
        self.text.push_str(part);
    }

    fn paragraph(&mut self) {
        if !self.text.is_empty() {
            self.push("\n\n");
        }
    }

    /// Fills the room with sentences; leaves the text at the beginning of a paragraph.
    fn fill(&mut self, bank: &[&str], quantities: &[String], layout: Layout, stream: &mut Stream) {
        let group = match layout {
            Layout::Paragraphs => 4,
            Layout::Steps => 3,
        };
        let mut count = 0;
        let mut at = stream.random_range(0..bank.len());
        loop {
            // A stride that is coprime to the bank's size visits every sentence before one comes again.
            at = (at + STRIDE) % bank.len();
            let quantity = quantities.get(count % quantities.len().max(1)).map_or("one", String::as_str);
            let fits = |sentence: &&&str| sentence.len() + quantity.len() < self.room;
            let longest = || bank.iter().filter(fits).max_by_key(|sentence| sentence.len());
            let Some(sentence) = Some(&bank[at]).filter(fits).or_else(longest) else { break };
            let before = self.text.len();
            if count > 0 {
                self.push(if count % group == 0 { "\n\n" } else { " " });
            }
            if count % group == 0 && matches!(layout, Layout::Steps) {
                self.push(&format!("Step {}: ", count / group + 1));
            }
            match sentence.split_once('#') {
                Some((left, right)) => {
                    self.push(left);
                    self.push(quantity);
                    self.push(right);
                }
                None => self.push(sentence),
            }
            self.room = self.room.saturating_sub(self.text.len() - before);
            count += 1;
        }
        if count > 0 {
            self.push("\n\n");
        }
    }

    fn finish(mut self, end: &str) -> String {
        self.push(end);
        let kept = self.text.trim_end().len();
        self.text.truncate(kept);
        self.text
    }
}

/// Bytes that are left over on average once no sentence fits.
const SLACK: usize = 6;
/// See [`Text::fill`]; coprime to 24, 18, 10 and 8.
const STRIDE: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_core::random::Seed;

    fn stream(n: u64) -> Stream {
        Seed(3).stream("test", &[n])
    }

    #[test]
    fn texts_have_the_length_that_was_drawn() {
        let numbers = quantities("She packs 12 boxes with 007 apples each, 300 in all.");
        assert_eq!(numbers, ["12", "7", "300"]);
        for (tokens, bias) in [(60.0, 3.0), (200.0, 3.0), (700.0, 3.0)] {
            let lengths = (0..300).map(|n| solution("18", &numbers, tokens, n % 2 == 0, &mut stream(n)).len());
            let mean = lengths.sum::<usize>() as f64 / 300.0 / BYTES_PER_TOKEN as f64;
            assert!((mean - tokens).abs() < bias, "{mean} instead of {tokens}");
            let fenced = (0..300).map(|n| fenced("def f():\n    return 1\n", tokens, &mut stream(n)).len());
            let mean = fenced.sum::<usize>() as f64 / 300.0 / BYTES_PER_TOKEN as f64;
            assert!((mean - tokens).abs() < bias, "{mean} instead of {tokens} for code");
            let neutral = (0..300).map(|n| neutral(tokens, &mut stream(n)).len());
            let mean = neutral.sum::<usize>() as f64 / 300.0 / BYTES_PER_TOKEN as f64;
            assert!((mean - tokens).abs() < bias, "{mean} instead of {tokens} for what is about no problem");
        }
    }

    #[test]
    fn what_does_not_fit_is_said_all_the_same() {
        let text = solution("\\frac{1}{2}", &[], 1.0, true, &mut stream(0));
        assert_eq!(text, "Therefore, the final answer is $\\boxed{\\frac{1}{2}}$.");
        assert_eq!(fenced("x = 1\n", 1.0, &mut stream(0)), "```python\nx = 1\n```");
    }

    #[test]
    fn a_choice_names_no_other_label() {
        for n in 0..20 {
            let text = choice("C", 60.0, &mut stream(n));
            let single = |word: &&str| word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
            let named: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(single).collect();
            assert_eq!(named, ["C", "C"], "{text}");
        }
    }
}
