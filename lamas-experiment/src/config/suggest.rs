//! "did you mean".

/// The closest of these names, where one is close enough to be a slip of the fingers.
#[must_use]
pub fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.len() / 4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// ", did you mean `x`?", or the list of what there is.
#[must_use]
pub fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match closest(name, known.clone()) {
        Some(candidate) => format!(", did you mean `{candidate}`?"),
        None => {
            let all: Vec<_> = known.into_iter().map(|candidate| format!("`{candidate}`")).collect();
            format!("; there are {}", all.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        assert_eq!(hint("lamsa", ["lamas", "maas"]), ", did you mean `lamas`?");
        assert_eq!(hint("oracle", ["lamas", "maas"]), "; there are `lamas`, `maas`");
    }
}
