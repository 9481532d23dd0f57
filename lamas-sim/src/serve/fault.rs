//! Faults on request: which requests fail, and how.
//!
//! A script goes before rates. Its rules count the requests that they match; a rate is drawn as a function of fault seed,
//! request and attempt, so that the same requests fail whatever the order in which they come.

use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use lamas_core::random::Seed;
use rand::RngExt;
use serde::{Deserialize, Deserializer, Serialize};

use super::body::Asked;

/// A way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Status 429 with `Retry-After`.
    RateLimit,
    /// Status 500.
    ServerError,
    /// Status 503.
    Unavailable,
    /// The connection is reset before a byte of the answer.
    Reset,
    /// No byte comes until the client gives up, or for ten minutes; then the connection is reset.
    Timeout,
    /// Half of the answer comes, then the connection ends.
    Cut,
    /// The answer, or an event in the middle of its stream, is no JSON.
    Malformed,
    /// The answer has no choice.
    Empty,
    /// The answer is a blank text. Not an error: the client has to live with it.
    Blank,
    /// The part that matters, a program or the last line, stands before the rest. Not an error either.
    Displaced,
}

impl Fault {
    /// All of them, with the names that rates and scripts use.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::RateLimit, "429"),
        (Self::ServerError, "500"),
        (Self::Unavailable, "503"),
        (Self::Reset, "reset"),
        (Self::Timeout, "timeout"),
        (Self::Cut, "cut"),
        (Self::Malformed, "malformed"),
        (Self::Empty, "empty"),
        (Self::Blank, "blank"),
        (Self::Displaced, "displaced"),
    ];

    /// What it makes of a text that is handed over as a sound answer; `None` where nothing sound is.
    pub(super) fn rewrite(self, text: &str) -> Option<String> {
        match self {
            Self::Blank => Some(String::new()),
            Self::Displaced => {
                let text = text.trim_end();
                let (before, rest) = text.split_at(text.find("```").or_else(|| text.rfind('\n')).unwrap_or(0));
                Some(format!("{}\n\n{}", rest.trim(), before.trim()))
            }
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(fault, _)| *fault == self).map_or("", |(_, name)| name)
    }
}

/// Why faults cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    /// There is no such fault.
    #[error("unknown fault `{name}`; there are {}", Fault::ALL.map(|(_, name)| name).join(", "))]
    Unknown {
        /// As it was asked for.
        name: String,
    },
    /// A rate is none.
    #[error("`{text}` is not a rate; write e.g. `429=0.1`, with a share between 0 and 1")]
    Rate {
        /// As it was given.
        text: String,
    },
    /// The rates are too much together.
    #[error("the rates of all faults add up to {sum}; they may reach 1 at most")]
    Sum {
        /// What they add up to.
        sum: f64,
    },
    /// A script cannot be read.
    #[error("{file}: {message}")]
    Script {
        /// Which file.
        file: String,
        /// What is wrong with it, and where.
        message: String,
    },
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(name: &str) -> Result<Self, FaultError> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name).map(|(fault, _)| *fault);
        found.ok_or_else(|| FaultError::Unknown { name: name.to_owned() })
    }
}

impl Serialize for Fault {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // YAML reads `429` as a number.
        let name = match serde_yaml::Value::deserialize(deserializer)? {
            serde_yaml::Value::String(name) => name,
            serde_yaml::Value::Number(number) => number.to_string(),
            other => return Err(serde::de::Error::custom(format!("a fault is a name, not {other:?}"))),
        };
        name.parse().map_err(serde::de::Error::custom)
    }
}

/// The share of attempts that fail in each way.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Rates(Vec<(Fault, f64)>);

impl Rates {
    /// Rates from texts such as `429=0.1`.
    ///
    /// # Errors
    /// When a text is no rate, or all together exceed 1.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, FaultError> {
        let rate = |text: &str| {
            let (name, share) = text.split_once('=').ok_or_else(|| FaultError::Rate { text: text.to_owned() })?;
            let share = share.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
            Ok((name.parse()?, share.ok_or_else(|| FaultError::Rate { text: text.to_owned() })?))
        };
        let rates: Vec<(Fault, f64)> = texts.into_iter().map(rate).collect::<Result<_, FaultError>>()?;
        let sum: f64 = rates.iter().map(|(_, share)| share).sum();
        if sum > 1.0 + 1e-9 { Err(FaultError::Sum { sum }) } else { Ok(Self(rates)) }
    }

    /// The fault at a place of the unit interval.
    fn at(&self, mut place: f64) -> Option<Fault> {
        for (fault, share) in &self.0 {
            place -= share;
            if place < 0.0 {
                return Some(*fault);
            }
        }
        None
    }
}

/// One rule of a script: a fault, and which requests have it. What is left out does not restrict.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// How they fail.
    fault: Fault,
    /// Only requests with this text in a message.
    containing: Option<String>,
    /// Only requests with one of these seeds.
    seeds: Option<Vec<i64>>,
    /// Only these attempts at one and the same request, from 1.
    attempts: Option<Vec<u32>>,
    /// Of the requests that match so far, only these, from 1, in the order in which they come.
    requests: Option<Vec<u64>>,
    /// How many have matched.
    #[serde(skip)]
    matched: AtomicU64,
}

/// Rules, of which the first that fits decides.
#[derive(Debug, Default)]
pub struct Script(Vec<Rule>);

impl Script {
    /// A script from its text; `file` is the name that messages give it.
    ///
    /// # Errors
    /// When it holds something else than rules.
    pub fn parse(text: &str, file: &str) -> Result<Self, FaultError> {
        let document = serde_yaml::Deserializer::from_str(text);
        serde_path_to_error::deserialize(document)
            .map(Self)
            .map_err(|error| FaultError::Script { file: file.to_owned(), message: error.to_string() })
    }

    fn decide(&self, attempt: u32, asked: &Asked) -> Option<Fault> {
        self.0.iter().find(|rule| rule.fits(attempt, asked)).map(|rule| rule.fault)
    }
}

impl Rule {
    /// Whether a request has this rule's fault. Rules after the one that decides do not count the request.
    fn fits(&self, attempt: u32, asked: &Asked) -> bool {
        let matches = self.containing.as_deref().is_none_or(|text| asked.contains(text))
            && self.seeds.as_ref().is_none_or(|seeds| asked.seed.is_some_and(|seed| seeds.contains(&seed)))
            && self.attempts.as_ref().is_none_or(|attempts| attempts.contains(&attempt));
        matches && {
            let place = self.matched.fetch_add(1, Ordering::Relaxed) + 1;
            self.requests.as_ref().is_none_or(|requests| requests.contains(&place))
        }
    }
}

/// Everything that decides about faults.
#[derive(Debug, Default)]
pub struct Faults {
    /// Drawn for what the script leaves alone.
    pub rates: Rates,
    /// Which attempts the rates hit.
    pub seed: Seed,
    /// Goes before the rates.
    pub script: Script,
}

impl Faults {
    /// How an attempt (from 1) at the request with this key fails, if it does.
    pub(super) fn decide(&self, key: u64, attempt: u32, asked: &Asked) -> Option<Fault> {
        self.script.decide(attempt, asked).or_else(|| {
            let place = self.seed.stream("serve/fault", &[key, attempt.into()]).random_range(0.0..1.0);
            self.rates.at(place)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asked(text: &str, seed: Option<i64>) -> Asked {
        let body = json!({"model": "m", "messages": [{"role": "user", "content": text}], "seed": seed});
        Asked::read(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn rates_are_met_and_depend_on_request_and_attempt_alone() {
        let rates = Rates::parse(["429=0.1", "cut=0.05"]).unwrap();
        let faults = Faults { rates, seed: Seed(3), script: Script::default() };
        let decide = |key, attempt| faults.decide(key, attempt, &asked("ducks", None));
        let drawn: Vec<_> = (0..4000).map(|key| decide(key, 1)).collect();
        let share = |fault| drawn.iter().filter(|drawn| **drawn == fault).count() as f64 / 4000.0;
        assert!((share(Some(Fault::RateLimit)) - 0.1).abs() < 0.02, "{}", share(Some(Fault::RateLimit)));
        assert!((share(Some(Fault::Cut)) - 0.05).abs() < 0.02);
        assert_eq!(drawn, (0..4000).map(|key| decide(key, 1)).collect::<Vec<_>>());
        assert_ne!(drawn, (0..4000).map(|key| decide(key, 2)).collect::<Vec<_>>());
        let sure = Faults { rates: Rates::parse(["500=1"]).unwrap(), ..Faults::default() };
        assert!((0..100).all(|key| sure.decide(key, 1, &asked("ducks", None)) == Some(Fault::ServerError)));
    }

    #[test]
    fn rates_that_are_none_are_refused() {
        for (text, says) in [("429", "not a rate"), ("429=2", "not a rate"), ("418=0.1", "there are 429, 500, 503")] {
            let message = Rates::parse([text]).unwrap_err().to_string();
            assert!(message.contains(says), "{message}");
        }
        assert!(matches!(Rates::parse(["429=0.6", "500=0.6"]), Err(FaultError::Sum { .. })));
    }

    #[test]
    fn a_script_counts_what_each_rule_matches() {
        let text =
            "- {fault: reset, containing: robe, requests: [2]}\n- {fault: 429, attempts: [1], requests: [1, 3]}\n";
        let script = Script::parse(text, "script.yaml").unwrap();
        let decide = |text: &str, attempt| script.decide(attempt, &asked(text, None));
        assert_eq!(decide("a robe", 1), Some(Fault::RateLimit));
        assert_eq!(decide("a robe", 1), Some(Fault::Reset));
        assert_eq!(decide("ducks", 1), None);
        assert_eq!(decide("ducks", 2), None);
        assert_eq!(decide("geese", 1), Some(Fault::RateLimit));
        assert_eq!(decide("a robe", 1), None);
    }

    #[test]
    fn what_matters_is_put_first() {
        let displaced = |text| Fault::Displaced.rewrite(text).unwrap();
        assert_eq!(displaced("Step 1: so.\nIt is \\boxed{3}.\n"), "It is \\boxed{3}.\n\nStep 1: so.");
        assert_eq!(displaced("Plan.\n```python\nx\n```"), "```python\nx\n```\n\nPlan.");
        assert_eq!(displaced("3").trim(), "3");
        assert_eq!(Fault::Cut.rewrite("3"), None);
    }

    #[test]
    fn a_rule_may_name_seeds() {
        let script = Script::parse("- {fault: cut, seeds: [3, -4]}", "script.yaml").unwrap();
        let decide = |seed| script.decide(1, &asked("ducks", seed));
        assert_eq!([Some(3), Some(-4)].map(decide), [Some(Fault::Cut); 2]);
        assert_eq!([Some(4), None].map(decide), [None; 2]);
    }

    #[test]
    fn a_script_that_is_none_is_refused_with_its_place() {
        for (text, says) in [
            ("- {fault: 418}", "unknown fault `418`"),
            ("- {fault: 429, request: [1]}", "unknown field `request`"),
            ("fault: 429", "script.yaml"),
        ] {
            let message = Script::parse(text, "script.yaml").unwrap_err().to_string();
            assert!(message.contains(says), "{message}");
        }
    }
}
