//! The examples that a code problem's docstring shows, and nothing else: no hidden test is read.

use lamas_core::problem::Example;

use super::literal::Scan;

/// What joins a call to its value, longest first. A single `=` comes last, since it also states recurrences.
const JOINS: &[&str] = &["==>", "=>", "==", "->", "➞", "→", "should return", "returns", "return", "="];

/// The examples in the docstring of the function: `>>>` lines with what follows them, and calls joined to their value
/// by `==`, `=>`, `==>`, `->`, `➞`, `=`, `# =>`, "returns" or "should return"; and arguments by name with their output
/// ("For x = 1 the output should be 2", "Input: x = 1", "Output: 2").
///
/// Only calls and values that are well-formed Python literals count; a value is never guessed. Whether the function
/// really has the value is the docstring's responsibility: a few of the field's docstrings are wrong.
pub fn public_examples(statement: &str, entry_point: &str) -> Vec<Example> {
    let docstring = docstring(statement, entry_point);
    let mut found = doctests(docstring, entry_point);
    let mut joined = inline(docstring, entry_point);
    // One `=` states recurrences as well (`tri(1) = 3` beside `tri(3) = [1, 3, 2, 8]`): it counts where all values are
    // of one kind.
    let kinds: Vec<_> =
        joined.iter().filter(|(_, join)| *join == "=").map(|(example, _)| kind(&example.expected)).collect();
    if kinds.windows(2).any(|pair| pair[0] != pair[1]) {
        joined.retain(|(_, join)| *join != "=");
    }
    found.extend(joined.into_iter().map(|(example, _)| example));
    found.extend(described(docstring, entry_point, &parameters(statement, entry_point)));
    let mut seen = std::collections::HashSet::new();
    found.retain(|example| seen.insert(example.call.clone()));
    found
}

/// The text between the triple quotes after the function's signature, else all after the signature.
fn docstring<'a>(statement: &'a str, entry_point: &str) -> &'a str {
    let signature = format!("def {entry_point}");
    let body = statement.find(&signature).map_or(statement, |at| &statement[at + signature.len()..]);
    let opening = ["\"\"\"", "'''"].into_iter().filter_map(|quotes| body.find(quotes).map(|at| (at, quotes))).min();
    match opening {
        Some((at, quotes)) => {
            let text = &body[at + quotes.len()..];
            text.find(quotes).map_or(text, |end| &text[..end])
        }
        None => body,
    }
}

/// The first character's class tells numbers from lists from strings.
fn kind(value: &str) -> char {
    match value.chars().next().unwrap_or(' ') {
        '0'..='9' | '-' | '.' => '0',
        'T' | 'F' => 'T',
        '\'' | '"' => '"',
        other => other,
    }
}

/// `>>> call` with the value on the next lines, or `>>> call == value`.
fn doctests(docstring: &str, entry_point: &str) -> Vec<Example> {
    let lines: Vec<&str> = docstring.lines().map(str::trim).collect();
    let mut examples = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(call) = line.strip_prefix(">>>") else { continue };
        let mut scan = Scan::new(call.trim());
        if !call.contains(entry_point) || !scan.wrapped_call(entry_point) {
            continue;
        }
        let (call, rest) = scan.split();
        let rest = rest.trim();
        let expected = if let Some(value) = rest.strip_prefix("==") {
            whole_value(value)
        } else if rest.is_empty() || rest.starts_with('#') {
            let shown: Vec<_> = lines[at + 1..]
                .iter()
                .take_while(|line| !line.is_empty() && !line.starts_with(">>>"))
                .copied()
                .collect();
            // Doctest shows nothing for a call that returns None.
            if shown.is_empty() { Some("None".to_owned()) } else { whole_value(&shown.join("\n")) }
        } else {
            None
        };
        if let Some(expected) = expected {
            examples.push(Example { call: call.to_owned(), expected });
        }
    }
    examples
}

/// A value that is all of the text.
fn whole_value(text: &str) -> Option<String> {
    let mut scan = Scan::new(text.trim());
    (scan.expression() && ends(scan.split().1)).then(|| constant(scan.split().0))
}

/// `call == value` anywhere in the text outside `>>>` lines, with the join that was used.
fn inline(docstring: &str, entry_point: &str) -> Vec<(Example, &'static str)> {
    let mut examples = Vec::new();
    let mut read_to = 0;
    let mut line_start = 0;
    for line in docstring.split_inclusive('\n') {
        let doctest = line.trim_start().starts_with(">>>");
        for (at, _) in line.match_indices(entry_point).filter(|_| !doctest) {
            let start = line_start + at;
            if start < read_to || line[..at].ends_with(|c: char| c.is_alphanumeric() || "_.".contains(c)) {
                continue;
            }
            let mut scan = Scan::new(&docstring[start..]);
            if scan.call() {
                let (call, rest) = scan.split();
                read_to = start + call.len();
                examples.extend(
                    joined_value(rest).map(|(expected, join)| (Example { call: call.to_owned(), expected }, join)),
                );
            }
        }
        line_start += line.len();
    }
    examples
}

/// The value that a join at the start of the text leads to.
fn joined_value(text: &str) -> Option<(String, &'static str)> {
    let text = text.trim_start_matches([' ', '\t']);
    let text = text.strip_prefix('#').unwrap_or(text).trim_start_matches([' ', '\t']);
    let (join, rest) = JOINS.iter().find_map(|join| Some((*join, after_words(text, join)?)))?;
    let mut scan = Scan::new(rest.trim_start_matches([' ', '\t']));
    if !scan.expression() {
        return None;
    }
    let (value, rest) = scan.split();
    ends(rest).then(|| (constant(value), join))
}

/// What follows the words of a join, which a line break may part.
fn after_words<'a>(text: &'a str, join: &str) -> Option<&'a str> {
    let mut rest = text;
    for (index, word) in join.split(' ').enumerate() {
        rest = if index == 0 { rest } else { rest.trim_start() }.strip_prefix(word)?;
    }
    Some(rest)
}

/// Whether a value ends here: with the line, a comment, a remark, a full stop, or the result of its own calculation.
fn ends(rest: &str) -> bool {
    let blank = |text: &str| {
        let text = text.trim_start_matches([' ', '\t', '\r']);
        text.is_empty() || text.starts_with('\n')
    };
    let trimmed = rest.trim_start_matches([' ', '\t']);
    let apart = trimmed.len() < rest.len();
    let remark = ["(", "and ", "if ", "since ", "because "].iter().any(|word| trimmed.starts_with(word));
    if blank(trimmed) || trimmed.starts_with('#') || (apart && remark) {
        return true;
    }
    if let Some(after) = trimmed.strip_prefix(['.', ';']) {
        return blank(after);
    }
    trimmed.strip_prefix('=').is_some_and(|result| {
        let mut scan = Scan::new(result.trim_start_matches([' ', '\t']));
        scan.expression() && blank(scan.split().1)
    })
}

/// The names between the brackets of the function's signature.
fn parameters<'a>(statement: &'a str, entry_point: &str) -> Vec<&'a str> {
    let signature = format!("def {entry_point}(");
    let Some(at) = statement.find(&signature) else { return Vec::new() };
    let inside = statement[at + signature.len()..].split(')').next().unwrap_or("");
    inside.split(',').map(|part| part.split([':', '=']).next().unwrap_or("").trim()).collect()
}

/// "For x = 1, y = 2 the output should be 3", or "Input: x = 1, y = 2" above "Output: 3". All parameters must be named.
fn described(docstring: &str, entry_point: &str, parameters: &[&str]) -> Vec<Example> {
    /// A remark may stand between the arguments and the output, but no other line of input.
    const LONGEST_REMARK: usize = 100;
    let mut examples = Vec::new();
    let mut line_start = 0;
    for line in docstring.split_inclusive('\n') {
        let rest = &docstring[line_start..];
        line_start += line.len();
        let opening = rest.trim_start_matches([' ', '\t', '*', '-']);
        let Some(arguments) = opening.strip_prefix("For ").or_else(|| opening.strip_prefix("Input:")) else { continue };
        let mut scan = Scan::new(arguments);
        let Some(names) = scan.assignments() else { continue };
        let (assigned, after) = scan.split();
        let mut given = names;
        given.sort_unstable();
        let mut wanted = parameters.to_vec();
        wanted.sort_unstable();
        if given != wanted {
            continue;
        }
        let near = after.char_indices().nth(LONGEST_REMARK).map_or(after, |(end, _)| &after[..end]);
        let near =
            ["Input:", "For "].iter().filter_map(|words| near.find(words)).min().map_or(near, |end| &near[..end]);
        let output = ["output should be", "result should be", "Output:"]
            .iter()
            .filter_map(|words| near.find(words).map(|at| (at, at + words.len())));
        let Some((_, value)) = output.min() else { continue };
        let mut scan = Scan::new(after[value..].trim_start_matches([' ', '\t']));
        if scan.expression() && ends(scan.split().1) {
            let call = format!("{entry_point}({})", assigned.trim());
            examples.push(Example { call, expected: constant(scan.split().0) });
        }
    }
    examples
}

/// Python's spelling of the constants that other languages write in lower case.
fn constant(value: &str) -> String {
    match value.trim_end() {
        "true" => "True".to_owned(),
        "false" => "False".to_owned(),
        "null" | "none" => "None".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::public_examples;

    fn pairs(docstring: &str) -> Vec<(String, String)> {
        let statement = format!("def f(x):\n    \"\"\"{docstring}\n\"\"\"\n");
        public_examples(&statement, "f").into_iter().map(|example| (example.call, example.expected)).collect()
    }

    #[test]
    fn every_form_is_read() {
        let cases = [
            (">>> f(1)\n    2\n", "f(1)", "2"),
            (">>> f(1)\n\n", "f(1)", "None"),
            (">>> f([1,\t2]) == [2, 1]\n", "f([1,\t2])", "[2, 1]"),
            (">>> round(f([1, 2]), 2) # a remark\n    -0.5", "round(f([1, 2]), 2)", "-0.5"),
            (">>> f('a')\n    ['a',\n     'b']\n", "f('a')", "['a',\n'b']"),
            ("f(\"a)\", k=1) == 'b'", "f(\"a)\", k=1)", "'b'"),
            ("f(1) ➞ 2.50", "f(1)", "2.50"),
            ("* f(1) => true", "f(1)", "True"),
            ("f(1) ==> (1, 2)\n", "f(1)", "(1, 2)"),
            ("f(1) # => 'Yes' (the reason)", "f(1)", "'Yes'"),
            ("f(1)   # returns \"db\"", "f(1)", "\"db\""),
            ("f(1) ->19 - 5 - 6 = 8", "f(1)", "19 - 5 - 6"),
            ("f({1: 2, 'a': [3]}) should return False.", "f({1: 2, 'a': [3]})", "False"),
            ("For example f(1) should\n   return 15 and f(x) more", "f(1)", "15"),
            ("f([\n  [1],\n  [2]\n], 1) == []", "f([\n  [1],\n  [2]\n], 1)", "[]"),
            ("f(1) = -1", "f(1)", "-1"),
            ("For x = [1, 2]  the output should be 3.", "f(x = [1, 2])", "3"),
            ("For x = 10, the sum of digits is 1 the output should be \"1\".", "f(x = 10)", "\"1\""),
            ("Example:\n  Input: x = 'a b'\n  Output: 'b'\n  Explanation: none", "f(x = 'a b')", "'b'"),
        ];
        for (docstring, call, expected) in cases {
            assert_eq!(pairs(docstring), [(call.to_owned(), expected.to_owned())], "{docstring}");
        }
    }

    #[test]
    fn what_is_not_an_example_is_passed_over() {
        for docstring in [
            "f(n) == f(n - 1)",
            "f(a) => False",
            "g(1) == 2",
            "gf(1) == 2",
            "f([1, 2) == 3",
            "f(1) == \"\"aaa\"",
            ">>> f([1, 0]) [0, 1]",
            "f(1) = 3\nf(2) = [1, 3]",
            "f(1) is one",
            "f(1) == 1a",
            "For y = 1 the output should be 2",
            "For x = 1, y = 1 the output should be 2",
            "Input: x = 1\nInput: x = [\nOutput: 2",
        ] {
            assert_eq!(pairs(docstring), [], "{docstring}");
        }
    }
}
