//! What models charge.

use std::collections::BTreeMap;

use lamas_core::units::Price;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// List prices as published by OpenAI for its own endpoints.
const BUILT_IN: &str = include_str!("prices.yaml");

/// Prices by model name, in USD per million tokens.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PriceTable(BTreeMap<String, Price>);

impl PriceTable {
    /// The table that comes with the crate (`prices.yaml`).
    ///
    /// # Panics
    /// Never: the file is part of the crate, and a test reads it.
    #[must_use]
    pub fn built_in() -> Self {
        serde_yaml::from_str(BUILT_IN).expect("prices.yaml is checked by a test")
    }

    /// Whether it names no model.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The table with the prices of another, which win where both name a model.
    #[must_use]
    pub fn extended(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The price of a model. A dated name (`gpt-4o-2024-08-06`) that is not in the table has the price of the undated.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Price> {
        self.0.get(name).or_else(|| self.0.get(undated(name)?)).copied()
    }
}

/// The name without `-YYYY-MM-DD` at its end.
fn undated(name: &str) -> Option<&str> {
    let (rest, date) = name.split_at_checked(name.len().checked_sub(11)?)?;
    let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
        0 | 5 | 8 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    is_date.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dated_names_have_the_price_of_the_undated() {
        let table = PriceTable::built_in();
        let price = Price { input: 0.15, output: 0.60 };
        assert_eq!(table.get("gpt-4o-mini-2024-07-18"), Some(price));
        assert_eq!(table.get("gpt-4o-mini"), Some(price));
        assert_eq!(table.get("gpt-4o-mini-audio"), None);
        assert_eq!(table.get("2024-07-18"), None);
        assert_eq!(table.get("ü-2024-07-1"), None);
    }

    #[test]
    fn the_user_has_the_last_word() {
        let own: PriceTable =
            serde_yaml::from_str("{qwen: {input: 0.1, output: 0.2}, gpt-4o: {input: 1, output: 2}}").unwrap();
        let table = PriceTable::built_in().extended(own);
        assert_eq!(table.get("qwen"), Some(Price { input: 0.1, output: 0.2 }));
        assert_eq!(table.get("gpt-4o"), Some(Price { input: 1.0, output: 2.0 }));
        assert!(table.get("gpt-4.1").is_some());
    }
}
