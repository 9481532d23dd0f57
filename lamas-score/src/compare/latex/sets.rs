//! Sets of numbers as answers write them: unions of intervals, and inequalities that describe them.

use super::exact::exact;
use super::node::{Constant, Node, Sign};
use super::poly::Budget;

/// The solutions of an inequality in one variable.
pub struct Solutions {
    /// The variable's name.
    pub variable: String,
    /// An interval, or a union of two.
    pub set: Node,
}

/// Reads `x < a`, `a < x`, `a <= x < b`, `x \ne a`, `x \in S` as the set that they describe.
pub fn solutions(sides: &[Node], signs: &[Sign]) -> Option<Solutions> {
    match (sides, signs) {
        ([Node::Symbol(variable), value], [sign]) => one_sided(variable, *sign, value),
        ([value, Node::Symbol(variable)], [sign]) => one_sided(variable, sign.flipped()?, value),
        ([low, Node::Symbol(variable), high], [left, right]) => {
            let (low, left, right, high) = match (left, right) {
                (Sign::Less | Sign::LessEqual, Sign::Less | Sign::LessEqual) => (low, *left, *right, high),
                (Sign::Greater | Sign::GreaterEqual, Sign::Greater | Sign::GreaterEqual) => {
                    (high, right.flipped()?, left.flipped()?, low)
                }
                _ => return None,
            };
            let set = interval(low.clone(), left == Sign::LessEqual, high.clone(), right == Sign::LessEqual);
            Some(Solutions { variable: variable.clone(), set })
        }
        _ => None,
    }
}

/// Two inequalities that hold both, a lower and an upper bound of one variable, as the chain that says so: "x > 2 and x < 5" is
/// `2 < x < 5`, and "x < 2 and x > 5" holds nowhere. Any other conditions stay as they are.
pub fn both(items: Vec<Node>) -> Vec<Node> {
    let bound = |item: &Node| match item {
        Node::Relation(sides, signs) if sides.len() == 2 && signs[0] != Sign::NotEqual => solutions(sides, signs),
        _ => None,
    };
    let [first, second] = items.as_slice() else { return items };
    let (Some(first), Some(second)) = (bound(first), bound(second)) else { return items };
    if first.variable != second.variable {
        return items;
    }
    match (lower(&first.set), upper(&second.set), lower(&second.set), upper(&first.set)) {
        (Some(low), Some(high), ..) | (.., Some(low), Some(high)) => {
            let sides = vec![low.0, Node::Symbol(first.variable), high.0];
            vec![Node::Relation(sides, vec![low.1, high.1])]
        }
        _ => items,
    }
}

/// Where a set that is open above begins, and by which sign.
fn lower(set: &Node) -> Option<(Node, Sign)> {
    let Node::Fence { open, items, .. } = set else { return None };
    let bounded = items.len() == 2 && items[1] == infinity();
    bounded.then(|| (items[0].clone(), if *open == '[' { Sign::LessEqual } else { Sign::Less }))
}

/// Where a set that is open below ends, and by which sign.
fn upper(set: &Node) -> Option<(Node, Sign)> {
    let Node::Fence { close, items, .. } = set else { return None };
    let bounded = items.len() == 2 && items[0] == infinity().negated();
    bounded.then(|| (items[1].clone(), if *close == ']' { Sign::LessEqual } else { Sign::Less }))
}

fn one_sided(variable: &str, sign: Sign, value: &Node) -> Option<Solutions> {
    let below = |closed| interval(infinity().negated(), false, value.clone(), closed);
    let above = |closed| interval(value.clone(), closed, infinity(), false);
    let set = match sign {
        Sign::Less => below(false),
        Sign::LessEqual => below(true),
        Sign::Greater => above(false),
        Sign::GreaterEqual => above(true),
        Sign::NotEqual => Node::Union(vec![below(false), above(false)]),
        Sign::In => value.clone(),
        Sign::Equal | Sign::Approximately => return None,
    };
    Some(Solutions { variable: variable.to_owned(), set })
}

fn interval(low: Node, low_closed: bool, high: Node, high_closed: bool) -> Node {
    Node::Fence {
        open: if low_closed { '[' } else { '(' },
        close: if high_closed { ']' } else { ')' },
        items: vec![low, high],
    }
}

/// Whether a node names the real numbers.
pub fn is_reals(node: &Node) -> bool {
    match node {
        Node::Symbol(name) => name == "mathbb R",
        Node::Text(words) => {
            let words = words.trim().trim_end_matches('.').to_lowercase();
            ["all real numbers", "all reals", "the real numbers", "real numbers", "all real"].contains(&&*words)
        }
        _ => false,
    }
}

/// The real numbers, and the real numbers without some, as intervals; any other node has no such form.
pub fn as_intervals(node: &Node) -> Option<Node> {
    match node {
        _ if is_reals(node) => Some(interval(infinity().negated(), false, infinity(), false)),
        Node::Without(set, other) if is_reals(set) => {
            let mut excluded = match &**other {
                Node::Fence { open: '{', items, .. } => items.clone(),
                single => vec![single.clone()],
            };
            if excluded.len() > 1 {
                let mut known = excluded
                    .iter()
                    .map(|item| Some((exact(item, &mut Budget::new()).ok()?.value.as_constant()?, item.clone())))
                    .collect::<Option<Vec<_>>>()?;
                known.sort_by(|one, other| one.0.cmp(&other.0));
                excluded = known.into_iter().map(|(_, item)| item).collect();
            }
            let lows = std::iter::once(infinity().negated()).chain(excluded.iter().cloned());
            let highs = excluded.iter().cloned().chain([infinity()]);
            let mut parts: Vec<_> = lows.zip(highs).map(|(low, high)| interval(low, false, high, false)).collect();
            if parts.len() == 1 { parts.pop() } else { Some(Node::Union(parts)) }
        }
        _ => None,
    }
}

fn infinity() -> Node {
    Node::Constant(Constant::Infinity)
}

/// The sets that a union joins, nested ones too, or that a list of inequalities ("x < 1 or x > 3") describes.
pub fn parts(node: &Node) -> Option<Vec<Node>> {
    match node {
        Node::Union(sets) => Some(sets.iter().map(parts).collect::<Option<Vec<_>>>()?.concat()),
        Node::List(items) if items.len() > 1 => Some(items.iter().map(parts).collect::<Option<Vec<_>>>()?.concat()),
        Node::Relation(sides, signs) => parts(&solutions(sides, signs)?.set),
        Node::Fence { .. } => Some(vec![node.clone()]),
        _ => None,
    }
}
