use std::ops::Range;

/// The normal quantile behind the lower confidence bound: one-sided 95%.
const Z: f64 = 1.645;

/// One round of a race: who still runs, and on which places of a sequence of queries, the same for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The candidates that are left.
    pub candidates: Vec<usize>,
    /// The places in the sequence of queries.
    pub places: Range<usize>,
}

impl Round {
    /// How many episodes it takes.
    #[must_use]
    pub fn episodes(&self) -> usize {
        self.candidates.len() * self.places.len()
    }
}

/// Successive halving (Karnin, Koren and Somekh 2013): rounds of equal budget; after each the better half goes on, by the
/// mean of all that it has been given so far. The two of the last round are compared by their lower confidence bound
///
/// ```text
/// mean - 1.645 std / sqrt(n)
/// ```
///
/// so that of two that look equal the steadier one wins. All candidates of a round run on the same queries.
///
/// ```
/// use lamas_controller::search::Halving;
///
/// // At most 32 candidates with at least 4 queries each in the first round, on a budget of 132 episodes.
/// let mut tournament = Halving::new(32, 4, 132);
/// assert_eq!((tournament.candidates(), tournament.episodes()), (8, 128));
/// while let Some(round) = tournament.round() {
///     let value = |candidate: &usize| round.places.clone().map(|_| Some(if *candidate == 5 { 1.0 } else { 0.0 })).collect();
///     tournament.record(&round.candidates.iter().map(value).collect::<Vec<_>>());
/// }
/// assert_eq!(tournament.winner(), 5);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Halving {
    /// Candidates in each round, and how many queries each of them gets.
    rounds: Vec<(usize, usize)>,
    /// Rounds that are over.
    over: usize,
    /// Candidates still in the race, best first.
    alive: Vec<usize>,
    /// `[candidates][values]`.
    values: Vec<Vec<f64>>,
}

impl Halving {
    /// A race of as many candidates, a power of two and at most `most`, as `budget` episodes can give at least `least`
    /// queries each in the first round; of two where it cannot, and of one where there is no budget for two.
    #[must_use]
    pub fn new(most: usize, least: usize, budget: usize) -> Self {
        let rounds = rounds(most, least, budget);
        let candidates = rounds.first().map_or(1, |&(candidates, _)| candidates);
        Self { rounds, over: 0, alive: (0..candidates).collect(), values: vec![Vec::new(); candidates] }
    }

    /// How many candidates start.
    #[must_use]
    pub fn candidates(&self) -> usize {
        self.values.len()
    }

    /// How many episodes all rounds take; never more than the budget.
    #[must_use]
    pub fn episodes(&self) -> usize {
        self.rounds.iter().map(|(candidates, queries)| candidates * queries).sum()
    }

    /// The next round; `None` when the race is over.
    #[must_use]
    pub fn round(&self) -> Option<Round> {
        let &(candidates, queries) = self.rounds.get(self.over)?;
        let from = self.rounds[..self.over].iter().map(|(_, queries)| queries).sum();
        Some(Round { candidates: self.alive[..candidates].to_vec(), places: from..from + queries })
    }

    /// Takes what a round has brought: `[candidates of the round][queries]`, `None` where an episode is unscored.
    pub fn record(&mut self, results: &[Vec<Option<f64>>]) {
        for (&candidate, results) in self.alive.iter().zip(results) {
            self.values[candidate].extend(results.iter().flatten());
        }
        self.over += 1;
        let last = self.over == self.rounds.len();
        let worth = |c: usize| (if last { self.lower(c) } else { self.mean(c) }, self.mean(c));
        let worth: Vec<(f64, f64)> = (0..self.values.len()).map(worth).collect();
        // A stable sort: of equal ones the one that stood first stays before.
        self.alive.sort_by(|&a, &b| worth[b].0.total_cmp(&worth[a].0).then(worth[b].1.total_cmp(&worth[a].1)));
        let left = self.rounds.get(self.over).map_or(1, |&(candidates, _)| candidates);
        self.alive.truncate(left);
    }

    /// Who won, or leads so far.
    #[must_use]
    pub fn winner(&self) -> usize {
        self.alive[0]
    }

    /// How many values a candidate has been given.
    #[must_use]
    pub fn count(&self, candidate: usize) -> usize {
        self.values[candidate].len()
    }

    /// A candidate's mean; minus infinity without any value.
    #[must_use]
    pub fn mean(&self, candidate: usize) -> f64 {
        let values = &self.values[candidate];
        if values.is_empty() { f64::NEG_INFINITY } else { values.iter().sum::<f64>() / values.len() as f64 }
    }

    /// A candidate's lower confidence bound; minus infinity with fewer than two values.
    #[must_use]
    pub fn lower(&self, candidate: usize) -> f64 {
        let (values, mean) = (&self.values[candidate], self.mean(candidate));
        let n = values.len() as f64;
        if values.len() < 2 {
            return f64::NEG_INFINITY;
        }
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
        mean - Z * (variance / n).sqrt()
    }
}

/// `[rounds]`: candidates and queries for each.
fn rounds(most: usize, least: usize, budget: usize) -> Vec<(usize, usize)> {
    let fits = |rounds: u32| (1_usize << rounds) * rounds as usize * least.max(1) <= budget;
    let rounds = (1..usize::BITS - 1).take_while(|&rounds| 1 << rounds <= most && fits(rounds)).last();
    // Too little for that: two candidates on what there is.
    let rounds = rounds.unwrap_or(u32::from(most >= 2 && budget >= 2));
    (0..rounds)
        .map(|round| {
            let candidates = 1_usize << (rounds - round);
            (candidates, budget / rounds as usize / candidates)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use lamas_core::random::Seed;
    use proptest::prelude::*;
    use rand::RngExt;

    use super::*;

    /// Runs a race in which `value` says what a candidate gets at a place.
    fn run(mut race: Halving, value: impl Fn(usize, usize) -> Option<f64>) -> (Halving, usize) {
        let mut episodes = 0;
        while let Some(round) = race.round() {
            episodes += round.episodes();
            let of = |&candidate: &usize| round.places.clone().map(|place| value(candidate, place)).collect();
            race.record(&round.candidates.iter().map(of).collect::<Vec<_>>());
        }
        (race, episodes)
    }

    proptest! {
        #[test]
        fn the_budget_is_kept_and_each_round_halves(most in 0..100_usize, least in 0..8_usize, budget in 0..2000_usize) {
            let race = Halving::new(most, least, budget);
            let (planned, started) = (race.episodes(), race.candidates());
            let (race, episodes) = run(race, |candidate, _| Some(candidate as f64));
            prop_assert_eq!(episodes, planned);
            prop_assert!(episodes <= budget);
            prop_assert!(started == 1 || started <= most);
            prop_assert_eq!(race.winner(), started - 1);
        }
    }

    #[test]
    fn the_paper_sized_budgets_give_these_races() {
        // Four passes over the published training rows of HumanEval, MATH and GSM8K.
        assert_eq!(rounds(32, 4, 4 * 33), [(8, 5), (4, 11), (2, 22)]);
        assert_eq!(rounds(32, 4, 4 * 119), [(16, 7), (8, 14), (4, 29), (2, 59)]);
        assert_eq!(rounds(32, 4, 4 * 264), [(32, 6), (16, 13), (8, 26), (4, 52), (2, 105)]);
        assert_eq!(rounds(32, 4, 8), [(2, 4)]);
        assert_eq!(rounds(32, 4, 3), [(2, 1)]);
        assert_eq!(rounds(32, 4, 1), []);
    }

    #[test]
    fn the_planted_best_of_noisy_candidates_wins_nearly_always() {
        let won = (0..200).filter(|&seed| {
            let value = |candidate: usize, place: usize| {
                let p = if candidate == 11 { 0.9 } else { 0.6 };
                let draw: f64 = Seed(seed).stream("value", &[candidate as u64, place as u64]).random();
                Some(f64::from(u8::from(draw < p)))
            };
            run(Halving::new(32, 4, 1056), value).0.winner() == 11
        });
        assert!(won.count() >= 180);
    }

    #[test]
    fn unscored_episodes_are_left_out_and_the_steadier_of_two_equals_wins() {
        let (race, _) = run(Halving::new(2, 4, 40), |candidate, place| match (candidate, place % 2) {
            (0, 0) => Some(1.0),
            (0, _) => Some(0.0),
            (_, 0) => Some(0.5),
            _ => None,
        });
        assert_eq!((race.mean(0), race.mean(1), race.count(1)), (0.5, 0.5, 10));
        assert_eq!(race.winner(), 1);
        let (race, _) = run(Halving::new(2, 4, 40), |candidate, _| (candidate == 1).then_some(-1.0));
        assert_eq!(race.winner(), 1, "a candidate without any scored episode does not win");
    }
}
