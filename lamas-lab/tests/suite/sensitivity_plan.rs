//! The sensitivity plan that ships with the project.

use std::path::Path;

use lamas_lab::sensitivity::Plan;

#[test]
fn the_sensitivity_plan_is_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let plan = Plan::load(&root.join("experiments/sensitivity.yaml"), &[]).unwrap_or_else(|error| panic!("{error}"));
    assert!(plan.points().len() > plan.variants().len());
}
