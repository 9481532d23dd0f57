//! How large the whole numbers of an experiment may be: one list for what is checked and for what is said.

use std::ops::RangeInclusive;

/// How many resamples an interval may be made of.
pub const RESAMPLES: RangeInclusive<u64> = 1..=1_000_000;

/// The most seeds of a method.
const MOST_SEEDS: u64 = 10_000;
/// The most of what a machine's memory or disk has to hold, in MiB or KiB.
const MOST_UNITS: u64 = 1 << 20;

/// Keys, their least and their largest value. `[]` stands for any place in a list.
const RANGES: [(&str, u64, u64); 19] = [
    ("seed", 0, u64::MAX - MOST_SEEDS),
    ("seeds", 1, MOST_SEEDS),
    ("concurrency", 1, 100_000),
    ("traces", 0, 1_000_000),
    ("resamples", *RESAMPLES.start(), *RESAMPLES.end()),
    ("limit.train", 0, 1_000_000_000),
    ("limit.test", 1, 1_000_000_000),
    ("controller.layers", 1, 64),
    ("controller.hidden", 1, 4096),
    ("controller.batch", 1, 100_000),
    ("controller.passes", 0, 10_000),
    ("methods[].seeds", 1, MOST_SEEDS),
    ("sandbox.servers", 1, 1024),
    ("sandbox.memory_mib", 64, MOST_UNITS),
    ("sandbox.file_mib", 1, MOST_UNITS),
    ("sandbox.scratch_mib", 1, MOST_UNITS),
    ("sandbox.output_kib", 1, MOST_UNITS),
    ("sandbox.descriptors", 16, 1 << 16),
    ("sandbox.threads", 1, 1024),
];

/// What a key may be, where it has a range of its own.
pub(super) fn of(key: &str) -> Option<RangeInclusive<u64>> {
    let mut pattern = String::with_capacity(key.len());
    for part in key.split_inclusive(['[', ']']) {
        match part.strip_suffix(']') {
            Some(index) if index.bytes().all(|byte| byte.is_ascii_digit()) => pattern.push(']'),
            _ => pattern.push_str(part),
        }
    }
    // A method's `set` holds the same keys.
    let pattern = pattern.replace("methods[].set.", "controller.");
    RANGES.iter().find(|(own, ..)| *own == pattern).map(|&(_, least, most)| least..=most)
}

/// That a value lies outside of a range.
pub(super) fn between<T: std::fmt::Display>(value: impl std::fmt::Display, range: &RangeInclusive<T>) -> String {
    format!("{value} is not between {} and {}", range.start(), range.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_range_at_every_place_of_a_list() {
        assert_eq!(of("controller.passes"), Some(0..=10_000));
        assert_eq!(of("methods[12].set.passes"), of("controller.passes"));
        assert_eq!((of("passes"), of("methods[x].seeds"), of("methods.seeds")), (None, None, None));
    }

    /// Every range is that of a key that exists, and what the controller and the sandbox say of it themselves.
    #[test]
    fn every_range_is_taken_up_to_its_ends() {
        let head = "version: 1\nname: x\ndatasets: [words]\n";
        for (key, least, most) in RANGES {
            let last = key.rsplit('.').next().unwrap();
            let text = |value: u64| {
                match key.split_once('.') {
                    Some(("methods[]", _)) => format!("{head}methods: [{{name: own, like: lamas, KEY: N}}]\n"),
                    Some((above, _)) => format!("{head}methods: [generate]\n{above}: {{KEY: N}}\n"),
                    None => format!("{head}methods: [generate]\nKEY: N\n"),
                }
                .replace("KEY", last)
                .replace('N', &value.to_string())
            };
            let load = |value: u64| {
                let tree = super::super::Tree::of("x.yaml".as_ref(), &text(value)).unwrap();
                super::super::Experiment::from_tree(tree, &[]).map(drop).map_err(|error| error.to_string())
            };
            for value in [least, most] {
                assert_eq!(load(value), Ok(()), "{key}");
            }
            for value in [least.checked_sub(1), most.checked_add(1)].into_iter().flatten() {
                let said = load(value).unwrap_err();
                assert!(said.contains(&format!("{value} is not between {least} and {most}")), "{said}");
            }
        }
    }
}
