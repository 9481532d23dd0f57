//! Whether wrong answers to one problem are the same: the share of the commonest one.

use std::collections::BTreeMap;

use super::recorded::Samples;

/// The commonest wrong answer's share of all wrong samples, over all problems. It is an upper bound of omega: where few
/// samples are wrong, the commonest answer has a share even if none attracts.
#[must_use]
pub fn attractor_share(problems: &[Samples]) -> f64 {
    let (mut commonest, mut all) = (0, 0);
    for problem in problems {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (answer, _) in problem.answers.iter().zip(&problem.right).filter(|(_, right)| !**right) {
            *counts.entry(answer).or_default() += 1;
        }
        commonest += counts.values().max().unwrap_or(&0);
        all += counts.values().sum::<usize>();
    }
    commonest as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_answers_do_not_count() {
        let problem = |right: [bool; 4], answers: [&str; 4]| Samples {
            right: right.to_vec(),
            log_lengths: Vec::new(),
            answers: answers.map(str::to_owned).to_vec(),
        };
        let problems = [
            problem([true, true, false, false], ["1", "1", "2", "2"]),
            problem([false, false, false, true], ["5", "6", "5", "7"]),
            problem([true; 4], ["9"; 4]),
        ];
        assert_eq!(attractor_share(&problems), 4.0 / 5.0);
    }
}
