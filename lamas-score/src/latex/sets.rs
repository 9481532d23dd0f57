//! Sets of numbers as answers write them: unions of intervals, and inequalities that describe them.

use super::node::{Constant, Node, Sign};

/// The solutions of an inequality in one variable.
pub struct Solutions {
    /// The variable's name.
    pub variable: String,
    /// An interval, or a union of two.
    pub set: Node,
}

/// Reads `x < a`, `a < x`, `a <= x < b`, `x \ne a` as the set that they describe.
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

fn one_sided(variable: &str, sign: Sign, value: &Node) -> Option<Solutions> {
    let infinity = || Node::Constant(Constant::Infinity);
    let below = |closed| interval(infinity().negated(), false, value.clone(), closed);
    let above = |closed| interval(value.clone(), closed, infinity(), false);
    let set = match sign {
        Sign::Less => below(false),
        Sign::LessEqual => below(true),
        Sign::Greater => above(false),
        Sign::GreaterEqual => above(true),
        Sign::NotEqual => Node::Union(vec![below(false), above(false)]),
        Sign::Equal | Sign::In => return None,
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
