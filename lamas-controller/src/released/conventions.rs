use lamas_core::operator::OperatorName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What of the released code counts in training. All of it does by default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Conventions {
    /// Whether a draw that raises there ends the attempt, and the whole query is drawn anew, up to
    /// [`REDRAWS`](super::REDRAWS) times; true. Attempts that raised are billed and count for nothing else.
    pub redraw: bool,
    /// Operators that raise whatever they work on; none.
    pub raising: Vec<OperatorName>,
    /// Whether the latency term penalises the layers alone, counted as there; true. Otherwise it is the whole trace.
    pub layers_alone: bool,
    /// Whether the first operator of a layer without any duration counts as critical; true.
    pub idle_critical: bool,
}

impl Default for Conventions {
    fn default() -> Self {
        Self { redraw: true, raising: Vec::new(), layers_alone: true, idle_critical: true }
    }
}

impl Conventions {
    /// Charges an idle layer's first operator: the released code takes the first of equal durations, zeros among them.
    pub(crate) fn charge_idle(&self, critical: &mut [bool]) {
        if self.idle_critical && !critical.contains(&true) {
            critical.iter_mut().take(1).for_each(|first| *first = true);
        }
    }
}

/// Settings that once stood beside the others, with the value that is meant (any where there is none), and where they stand
/// now.
pub const MOVED: [(&str, Option<&str>, &str); 4] = [
    ("impossible", Some("redraw"), "write `impossible: skip` and `released: {redraw: true}`"),
    ("raising", None, "write `released: {raising: [..]}`"),
    ("penalised", None, "write `released: {layers_alone: true}` for `layers`, and leave it out for `whole`"),
    ("idle_critical", None, "write `released: {idle_critical: ..}`"),
];
