//! How fast everything is, end to end: each part measures one thing that a user waits for, holds it against its target and
//! says with what spread. docs/measured/performance.md explains the targets.
//!
//! - [`part`]: what a part is, and what it is given
//! - [`row`]: one figure, its target and its verdict
//! - [`curve`]: one quantity over amounts of work
//! - [`spread`]: several measurements of one figure
//! - [`machine`]: what it was measured on
//! - [`child`]: this program run again as a process, with its seconds and memory
//! - [`report`]: table, files and figure
//!
//! The parts:
//!
//! - [`quickstart`]: episodes a second, seconds and memory of the README's first command
//! - [`controller`]: scoring, drawing and updates, over operators and layers
//! - [`paper`]: all of the paper's experiments
//! - [`start`]: from the command to the first trained episode
//! - [`live`]: many episodes in flight against a served model, over their critical path
//! - [`minilm`]: texts a second
//! - [`intervals`]: the bootstrap behind a table of the paper
//! - [`growth`]: seconds and memory over episodes, episodes in flight and threads

pub mod child;
pub mod controller;
pub mod curve;
pub mod growth;
pub mod intervals;
pub mod live;
pub mod machine;
pub mod minilm;
pub mod paper;
pub mod part;
pub mod quickstart;
pub mod report;
pub mod row;
pub mod spread;
pub mod start;

use part::Part;

/// All parts, in the order of the table.
pub const PARTS: [Part; 8] = [
    Part { name: "quickstart", measure: quickstart::measure },
    Part { name: "controller", measure: controller::measure },
    Part { name: "paper", measure: paper::measure },
    Part { name: "start", measure: start::measure },
    Part { name: "live", measure: live::measure },
    Part { name: "minilm", measure: minilm::measure },
    Part { name: "intervals", measure: intervals::measure },
    Part { name: "growth", measure: growth::measure },
];
