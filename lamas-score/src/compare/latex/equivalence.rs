//! Whether two trees are the same answer.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::exact::exact;
use super::node::{Constant, Function, Node, Sign, Unit};
use super::numeral::decimal;
use super::numeric;
use super::poly::{Budget, Quotient, Refusal};
use super::rounding::rounds;
use super::sets;
use super::units;
use super::vocabulary::BINDERS;
use super::words::{is_words, spelled};

/// The most items of a list that are matched in any order.
const MOST_ITEMS: usize = 64;

/// Why two answers are the same, by the rule that found it.
pub type Why = &'static str;

/// Compares answers within one budget.
pub struct Comparison {
    budget: Budget,
    /// What evaluation to many digits may take.
    digits: Budget,
}

impl Comparison {
    /// A comparison that has all its budget.
    pub fn new() -> Self {
        Self { budget: Budget::new(), digits: Budget::of_digits() }
    }

    /// The rule by which the answer is the gold answer, if it is.
    pub fn same(&mut self, gold: &Node, answer: &Node) -> Option<Why> {
        if gold == answer {
            return Some("same expression");
        }
        self.budget.spend(1).ok()?;
        match self.approximated(gold) {
            Some(Rounded::Off) => return None,
            Some(Rounded::To(value, rounded)) => {
                return self.same(&value, answer).or_else(|| self.same(&rounded, answer));
            }
            None => {}
        }
        match self.approximated(answer) {
            Some(Rounded::Off) => return None,
            Some(Rounded::To(value, rounded)) => {
                return self.same(gold, &value).or_else(|| self.same(gold, &rounded));
            }
            None => {}
        }
        if let Some(set) = sets::as_intervals(gold) {
            return self.same(&set, answer);
        }
        if let Some(set) = sets::as_intervals(answer) {
            return self.same(gold, &set);
        }
        match (gold, answer) {
            (Node::Relation(left, signs), Node::Relation(right, others)) => self.relations(left, signs, right, others),
            (Node::Relation(sides, signs), value) | (value, Node::Relation(sides, signs)) => {
                self.relation_and_value(sides, signs, value, std::ptr::eq(value, answer))
            }
            (Node::Union(_), _) | (_, Node::Union(_)) => {
                let (gold, answer) = (sets::parts(gold)?, sets::parts(answer)?);
                self.any_order(&gold, &answer).then_some("same union")
            }
            (Node::Matrix(left), Node::Matrix(right)) => self.matrices(left, right),
            (Node::Matrix(rows), Node::Fence { items, .. } | Node::List(items))
            | (Node::Fence { items, .. } | Node::List(items), Node::Matrix(rows)) => {
                let vector = as_vector(rows)?;
                let (gold, answer) = if matches!(gold, Node::Matrix(_)) { (&vector, items) } else { (items, &vector) };
                self.in_order(gold, answer).then_some("same vector")
            }
            (Node::Ratio(left), Node::Ratio(right)) => self.ratios(left, right),
            _ => self.collections(gold, answer),
        }
    }

    /// Both sides of `2\sqrt3 \approx 3.46`; none where nothing is rounded. Behind a mere name stands what is rounded already.
    fn approximated(&mut self, node: &Node) -> Option<Rounded> {
        let Node::Relation(sides, signs) = node else { return None };
        let at = signs.iter().position(|sign| *sign == Sign::Approximately)?;
        if signs.iter().any(|sign| !matches!(sign, Sign::Equal | Sign::Approximately)) {
            return None;
        }
        let named = is_name(&sides[0]);
        let has_variable = |node: &Node| node.any(&|part| matches!(part, Node::Symbol(_)));
        for (pair, _) in sides.windows(2).zip(signs).skip(usize::from(named)).filter(|(_, sign)| **sign != Sign::Equal)
        {
            let close = rounds(&pair[0], &pair[1], &mut self.digits).unwrap_or(!pair.iter().any(has_variable));
            if !close {
                return Some(Rounded::Off);
            }
        }
        let equal = |sides: &[Node]| match sides {
            [one] => one.clone(),
            several => Node::Relation(several.to_vec(), vec![Sign::Equal; several.len() - 1]),
        };
        let rounded = if named { equal(&[sides[0].clone(), sides.last()?.clone()]) } else { sides.last()?.clone() };
        let value = if named && at == 0 { rounded.clone() } else { equal(&sides[..=at]) };
        Some(Rounded::To(value, rounded))
    }

    fn collections(&mut self, gold: &Node, answer: &Node) -> Option<Why> {
        match (Collection::of(gold), Collection::of(answer)) {
            (Collection::Free(gold), Collection::Free(answer)) => {
                self.any_order(&gold, &answer).then_some("same items")
            }
            (Collection::Tuple(left, gold), Collection::Tuple(right, answer)) => {
                // From three items on, brackets cannot mean an interval's ends.
                let brackets = left == right || gold.len() > 2;
                (brackets && self.in_order(gold, answer)).then_some("same tuple")
            }
            (Collection::Tuple(brackets, tuple), Collection::Free(_)) => {
                let Node::List(items) = answer else { return None };
                let plain = brackets == ('(', ')') || tuple.len() > 2;
                (plain && self.in_order(tuple, items)).then_some("same tuple")
            }
            (Collection::Free(_), Collection::Tuple(brackets, tuple)) => {
                let Node::List(items) = gold else { return None };
                let plain = brackets == ('(', ')') || tuple.len() > 2;
                (plain && self.in_order(items, tuple)).then_some("same tuple")
            }
            (Collection::Free(items), Collection::One) if items.len() == 1 => self.same(&items[0], answer),
            (Collection::One, Collection::Free(items)) if items.len() == 1 => self.same(gold, &items[0]),
            (Collection::One, Collection::One) => self.values(gold, answer),
            _ => None,
        }
    }

    fn in_order(&mut self, gold: &[Node], answer: &[Node]) -> bool {
        gold.len() == answer.len() && gold.iter().zip(answer).all(|(gold, answer)| self.same(gold, answer).is_some())
    }

    fn any_order(&mut self, gold: &[Node], answer: &[Node]) -> bool {
        if gold.len() != answer.len() || gold.len() > MOST_ITEMS {
            return false;
        }
        let mut left: Vec<&Node> = answer.iter().collect();
        gold.iter().all(|wanted| {
            let found = left.iter().position(|item| self.same(wanted, item).is_some());
            found.map(|at| left.swap_remove(at)).is_some()
        })
    }

    fn matrices(&mut self, gold: &[Vec<Node>], answer: &[Vec<Node>]) -> Option<Why> {
        let same =
            gold.len() == answer.len() && gold.iter().zip(answer).all(|(gold, answer)| self.in_order(gold, answer));
        same.then_some("same matrix")
    }

    /// Ratios are the same if their parts are in proportion, and nothing stands for nothing.
    fn ratios(&mut self, gold: &[Node], answer: &[Node]) -> Option<Why> {
        if gold.len() != answer.len() {
            return None;
        }
        let zero = Node::integer(0);
        let mut nothing =
            |parts: &[Node]| parts.iter().map(|part| self.numbers(part, &zero).is_some()).collect::<Vec<_>>();
        let (left, right) = (nothing(gold), nothing(answer));
        if left.iter().filter(|nothing| !**nothing).count() < 2 {
            return self.in_order(gold, answer).then_some("same ratio");
        }
        let pivot = left.iter().position(|nothing| !nothing)?;
        let proportional = left == right
            && gold.iter().zip(answer).all(|(g, a)| {
                let left = Node::Product(vec![g.clone(), answer[pivot].clone()]);
                let right = Node::Product(vec![a.clone(), gold[pivot].clone()]);
                self.numbers(&left, &right).is_some()
            });
        proportional.then_some("same ratio")
    }

    fn relations(&mut self, left: &[Node], signs: &[Sign], right: &[Node], others: &[Sign]) -> Option<Why> {
        let equal = |signs: &[Sign]| signs.iter().all(|sign| *sign == Sign::Equal);
        if equal(signs) && equal(others) {
            if let [.., gold] = left
                && let [.., answer] = right
                && left[0] == right[0]
                && is_name(&left[0])
            {
                return self.same(gold, answer);
            }
            if let ([a, b], [c, d]) = (left, right) {
                return self.equations((a, b), (c, d));
            }
        }
        if signs == [Sign::In] && others == [Sign::In] && left[0] == right[0] {
            return self.same(&left[1], &right[1]);
        }
        if let (Some(gold), Some(answer)) = (sets::solutions(left, signs), sets::solutions(right, others)) {
            return (gold.variable == answer.variable).then(|| self.same(&gold.set, &answer.set)).flatten();
        }
        self.chains(left, signs, right, others)
    }

    /// Chains of comparisons, read in either direction.
    fn chains(&mut self, left: &[Node], signs: &[Sign], right: &[Node], others: &[Sign]) -> Option<Why> {
        if signs == others && self.in_order(left, right) {
            return Some("same relation");
        }
        let flipped: Option<Vec<_>> = others.iter().rev().map(|sign| sign.flipped()).collect();
        let reversed: Vec<_> = right.iter().rev().cloned().collect();
        (flipped.as_deref() == Some(signs) && self.in_order(left, &reversed)).then_some("same relation")
    }

    /// Equations are the same if one is a multiple of the other.
    fn equations(&mut self, gold: (&Node, &Node), answer: (&Node, &Node)) -> Option<Why> {
        let directly =
            |this: &mut Self, (a, b): (&Node, &Node)| this.same(gold.0, a).is_some() && this.same(gold.1, b).is_some();
        if directly(self, answer) || directly(self, (answer.1, answer.0)) {
            return Some("same sides");
        }
        let difference = |(left, right): (&Node, &Node)| Node::Sum(vec![left.clone(), right.clone().negated()]);
        let gold = exact(&difference(gold), &mut self.budget).ok()?;
        let answer = exact(&difference(answer), &mut self.budget).ok()?;
        proportional(&gold.value, &answer.value, &mut self.budget).ok()?.then_some("multiple of the equation")
    }

    /// `x = 5` and `5`, `x \in S` and `S`, `x > 2` and `(2, \infty)`.
    fn relation_and_value(
        &mut self,
        sides: &[Node],
        signs: &[Sign],
        value: &Node,
        relation_is_gold: bool,
    ) -> Option<Why> {
        let solved = solved_value(sides, signs).or_else(|| sets::solutions(sides, signs).map(|found| found.set))?;
        if relation_is_gold { self.same(&solved, value) } else { self.same(value, &solved) }
    }

    /// Two single values with what is written around them.
    fn values(&mut self, gold: &Node, answer: &Node) -> Option<Why> {
        let ((gold, gold_unit), (answer, answer_unit)) = (with_unit(gold), with_unit(answer));
        if let (Some(Unit::Words(gold)), Some(Unit::Words(answer))) = (gold_unit, answer_unit)
            && units::conflict(gold, answer)
        {
            return None;
        }
        if is_words(gold) || is_words(answer) {
            let (gold, answer) = (spelled(gold)?, spelled(answer)?);
            return (gold == answer).then_some("same words");
        }
        let radian = |unit: Option<&Unit>| matches!(unit, Some(Unit::Words(words)) if units::is_radian(words));
        let degrees = |unit: Option<&Unit>| matches!(unit, Some(Unit::Degree));
        let other_unit = (degrees(gold_unit) && radian(answer_unit)) || (radian(gold_unit) && degrees(answer_unit));
        if let Some(why) = self.numbers(gold, answer).filter(|_| !other_unit) {
            return Some(why);
        }
        match (gold_unit, answer_unit) {
            (Some(Unit::Percent), None) => self.numbers(&scaled(gold, percent()), answer),
            (None, Some(Unit::Percent)) => self.numbers(gold, &scaled(answer, percent())),
            (Some(Unit::Degree), None) => self.numbers(&scaled(gold, degree()), answer),
            (None, Some(Unit::Degree)) => self.numbers(gold, &scaled(answer, degree())),
            (Some(Unit::Degree), Some(Unit::Words(words))) if units::is_radian(words) => {
                self.numbers(&scaled(gold, degree()), answer)
            }
            (Some(Unit::Words(words)), Some(Unit::Degree)) if units::is_radian(words) => {
                self.numbers(gold, &scaled(answer, degree()))
            }
            _ => None,
        }
    }

    /// Exactly where that decides, else by evaluation.
    fn numbers(&mut self, gold: &Node, answer: &Node) -> Option<Why> {
        let (gold, answer) = match (without_base(gold), without_base(answer)) {
            // The base left off, as the question states it; the digits must be the same, not the value.
            (Some(digits), None) => (digits, answer.clone()),
            (None, Some(digits)) => (gold.clone(), digits),
            _ => (gold.clone(), answer.clone()),
        };
        match self.exactly(&gold, &answer) {
            Ok(Some(same)) => same.then_some("same exact value"),
            Ok(None) | Err(Refusal::TooLarge) => {
                numeric::same(&gold, &answer, &mut self.digits).unwrap_or(false).then_some("same numeric value")
            }
            Err(Refusal::Undefined | Refusal::NotScalar) => None,
        }
    }

    fn exactly(&mut self, gold: &Node, answer: &Node) -> Result<Option<bool>, Refusal> {
        let gold = exact(gold, &mut self.budget)?;
        let answer = exact(answer, &mut self.budget)?;
        if gold.value.same(&answer.value, &mut self.budget)? {
            return Ok(Some(true));
        }
        Ok((gold.conclusive && answer.conclusive).then_some(false))
    }
}

/// What stands before and behind `\approx`.
enum Rounded {
    /// The value of `2\sqrt3 \approx 3.46`, and what it is rounded to.
    To(Node, Node),
    /// The one is not the other rounded, or is no value.
    Off,
}

/// The rational number that a tree is, without its unit and without the name before `=`; of what is rounded, what it is
/// rounded to.
pub fn rational(node: &Node) -> Option<BigRational> {
    match Comparison::new().approximated(node) {
        Some(Rounded::To(_, rounded)) => return rational(&rounded),
        Some(Rounded::Off) => return None,
        None => {}
    }
    match node {
        Node::Relation(sides, signs) => rational(&solved_value(sides, signs)?),
        other => exact(with_unit(other).0, &mut Budget::new()).ok()?.value.as_constant(),
    }
}

/// An answer as the items that it holds.
enum Collection<'a> {
    /// A list or set, whose order does not matter.
    Free(Vec<Node>),
    /// A tuple or interval, with its brackets.
    Tuple((char, char), &'a [Node]),
    /// A single value.
    One,
}

impl<'a> Collection<'a> {
    fn of(node: &'a Node) -> Self {
        match node {
            Node::Fence { open: '{', items, .. } | Node::List(items) => {
                Self::Free(items.iter().flat_map(Node::sign_variants).collect())
            }
            Node::Fence { open, close, items } => Self::Tuple((*open, *close), items),
            single => {
                let variants = single.sign_variants();
                if variants.len() == 1 { Self::One } else { Self::Free(variants) }
            }
        }
    }
}

/// Whether a side of an equation only names the value on the other: a variable, `f(x)`, words, a length `AB`.
fn is_name(node: &Node) -> bool {
    match node {
        Node::Symbol(_) | Node::Text(_) => true,
        Node::Constant(constant) => matches!(constant, Constant::E | Constant::I),
        Node::Call(Function::Letter(_), _) => true,
        // A length, an angle's sine.
        Node::Call(Function::Abs, inner) => {
            inner.iter().all(|inner| is_name(inner) || matches!(inner, Node::Fence { .. }))
        }
        Node::Call(Function::Named(name), inner) => ANGLES.contains(name) && inner.iter().all(is_name),
        bound if begins_with_binder(bound) => true,
        Node::Product(factors) => {
            is_derivative(factors) || factors.iter().all(|factor| is_part_of_name(factor, factors))
        }
        _ => false,
    }
}

/// `\lim_{x \to 0} \frac{\sin x}{x}`, `\sum_{k=1}^{10} k`: variables in it are bound, so that it is one value.
fn begins_with_binder(node: &Node) -> bool {
    match node {
        Node::Symbol(name) => {
            let command = name.strip_prefix('\\').map(|name| name.split('_').next().unwrap_or(name));
            command.is_some_and(|command| BINDERS.contains(&command))
        }
        Node::Power(base, _) => begins_with_binder(base),
        Node::Product(parts) | Node::Sum(parts) => parts.first().is_some_and(begins_with_binder),
        _ => false,
    }
}

/// Functions of angles: "the sine of A is" names a value as "the angle A is" does.
const ANGLES: &[&str] = &["sin", "cos", "tan", "cot", "sec", "csc"];

/// `AB`, `\angle ABC`, `m\angle A`, `[ABC]`.
fn is_part_of_name(factor: &Node, name: &[Node]) -> bool {
    let of_angle = || name.iter().any(|part| matches!(part, Node::Symbol(name) if name == "\\angle"));
    match factor {
        Node::Symbol(name) if name == "m" => of_angle(),
        Node::Symbol(name) => {
            name.starts_with(|c: char| c.is_ascii_uppercase() || c == '\\') || name.starts_with("mathbb")
        }
        Node::Product(factors) => factors.iter().all(|factor| is_part_of_name(factor, name)),
        Node::Text(_) => true,
        _ => false,
    }
}

/// `\frac{dy}{dx}`.
fn is_derivative(factors: &[Node]) -> bool {
    let differential = |node: &Node| match node {
        Node::Product(parts) => parts.len() == 2 && parts[0] == Node::Symbol("d".to_owned()),
        other => *other == Node::Symbol("d".to_owned()),
    };
    match factors {
        [above, Node::Power(below, exponent)] => {
            differential(above) && differential(below) && **exponent == Node::integer(-1)
        }
        _ => false,
    }
}

/// What a relation says that its name is: the last side of `x = 10/2 = 5`, the set of `x \in S`, or the end of a
/// calculation without any variable.
fn solved_value(sides: &[Node], signs: &[Sign]) -> Option<Node> {
    let (first, last) = (sides.first()?, sides.last()?);
    let named = is_name(first);
    if signs == [Sign::In] {
        return named.then(|| last.clone());
    }
    if signs.iter().any(|sign| *sign != Sign::Equal) {
        return None;
    }
    let is_variable =
        |part: &Node| matches!(part, Node::Symbol(_) | Node::Text(_) | Node::Call(Function::Letter(_), _));
    let has_variable = |node: &Node| node.any(&is_variable);
    if named || !sides.iter().any(has_variable) {
        Some(last.clone())
    } else if is_name(last) && sides.len() == 2 {
        Some(first.clone())
    } else {
        None
    }
}

fn as_vector(rows: &[Vec<Node>]) -> Option<Vec<Node>> {
    match rows {
        [row] => Some(row.clone()),
        rows if rows.iter().all(|row| row.len() == 1) => Some(rows.iter().flatten().cloned().collect()),
        _ => None,
    }
}

fn with_unit(node: &Node) -> (&Node, Option<&Unit>) {
    match node {
        Node::Quantity(value, unit) => (value, Some(unit)),
        other => (other, None),
    }
}

fn percent() -> Node {
    Node::Number(BigRational::new(1.into(), 100.into()))
}

fn degree() -> Node {
    Node::Product(vec![Node::Constant(Constant::Pi), Node::Number(BigRational::new(1.into(), 180.into()))])
}

fn scaled(node: &Node, factor: Node) -> Node {
    Node::Product(vec![node.clone(), factor])
}

/// The digits of a numeral with a base as if it had none, with its sign.
fn without_base(node: &Node) -> Option<Node> {
    match node {
        Node::Based { digits, .. } => decimal(digits).map(Node::Number),
        Node::Product(factors) => match factors.as_slice() {
            [minus, based] if *minus == Node::integer(-1) => Some(without_base(based)?.negated()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the numerators are multiples of each other by a number other than zero.
fn proportional(gold: &Quotient, answer: &Quotient, budget: &mut Budget) -> Result<bool, Refusal> {
    let (gold, answer) = (&gold.numerator, &answer.numerator);
    let (Some((left, a)), Some((right, b))) = (gold.leading(), answer.leading()) else {
        return Ok(gold.is_zero() && answer.is_zero());
    };
    debug_assert!(!a.is_zero() && !b.is_zero());
    if left != right {
        return Ok(false);
    }
    Ok(gold.scale(&(BigRational::one() / a), budget)? == answer.scale(&(BigRational::one() / b), budget)?)
}
