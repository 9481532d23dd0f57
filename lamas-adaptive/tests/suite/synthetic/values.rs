//! What plans bring does not depend on which other plans there are.

use lamas_adaptive::plans::Space;
use lamas_adaptive::values::{Keep, Values};
use lamas_core::random::Seed;

use super::bank::World;

#[test]
fn a_plan_brings_the_same_alone_as_among_all() {
    let world = World { rows: 6, generators: 2, draws: 4, dimensions: 2, signal: 0.0 };
    let (bank, _) = world.bank(Seed(5));
    let plans = Space { copies: 4, ..Space::default() }.plans(&bank);
    assert!(plans.iter().filter(|plan| !plan.then.is_empty()).count() > 50, "waves that follow are among them");
    let (all, left) = Values::replayed(&bank, &plans, 6, Seed(5), Keep::Seconds);
    assert_eq!(left.len(), plans.len());
    for (place, plan) in plans.iter().enumerate() {
        let (alone, _) = Values::replayed(&bank, std::slice::from_ref(plan), 6, Seed(5), Keep::Seconds);
        assert_eq!(alone, all.only(&[place]), "{plan:?}");
    }
}
