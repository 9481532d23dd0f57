//! The sign at the end of a proof, behind the answer.

use std::sync::LazyLock;

use regex::Regex;

/// A text without the square, or "Q.E.D.", that ends it. A square that the text speaks of (`x = \square`) stays, and so does
/// one that is all there is.
pub(super) fn without_tombstone(text: &str) -> &str {
    static TOMBSTONE: LazyLock<Regex> = LazyLock::new(|| {
        let sign = r"\\(?:blacksquare|square|Box|qedsymbol|qed)";
        let space = r"(?:\s|\\hfill|\\q?quad)*";
        Regex::new(&format!(
            r"(?x) {space} (?: \$\$ {space} {sign} {space} \$\$ | \$ {space} {sign} {space} \$ | \\\( {space} {sign} {space} \\\)
                | \\\[ {space} {sign} {space} \\\] | {sign} | [∎□■◻◼▪] | (?: ^ | \s ) \(? Q\.?\x20?E\.?\x20?D\.? \)? ) [\s.*]* $"
        ))
        .expect("a fixed pattern")
    });
    let Some(sign) = TOMBSTONE.find(text) else { return text };
    let before = text[..sign.start()].trim_end();
    let spoken_of = before.ends_with(['=', ':', '(', '{', '[', ',', '+', '-', '<', '>']) || before.ends_with(" is");
    if before.is_empty() || spoken_of { text } else { before }
}

#[cfg(test)]
mod tests {
    use super::without_tombstone;

    #[test]
    fn the_end_of_a_proof_is_no_answer() {
        for (text, expected) in [
            ("The answer is 5. $\\blacksquare$", "The answer is 5."),
            ("so $x = 5$.\n\n□", "so $x = 5$."),
            ("so $x = 5$. ∎\n", "so $x = 5$."),
            ("#### 5 \\hfill $\\square$", "#### 5"),
            ("It is 5.\n\\[\\qed\\]", "It is 5."),
            ("It is 5. \\qed", "It is 5."),
            ("It is 5. Q.E.D.", "It is 5."),
            ("It is 5. (QED)", "It is 5."),
            ("It is 5.\n**QED**", "It is 5.\n**QED**"),
            ("$x = \\square$", "$x = \\square$"),
            ("x = □", "x = □"),
            ("The shape is □", "The shape is □"),
            ("□", "□"),
            ("QED", "QED"),
            ("The area of $\\square$", "The area of"),
            ("the ALQED", "the ALQED"),
        ] {
            assert_eq!(without_tombstone(text), expected, "{text}");
        }
    }
}
