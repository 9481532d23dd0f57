//! The words by which a request is told, as classes that a sentence may hold.
//!
//! A word is known by its first eight letters, so that `refine`, `refined` and `refinement` need three entries at most and
//! `frequent` and `frequently` one. Looking at classes within one sentence, rather than at phrases, is what lets prompts of
//! other wording through.

use std::sync::LazyLock;

/// A set of word classes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Classes(u32);

impl Classes {
    /// Asking for something to be written.
    pub(super) const WRITE: Self = Self(1);
    /// A function or program.
    pub(super) const FUNCTION: Self = Self(1 << 1);
    /// Python.
    pub(super) const PYTHON: Self = Self(1 << 2);
    /// `solve` as the name of a function.
    pub(super) const NAMED_SOLVE: Self = Self(1 << 3);
    /// What a program gave.
    pub(super) const OUTPUT: Self = Self(1 << 4);
    /// Choosing.
    pub(super) const CHOOSE: Self = Self(1 << 5);
    /// What may be chosen.
    pub(super) const OPTION: Self = Self(1 << 6);
    /// Reviewing.
    pub(super) const REVIEW: Self = Self(1 << 7);
    /// What may be reviewed.
    pub(super) const DRAFT: Self = Self(1 << 8);
    /// Failing.
    pub(super) const FAIL: Self = Self(1 << 9);
    /// Tests.
    pub(super) const TEST: Self = Self(1 << 10);
    /// Steps.
    pub(super) const STEP: Self = Self(1 << 11);
    /// The `by` of step by step.
    pub(super) const BY: Self = Self(1 << 12);
    /// Thinking aloud, as an instruction.
    pub(super) const THINK: Self = Self(1 << 13);
    /// Thinking, as a noun that also describes a person.
    pub(super) const REASONING: Self = Self(1 << 14);
    /// Showing.
    pub(super) const SHOW: Self = Self(1 << 15);
    /// Answering at once.
    pub(super) const AT_ONCE: Self = Self(1 << 16);
    /// Saying no.
    pub(super) const NOT: Self = Self(1 << 17);
    /// What makes the next word a name.
    const NAMING: Self = Self(1 << 18);
    /// The word `solve`.
    const SOLVE: Self = Self(1 << 19);

    /// Both sets together.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all classes of `other` are here.
    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any class of `other` is here.
    pub(super) fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Every known word, by class. A word may stand in several.
const VOCABULARY: [(Classes, &str); 19] = [
    (
        Classes::WRITE,
        "write implement define defines create provide generate produce give complete return compose develop include contain",
    ),
    (Classes::FUNCTION, "function functions program programs script code"),
    (Classes::PYTHON, "python python3"),
    (Classes::OUTPUT, "output outputs result results printed prints returned returns execution executed"),
    (
        Classes::CHOOSE,
        "choose select pick identify which determine decide consistent frequent majority vote common agree best consensus",
    ),
    (
        Classes::OPTION,
        "letter letters option options candidate candidates answer answers solution solutions choice choices response responses",
    ),
    (
        Classes::REVIEW,
        "refine refined refining refinement improve improved improving improvement review reviewing revise revised revising critique critic rewrite debug",
    ),
    (Classes::DRAFT, "solution solutions answer attempt draft code response program proposal"),
    (Classes::FAIL, "fail failed fails failing failure failures error errors assertion assertionerror incorrect wrong"),
    (Classes::TEST, "test tests testcase testcases assertion assertionerror example examples case cases unittest"),
    (Classes::STEP, "step steps stepwise"),
    (Classes::BY, "by"),
    (Classes::THINK, "think explain derive"),
    (Classes::REASONING, "reason reasoning rationale thought thoughts explanation derivation"),
    (Classes::SHOW, "show lay"),
    (Classes::AT_ONCE, "directly immediately only just"),
    (Classes::NOT, "not no without don never"),
    (Classes::NAMING, "named called def function name"),
    (Classes::SOLVE, "solve"),
];

/// Places of the table, a power of two; most stay empty.
const PLACES: usize = 1 << 10;

/// The vocabulary by key, each word at the first free place from that of its hash on. Every word of every prompt is looked up
/// here, and few of them are in it.
static TABLE: LazyLock<Box<[(u64, Classes); PLACES]>> = LazyLock::new(|| {
    let mut table = Box::new([(0, Classes::default()); PLACES]);
    for (class, words) in VOCABULARY {
        for word in words.split(' ') {
            let key = key(word.as_bytes());
            let (known, classes) = &mut table[place(&table, key)];
            (*known, *classes) = (key, classes.and(class));
        }
    }
    table
});

/// Where a key stands in the table, or would.
fn place(table: &[(u64, Classes); PLACES], key: u64) -> usize {
    let mut place = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - PLACES.ilog2())) as usize;
    while table[place].0 != key && table[place].0 != 0 {
        place = (place + 1) % PLACES;
    }
    place
}

/// The first eight letters of a word, in lower case.
fn key(word: &[u8]) -> u64 {
    word.iter().take(8).fold(0, |key, letter| key << 8 | u64::from(letter.to_ascii_lowercase()))
}

fn classes(word: &[u8]) -> Classes {
    TABLE[place(&TABLE, key(word))].1
}

/// Calls `judge` with the classes of each sentence of a text.
///
/// A sentence ends at its punctuation, at an empty line, and before a line that begins with a bullet or a heading.
pub(super) fn sentences(text: &str, mut judge: impl FnMut(Classes)) {
    let bytes = text.as_bytes();
    let (mut at, mut sentence, mut before) = (0, Classes::default(), Classes::default());
    while at < bytes.len() {
        if bytes[at].is_ascii_alphabetic() {
            let start = at;
            while at < bytes.len() && bytes[at].is_ascii_alphanumeric() {
                at += 1;
            }
            let word = classes(&bytes[start..at]);
            sentence = sentence.and(word);
            if word.has(Classes::SOLVE) && (before.has(Classes::NAMING) || is_name(bytes, start, at)) {
                sentence = sentence.and(Classes::NAMED_SOLVE);
            }
            before = word;
            continue;
        }
        if ends_sentence(bytes, at) {
            judge(sentence);
            (sentence, before) = Default::default();
        }
        at += 1;
    }
    judge(sentence);
}

/// Whether a word is quoted or called like a function.
fn is_name(bytes: &[u8], start: usize, end: usize) -> bool {
    let quote = |byte: u8| matches!(byte, b'`' | b'\'' | b'"');
    bytes.get(end) == Some(&b'(')
        || (start > 0 && quote(bytes[start - 1]) && bytes.get(end).is_some_and(|&byte| quote(byte)))
}

fn ends_sentence(bytes: &[u8], at: usize) -> bool {
    let next = bytes.get(at + 1).copied().unwrap_or(b' ');
    match bytes[at] {
        b'.' | b'!' | b'?' | b';' => next.is_ascii_whitespace(),
        b'\n' => matches!(next, b'\n' | b'-' | b'*' | b'#' | b'`' | b'<') || next.is_ascii_digit(),
        _ => false,
    }
}
