//! "did you mean".

use lamas_core::wording::closest;

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
