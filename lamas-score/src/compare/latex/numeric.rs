//! The last resort: both expressions evaluated at a few points, with as many digits as it takes to tell them apart.

use std::collections::BTreeSet;

use num_rational::BigRational;

use super::complex::{Arithmetic, Complex};
use super::exact::exact;
use super::node::{Constant, Function, Node, Unit};
use super::poly::{Budget, Refusal};

/// Points tried; variables take both signs in them, so that `|x|` and `x` are told apart.
const POINTS: usize = 6;
/// The binary digits of a first look, which says how far from one values are on the way.
const LOOK: u64 = 128;

/// Whether both have the same value wherever both have one; none where that is at fewer than two of the points, or where it
/// would take more digits than there is budget for.
///
/// No number of digits proves that two values are the same. But values that are not differ early: by about as many digits as
/// the numbers have that they are made of and on the way to them, which a first look tells. Values that agree to several times
/// that, and to [`LOOK`] digits more, are the same.
pub fn same(one: &Node, other: &Node, budget: &mut Budget) -> Option<bool> {
    let mut names = BTreeSet::new();
    collect_names(one, &mut names);
    collect_names(other, &mut names);
    let names: Vec<_> = names.into_iter().collect();
    let (points, needed) = if names.is_empty() { (1, 1) } else { (POINTS, 2) };
    let mut compared = 0;
    for point in 0..points {
        let value_of = |name: &str| {
            let index = names.iter().position(|known| known == name)?;
            Some(sample(point, index))
        };
        match agree(one, other, &value_of, budget) {
            Ok(true) => compared += 1,
            Ok(false) => return Some(false),
            Err(_) => {}
        }
    }
    (compared >= needed).then_some(true)
}

fn agree(one: &Node, other: &Node, value_of: &Values<'_>, budget: &mut Budget) -> Result<bool, Refusal> {
    let mut look = Evaluation { arithmetic: Arithmetic::new(LOOK, budget), value_of };
    look.value(one)?;
    look.value(other)?;
    let scale = look.arithmetic.scale();
    let (agreement, digits) = needed(scale);
    let mut evaluation = Evaluation { arithmetic: Arithmetic::new(digits, budget), value_of };
    let (one, other) = (evaluation.value(one)?, evaluation.value(other)?);
    Ok(evaluation.arithmetic.subtract(&one, &other)?.is_below(-(agreement as i64)))
}

/// The value of an expression without variables to as many digits as a first look takes; none where it is not real.
pub fn real_value(node: &Node, budget: &mut Budget) -> Option<BigRational> {
    let mut look = Evaluation { arithmetic: Arithmetic::new(LOOK, budget), value_of: &|_| None };
    look.value(node).ok()?.as_rational()
}

/// To how many binary digits values must agree that are the same, and with how many they are evaluated for that, where the
/// farthest from one is this many powers of two away.
///
/// What differs in the third power of something small is told apart, and in the sixth of what is not very small. Half of the
/// digits may be lost in a root of what should be nothing, and some by every step on the way.
fn needed(scale: u64) -> (u64, u64) {
    const SIXTH_POWERS: u64 = 100;
    let agreement = LOOK + 3 * scale + 3 * scale.min(SIXTH_POWERS);
    (agreement, 2 * agreement + 4 * scale + 64)
}

/// Where a variable stands at a point: fixed numbers without relation to each other. At the first two points all are
/// positive, so that roots and logarithms have values there.
fn sample(point: usize, variable: usize) -> f64 {
    // Multiples of the golden ratio spread evenly over [0, 1).
    let spread = ((1 + point * 17 + variable * 5) as f64 * 0.618_033_988_749_894_9).fract();
    let magnitude = 0.35 + 2.4 * spread;
    if point >= 2 && (point + variable).is_multiple_of(2) { -magnitude } else { magnitude }
}

fn collect_names(node: &Node, names: &mut BTreeSet<String>) {
    if let Node::Symbol(name) = node {
        names.insert(name.clone());
    }
    for child in node.children() {
        collect_names(child, names);
    }
}

type Values<'a> = dyn Fn(&str) -> Option<f64> + 'a;

/// The value of a tree at a point, with a number of digits.
struct Evaluation<'a, 'b> {
    arithmetic: Arithmetic<'a>,
    value_of: &'b Values<'b>,
}

type Value = Result<Complex, Refusal>;

impl<'a> Evaluation<'a, '_> {
    fn value(&mut self, node: &Node) -> Value {
        match node {
            Node::Number(value) => self.arithmetic.rational(value),
            Node::Symbol(name) => {
                let value = (self.value_of)(name).ok_or(Refusal::NotScalar)?;
                self.arithmetic.double(value)
            }
            Node::Constant(Constant::Pi) => self.arithmetic.pi(),
            Node::Constant(Constant::E) => {
                let one = self.arithmetic.integer(1)?;
                self.arithmetic.exp(&one)
            }
            Node::Constant(Constant::I) => self.arithmetic.i(),
            Node::Quantity(value, _) => self.value(value),
            Node::Sum(terms) => self.fold(terms, 0, Arithmetic::add),
            Node::Product(factors) => self.fold(factors, 1, Arithmetic::multiply),
            Node::Ratio(parts) if parts.len() == 2 => {
                let (first, second) = (self.value(&parts[0])?, self.value(&parts[1])?);
                self.arithmetic.divide(&first, &second)
            }
            Node::Power(base, exponent) => self.power(base, exponent),
            Node::Call(function, arguments) => self.call(function, arguments),
            _ => Err(Refusal::NotScalar),
        }
    }

    fn fold(
        &mut self,
        nodes: &[Node],
        start: i64,
        operation: fn(&mut Arithmetic<'a>, &Complex, &Complex) -> Value,
    ) -> Value {
        let mut total = self.arithmetic.integer(start)?;
        for node in nodes {
            let next = self.value(node)?;
            total = operation(&mut self.arithmetic, &total, &next)?;
        }
        Ok(total)
    }

    fn power(&mut self, base: &Node, exponent: &Node) -> Value {
        let base = self.value(base)?;
        let power = self.value(exponent)?;
        let rational = self.rational(exponent);
        self.arithmetic.power(&base, &power, rational.as_ref())
    }

    fn rational(&mut self, node: &Node) -> Option<BigRational> {
        exact(node, self.arithmetic.budget()).ok()?.value.as_constant()
    }

    fn call(&mut self, function: &Function, arguments: &[Node]) -> Value {
        let first = arguments.first().ok_or(Refusal::NotScalar)?;
        match function {
            Function::Named(name) => {
                let x = self.value(first)?;
                self.named(name, &x, first.any(&|node| matches!(node, Node::Quantity(_, Unit::Degree))))
            }
            Function::LogBase => {
                let base = self.value(first)?;
                let x = self.value(arguments.get(1).ok_or(Refusal::NotScalar)?)?;
                let (base, x) = (self.arithmetic.ln(&base)?, self.arithmetic.ln(&x)?);
                self.arithmetic.divide(&x, &base)
            }
            Function::Abs => {
                let x = self.value(first)?;
                self.arithmetic.absolute(&x)
            }
            Function::Factorial => self.arithmetic.factorial(first.as_index().ok_or(Refusal::NotScalar)?),
            Function::Binomial | Function::Letter(_) => Err(Refusal::NotScalar),
        }
    }

    fn named(&mut self, name: &str, x: &Complex, degrees: bool) -> Value {
        let arithmetic = &mut self.arithmetic;
        match name {
            "sin" | "cos" | "tan" | "cot" | "sec" | "csc" => {
                let angle = if degrees { in_radians(arithmetic, x)? } else { x.clone() };
                let (sin, cos) = arithmetic.sin_cos(&angle)?;
                match name {
                    "sin" => Ok(sin),
                    "cos" => Ok(cos),
                    "tan" => arithmetic.divide(&sin, &cos),
                    "cot" => arithmetic.divide(&cos, &sin),
                    "sec" => arithmetic.invert(&cos),
                    _ => arithmetic.invert(&sin),
                }
            }
            "sinh" => Ok(arithmetic.sinh_cosh(x)?.0),
            "cosh" => Ok(arithmetic.sinh_cosh(x)?.1),
            "tanh" => {
                let (sinh, cosh) = arithmetic.sinh_cosh(x)?;
                arithmetic.divide(&sinh, &cosh)
            }
            "arcsin" => arithmetic.arcsin(x),
            "arccos" => arithmetic.arccos(x),
            "arctan" => arithmetic.arctan(x),
            "ln" => arithmetic.ln(x),
            // Without a base it is the common logarithm of school.
            "log" => {
                let ten = arithmetic.integer(10)?;
                let (ten, x) = (arithmetic.ln(&ten)?, arithmetic.ln(x)?);
                arithmetic.divide(&x, &ten)
            }
            "exp" => arithmetic.exp(x),
            "floor" => arithmetic.floor(x),
            "ceil" => arithmetic.ceil(x),
            _ => Err(Refusal::NotScalar),
        }
    }
}

fn in_radians(arithmetic: &mut Arithmetic<'_>, degrees: &Complex) -> Value {
    let (pi, half_turn) = (arithmetic.pi()?, arithmetic.integer(180)?);
    let turned = arithmetic.multiply(degrees, &pi)?;
    arithmetic.divide(&turned, &half_turn)
}

#[cfg(test)]
mod tests {
    use super::super::lexer::Letter;
    use super::super::parser::parse;
    use super::super::poly::Budget;
    use super::same;

    fn equal(one: &str, other: &str) -> Option<bool> {
        let tree = |text| parse(text, Letter::Exponent).expect("maths");
        same(&tree(one), &tree(other), &mut Budget::of_digits())
    }

    #[test]
    fn identities_hold_on_every_branch() {
        for (one, other) in [
            (r"\sin(x+y)", r"\sin x\cos y + \cos x\sin y"),
            (r"\sin(1+2i)", r"\sin 1\cosh 2 + i\cos 1\sinh 2"),
            (r"\cos(1+2i)", r"\cos 1\cosh 2 - i\sin 1\sinh 2"),
            (r"\tan x", r"\frac{1}{\cot x}"),
            (r"\sec x \csc x", r"\frac{1}{\sin x\cos x}"),
            (r"\sinh(2x)", r"2\sinh x\cosh x"),
            (r"\tanh x", r"\frac{e^{2x}-1}{e^{2x}+1}"),
            (r"\arcsin\frac12", r"\frac{\pi}{6}"),
            (r"\arcsin(-1)", r"-\frac{\pi}{2}"),
            (r"\sin(\arcsin 2)", "2"),
            (r"\cos(\arccos 3)", "3"),
            (r"\arccos(-1)", r"\pi"),
            (r"\arctan 1", r"\frac{\pi}{4}"),
            (r"\tan(\arctan(2i))", "2i"),
            (r"\arctan\frac12 + \arctan\frac13", r"\frac{\pi}{4}"),
            (r"\ln(-1)", r"i\pi"),
            (r"e^{i\pi}", "-1"),
            (r"e^{i\pi/3}", r"\frac{1+i\sqrt3}{2}"),
            (r"i^i", r"e^{-\pi/2}"),
            (r"\sqrt{3+4i}", "2+i"),
            (r"\sqrt[3]{-8-0\pi}", "-2"),
            (r"(-8)^{2/3}", "4"),
            (r"|3+4i|", "5"),
            (r"|x|^2", "x^2"),
            (r"\log 1000", "3"),
            (r"\log_2 10", r"\frac{1}{\log 2}"),
            (r"\lfloor \pi \rfloor + \lceil -\pi \rceil", "0"),
            (r"\lfloor \sqrt{3+2\sqrt2} - \sqrt2 \rfloor", "1"),
            (r"\sin 60^\circ", r"\frac{\sqrt3}{2}"),
            (r"\exp(\ln x)", "x"),
            (r"\sqrt[3]{2+\sqrt5} + \sqrt[3]{2-\sqrt5}", "1"),
        ] {
            assert_eq!(equal(one, other), Some(true), "{one} is {other}");
        }
    }

    #[test]
    fn near_misses_are_told_apart() {
        for (one, other) in [
            (r"e^{\pi\sqrt{163}}", "262537412640768744"),
            (r"\sin x", "x"),
            (r"\sqrt{x^2}", "x"),
            (r"\ln(x^2)", r"2\ln x"),
            (r"\sin(10^{-30}) - 10^{-30}", "0"),
            (r"\sin(\tan(10^{-15})) - \tan(\sin(10^{-15}))", "0"),
            (r"\lfloor 1 - 10^{-60} + 0\pi \rfloor", "1"),
            (r"\tanh 300", "1"),
        ] {
            assert_eq!(equal(one, other), Some(false), "{one} is not {other}");
        }
    }

    #[test]
    fn what_is_undefined_or_out_of_reach_is_no_verdict() {
        for text in [r"\tan\frac{\pi}{2}", r"\ln 0", r"e^{e^{10}}", r"e^{e^{e^{10}}}", r"0^{-\pi}", r"\sin(10^{2000})"]
        {
            assert_eq!(equal(text, "1"), None, "{text}");
        }
    }
}
