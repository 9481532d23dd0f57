//! The choice of the world. A seed decides which problems are hard; over seeds the scores of a set scatter as a redraw of
//! its problems would. The profile has the seed under which all calibration rows come out best on the published test rows.

use lamas_core::random::Seed;
use lamas_sim::Profile;
use lamas_sim::expect::{Expected, Population};
use rayon::prelude::*;

use crate::validate::published::{Row, rows};

/// How much a length that is off by one percent counts, in points of score.
const LENGTH_WEIGHT: f64 = 0.2;

/// The published test statements of one section.
pub struct Statements {
    /// The section of the profile, which bears the set's name.
    pub section: String,
    /// Its test statements.
    pub texts: Vec<String>,
}

/// How far off a seed's calibration rows are at worst: points of score, or a fifth of a percent of length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The seed.
    pub seed: u64,
    /// The largest deviation.
    pub worst: f64,
}

/// Seeds from 1 on, in order, with the largest deviation of each.
#[must_use]
pub fn candidates(profile: &Profile, sets: &[Statements], seeds: u64) -> Vec<Candidate> {
    let published = rows();
    let populations: Vec<(Population<'_>, Vec<&str>, Vec<&Row>)> = sets
        .iter()
        .filter_map(|set| {
            let section = profile.section(&set.section)?;
            let own = published.iter().filter(|row| row.figures.dataset == set.section).collect();
            Some((Population::new(profile, section), set.texts.iter().map(String::as_str).collect(), own))
        })
        .collect();
    let worst = |seed: u64| {
        let of_set = |(population, texts, rows): &(Population<'_>, Vec<&str>, Vec<&Row>)| {
            let expected = population.expected(Seed(seed), texts);
            rows.iter().map(|row| deviation(row, &expected)).fold(0.0, f64::max)
        };
        Candidate { seed, worst: populations.iter().map(of_set).fold(0.0, f64::max) }
    };
    (1..=seeds).into_par_iter().map(worst).collect()
}

/// The larger deviation of a row's score and length; nothing for rows that are no calibration rows.
fn deviation(row: &Row, expected: &Expected) -> f64 {
    let (score, length) = match row.method.as_str() {
        "generate" => (expected.direct, Some(expected.direct_length)),
        "gen_cot" => (expected.reasoned, Some(expected.reasoned_length)),
        "cot5_sc" => (expected.voted, Some(expected.voted_length)),
        "self_refine" => (expected.refined, None),
        _ => return 0.0,
    };
    let points = row.figures.score.map_or(0.0, |published| (100.0 * score - published).abs());
    let percent =
        row.figures.path.zip(length).map_or(0.0, |(published, length)| 100.0 * (length / published - 1.0).abs());
    points.max(LENGTH_WEIGHT * percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_row_counts_whatever_the_number_of_threads() {
        let profile = Profile::embedded("gpt-4o-mini").unwrap();
        let texts = (0..300).map(|number| format!("Ada has {number} apples and gives away 3. How many are left?"));
        let sets = [Statements { section: "gsm8k".to_owned(), texts: texts.collect() }];
        let found = candidates(&profile, &sets, 20);
        assert!(found.iter().map(|candidate| candidate.seed).eq(1..=20));
        assert!(found.iter().all(|candidate| candidate.worst > 0.0));
        let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(single.install(|| candidates(&profile, &sets, 20)), found);
    }
}
