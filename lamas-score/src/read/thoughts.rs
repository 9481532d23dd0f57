//! What of a text is meant for a reader: no thoughts, nothing behind the model's last word.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Match, Regex};

/// Where thoughts begin and end, as the models of the field mark them. In the group is what makes a mark a closing one.
static THOUGHT: LazyLock<Regex> = LazyLock::new(|| {
    let names = "think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|analysis|seed:think";
    Regex::new(&format!(
        r"(?ix) < \s* (/)? \s* (?: {names} ) (?: \s [^<>\n]* )? > | \[ (/)? (?: THINK | THINKING | THOUGHT ) \]
            | <\| (?: begin | (end) ) _of_thought \|> | ◁ (/)? think ▷
            | <\|channel\|> \s* (?: analysis | commentary | (final) ) [^<>\n]* <\|message\|>"
    ))
    .expect("a fixed pattern")
});

/// What tokenizers write where a model stops, and templates where another one speaks.
static END: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x) <\|(?: endoftext | end_of_text | eot_id | eom_id | im_end | im_start | end | return | user | assistant | system )\|>
            | </s> | <(?: eos | end_of_turn | start_of_turn )> | <｜(?: end▁of▁sentence | User | Assistant )｜> | \[/?INST\]",
    )
    .expect("a fixed pattern")
});

/// What a text says to its reader: without thoughts, and up to where the model stopped.
///
/// A closing mark alone ends a thought that began with the text, as chat templates have it; an opening mark alone begins one
/// that was cut off. Marks in quotes are text.
///
/// ```
/// let text = "<think>Is it \\boxed{24}? No.</think>The answer is 72.<|im_end|>";
/// assert_eq!(lamas_score::read::answer_part(text), "The answer is 72.");
/// ```
#[must_use]
pub fn answer_part(text: &str) -> Cow<'_, str> {
    let text = text.trim_start_matches(['\u{feff}', '\u{200b}', '\u{2060}']);
    match without_thoughts(text) {
        Cow::Borrowed(text) => Cow::Borrowed(until_end(text)),
        Cow::Owned(text) => Cow::Owned(until_end(&text).to_owned()),
    }
}

fn without_thoughts(text: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut from = 0;
    let mut open = None;
    for found in THOUGHT.captures_iter(text) {
        let Some(mark) = found.get(0).filter(|mark| !quoted(text, mark)) else { continue };
        let closing = found.iter().skip(1).any(|group| group.is_some());
        if open.is_none() && mentioned(text, &mark, closing) {
            continue;
        }
        match (open, closing) {
            (None, false) => open = Some(mark.start()),
            // Thoughts do not nest: a second opening is talked about.
            (Some(_), false) => continue,
            (Some(start), true) => {
                kept.push_str(&text[from..start]);
                open = None;
            }
            (None, true) => kept.clear(),
        }
        if closing {
            from = mark.end();
        }
    }
    let rest = &text[from..open.unwrap_or(text.len())];
    if kept.trim().is_empty() {
        return Cow::Borrowed(rest);
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

fn until_end(text: &str) -> &str {
    let text = text.strip_prefix("<s>").unwrap_or(text);
    let ends = |mark: &Match<'_>| {
        let before = &text[..mark.start()];
        // HTML strikes words out by the same letters.
        let struck = mark.as_str() == "</s>" && before.contains("<s>");
        !before.trim().is_empty() && !quoted(text, mark) && !struck
    };
    END.find_iter(text).find(ends).map_or(text, |mark| &text[..mark.start()])
}

/// Whether a sentence speaks of a mark: words stand before it, and the sentence goes on or ends behind it. One that may close
/// a thought is spoken of only where a word says so.
fn mentioned(text: &str, mark: &Match<'_>, closing: bool) -> bool {
    static SPEAKS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:^|\W)(?:the|an?|no|tags?|tokens?|marks?|markers?|use|with|without|write|and|or|nor|by)$")
            .expect("a fixed pattern")
    });
    static SPOKEN_OF: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^\s+(?:tags?|tokens?|marks?|markers?|blocks?|is|are|was|were|nor|and|or|as)\b")
            .expect("a fixed pattern")
    });
    const LONGEST_WORD: usize = 12;
    let (before, after) = (&text[..mark.start()], &text[mark.end()..]);
    let words = before.trim_end_matches([' ', '\t']);
    let apart = words.len() < before.len() || words.ends_with('(');
    let within = apart && words.ends_with(|c: char| c.is_alphabetic() || ",(".contains(c));
    if !within {
        return false;
    }
    if closing {
        let start = words.char_indices().rev().nth(LONGEST_WORD).map_or(0, |(at, _)| at);
        let end = after.char_indices().nth(LONGEST_WORD).map_or(after.len(), |(at, _)| at);
        return SPEAKS.is_match(&words[start..]) || SPOKEN_OF.is_match(&after[..end]);
    }
    let next = after.trim_start_matches([' ', '\t']);
    let goes_on = next.len() < after.len() && next.starts_with(char::is_lowercase);
    goes_on || after.starts_with(['.', ',', ';', ':', ')', '!', '?'])
}

/// Whether quotes stand right around a mark, or before it.
fn quoted(text: &str, mark: &Match<'_>) -> bool {
    let code = |text: &str| text.ends_with('`') && !text.ends_with("```");
    let before = &text[..mark.start()];
    let after = &text[mark.end()..];
    before.ends_with(['"', '\'']) || code(before) || after.starts_with(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::answer_part;

    #[test]
    fn thoughts_are_not_the_answer() {
        for (text, expected) in [
            ("<think>a</think>b", "b"),
            ("<thinking>\na\n</thinking>\nb", "\nb"),
            ("<THINK>a</THINK>b", "b"),
            ("[THINK]a[/THINK]b", "b"),
            ("a</think>b", "b"),
            ("a</thinking>b", "b"),
            ("a[/THINK]b", "b"),
            ("◁think▷a◁/think▷b", "b"),
            ("<|begin_of_thought|>a<|end_of_thought|>b", "b"),
            ("<reasoning>a</reasoning>b", "b"),
            ("<think>a<think>b</think>c</think>d", "d"),
            ("<think>a<think>b</think>d", "d"),
            ("<think>a</think>b<think>c</think>d", "bd"),
            ("b\n<think>a</think>", "b\n"),
            ("b <think>a", "b "),
            ("<think>a", ""),
            ("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>", "b"),
            ("say \"<think>\" and '</think>'", "say \"<think>\" and '</think>'"),
            ("b</s>", "b"),
            ("b<|im_end|>\n<|im_start|>user\nc", "b"),
            ("<s>b</s>", "b"),
            ("a <s>b</s> c", "a <s>b</s> c"),
            ("\u{feff}b", "b"),
            ("```\nb\n```<|endoftext|>", "```\nb\n```"),
            ("I think > 3", "I think > 3"),
        ] {
            assert_eq!(answer_part(text), expected, "{text}");
        }
    }
}
