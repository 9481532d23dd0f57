//! Whole numbers are held against what they may be as they are written, before they become values of a type: whatever the
//! type holds, a message names what the key may be.

use std::ops::RangeInclusive;

use lamas_methods::Recipe;
use serde_yaml::Value;

use super::error::ConfigError;
use super::ranges::{between, of};
use super::tree::{Node, Tree};

/// Refuses whole numbers that nothing could run or hold.
///
/// # Errors
/// Names the first one's place, its key and what that may be.
pub(super) fn check(tree: &Tree) -> Result<(), ConfigError> {
    tree.walk(&mut |key, value| match &value.node {
        Node::Scalar(Value::Number(number)) if !number.is_f64() => {
            let range = of(key).or_else(|| of_recipe(tree, key));
            let outside = range.filter(|range| !number.as_u64().is_some_and(|number| range.contains(&number)));
            let told = |range| ConfigError::Invalid {
                place: value.place.to_string(),
                message: format!("{key}: {}", between(number, &range)),
            };
            outside.map_or(Ok(()), |range| Err(told(range)))
        }
        _ => Ok(()),
    })
}

/// What a number of a method's recipe may be. The method says so of values that it can hold: it is asked with another number
/// in the place of this one.
fn of_recipe(tree: &Tree, key: &str) -> Option<RangeInclusive<u64>> {
    let (_, below) = key.strip_prefix("methods[")?.split_once("].")?;
    let (kind, name) = below.split_once('.').filter(|(kind, _)| Recipe::KEYS.contains(kind))?;
    let Value::Mapping(mut value) = tree.at(key.strip_suffix(name)?.trim_end_matches('.'))?.value() else {
        return None;
    };
    value.insert(name.into(), 1.into());
    let recipe = Recipe::read(kind, Value::Mapping(value)).ok()?;
    let limit = recipe.spec().limits().into_iter().find(|limit| limit.key == below)?;
    Some(*limit.range.start() as u64..=*limit.range.end() as u64)
}
