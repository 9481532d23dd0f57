//! Classes of answers that are the same: what votes count, and what a race decides by.

/// Answers sorted into classes as they arrive, numbered in the order in which each class first came.
///
/// Sameness is not transitive everywhere ("2:30" may be 2:30 a.m. or p.m.). Here it is: an answer belongs to the earliest class
/// whose first answer it is the same as.
///
/// ```
/// use lamas_core::race::Classes;
///
/// let mut classes = Classes::default();
/// let arrived = ["9", "10", " 10", "9 "].map(|text| classes.add(&text, |one, other| one.trim() == other.trim()));
/// assert_eq!(arrived, [0, 1, 1, 0]);
/// ```
#[derive(Debug, Clone)]
pub struct Classes<A> {
    /// The first answer of each class.
    firsts: Vec<A>,
}

impl<A> Default for Classes<A> {
    fn default() -> Self {
        Self { firsts: Vec::new() }
    }
}

impl<A: Clone> Classes<A> {
    /// The number of an answer's class. `same` is asked about the first answer of a class and this one.
    pub fn add(&mut self, answer: &A, same: impl Fn(&A, &A) -> bool) -> usize {
        let known = self.firsts.iter().position(|first| same(first, answer));
        known.unwrap_or_else(|| {
            self.firsts.push(answer.clone());
            self.firsts.len() - 1
        })
    }
}
