//! Which look a method has: by its name, so that it is the same in every figure of every run.

use std::sync::LazyLock;

/// The methods that have a place of their own, in its order.
static ORDER: LazyLock<Vec<String>> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("looks.yaml")).expect("the list of looks is valid"));

/// The titles of a run's methods (name, title), each in the place of its look. A method with a place of its own has it whatever
/// else runs; other methods take the places that are free, then those behind them.
#[must_use]
pub fn in_order(methods: &[(&str, &str)]) -> Vec<String> {
    let mut others = methods.iter().filter(|(name, _)| !ORDER.iter().any(|known| known == name));
    let mut title = |known: &String| {
        let own = methods.iter().find(|(name, _)| name == known);
        // A place that nobody takes stays taken.
        own.or_else(|| others.next()).map_or_else(|| known.clone(), |(_, title)| (*title).to_owned())
    };
    let mut titles: Vec<String> = ORDER.iter().map(&mut title).collect();
    titles.extend(others.map(|(_, title)| (*title).to_owned()));
    titles
}

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_experiment::config::method;

    #[test]
    fn places_belong_to_built_in_methods() {
        assert!(ORDER.iter().all(|name| method::built_in().any(|known| known == name)), "{ORDER:?}");
    }

    #[test]
    fn case_a_method_has_one_look_in_every_run() {
        let place = |methods: &[(&str, &str)], title: &str| in_order(methods).iter().position(|other| other == title);
        let quick = [("generate", "Generate"), ("maas", "MaAS"), ("lamas", "LAMaS")];
        let paper = [("lamas", "LAMaS"), ("own", "Own"), ("maas", "MaAS"), ("further", "Further"), ("knn", "kNN")];
        for (title, expected) in [("LAMaS", 0), ("MaAS", 1)] {
            assert_eq!((place(&quick, title), place(&paper, title)), (Some(expected), Some(expected)));
            assert_eq!(place(&[("maas", "MaAS")], "MaAS"), Some(1));
        }
        // Those of the experiment's own take free places, the clearest first.
        assert_eq!((place(&paper, "Own"), place(&paper, "Further"), place(&paper, "kNN")), (Some(2), Some(3), Some(4)));
        let many: Vec<(String, String)> = (0..40).map(|n| (format!("m{n}"), format!("M{n}"))).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(name, title)| (name.as_str(), title.as_str())).collect();
        assert_eq!(in_order(&many).len(), 40);
    }
}
