//! The layers of episodes as columns of Parquet files: JSON, so that whoever reads them gets them back as they were.
//!
//! ```text
//! layers  [{"operators": [{"operator": "generate", "skipped": false, "ran": null, "output": 291}, ..], "reads": null}, ..]
//! drawn   [["generate", "programmer"], ["early_stop"]]
//! ```
//!
//! `layers` holds what was run, a [`LayerReport`] for each layer. A node of a graph is a layer of one operator; its `reads`
//! are the layers that it read, from 0, where a layer's own are `null`: it reads all that went before. `skipped` operators
//! had nothing to work on, `ran` says whether a program did what it was to do, `output` counts generated tokens. `drawn` holds
//! the names that the policy drew, layer by layer, before anything was skipped or replaced; none without a policy.

use lamas_core::orchestrator::LayerReport;
use polars::prelude::*;
use serde::Serialize;

/// Names the columns.
pub const LAYERS: &str = "layers";

/// A cell of either column.
pub(crate) fn json(layers: &impl Serialize) -> String {
    serde_json::to_string(layers).expect("lists of names and numbers are JSON")
}

/// The layers of the episodes in a table.
pub struct LayerColumn<'a>(&'a StringChunked);

impl<'a> LayerColumn<'a> {
    /// Those of a table.
    ///
    /// # Errors
    /// When it has no such column.
    pub fn of(table: &'a DataFrame) -> PolarsResult<Self> {
        table.column(LAYERS)?.str().map(Self)
    }

    /// Those of one row.
    ///
    /// # Errors
    /// When they are not what [`LayerReport`]s are written as.
    pub fn get(&self, row: usize) -> PolarsResult<Vec<LayerReport>> {
        let text = self.0.get(row).unwrap_or_default();
        serde_json::from_str(text).map_err(|error| {
            polars_err!(ComputeError: "row {row}: {LAYERS}: {error}; the file is damaged or of another version, run `sweep` again")
        })
    }
}

#[cfg(test)]
mod tests {
    use lamas_core::orchestrator::OperatorReport;
    use lamas_core::trace::Part;
    use lamas_core::units::Tokens;

    use super::*;

    fn operator(name: &str, skipped: bool, ran: Option<bool>) -> OperatorReport {
        OperatorReport {
            operator: name.into(),
            skipped,
            ran,
            output: Tokens(u64::from(!skipped) * 120),
            part: Part::Needed,
            failed: false,
        }
    }

    #[test]
    fn layers_come_back_as_they_were() {
        let layers = vec![
            LayerReport {
                operators: vec![operator("generate", false, None), operator("a+b > [c](1)", true, None)],
                reads: None,
                waves: vec![],
            },
            LayerReport {
                operators: vec![operator("programmer", false, Some(false))],
                reads: Some(vec![0]),
                waves: vec![],
            },
            LayerReport { operators: vec![], reads: Some(vec![]), waves: vec![] },
        ];
        let table = df!(LAYERS => [json(&layers), json(&Vec::<LayerReport>::new())]).unwrap();
        let column = LayerColumn::of(&table).unwrap();
        assert_eq!((column.get(0).unwrap(), column.get(1).unwrap()), (layers, vec![]));
    }

    #[test]
    fn what_is_no_list_of_layers_is_refused() {
        for text in ["generate+generate_cot > [sc_ensemble]", "", "[{}]", "[{\"operators\": [\"generate\"]}]"] {
            let table = df!(LAYERS => [text]).unwrap();
            let error = LayerColumn::of(&table).unwrap().get(0).unwrap_err().to_string();
            assert!(error.starts_with("row 0: layers: "), "{error}");
        }
    }

    #[test]
    fn the_columns_read_as_documented() {
        let layer = LayerReport {
            operators: vec![operator("test", false, Some(true))],
            reads: Some(vec![0, 1]),
            waves: vec![],
        };
        insta::assert_snapshot!(json(&[layer]), @r#"[{"operators":[{"operator":"test","skipped":false,"ran":true,"output":120}],"reads":[0,1]}]"#);
    }
}
