//! The last resort: both expressions evaluated at a few points in double precision.

use std::collections::BTreeSet;
use std::f64::consts::{E, PI};

use num_complex::Complex64;
use num_traits::{Signed, ToPrimitive, Zero};

use super::node::{Constant, Function, Node, Unit};

/// Points tried; variables take both signs in them, so that `|x|` and `x` are told apart.
const POINTS: usize = 6;
/// The largest relative difference of equal values: a million roundings of a double.
const RELATIVE: f64 = 1e-10;
/// The largest absolute difference of equal values, for those that cancel to zero.
const ABSOLUTE: f64 = 1e-13;

/// Whether both have the same value wherever both have one; none where that is at fewer than two of the points.
pub fn same(one: &Node, other: &Node) -> Option<bool> {
    let mut names = BTreeSet::new();
    collect_names(one, &mut names);
    collect_names(other, &mut names);
    let names: Vec<_> = names.into_iter().collect();
    let needed = if names.is_empty() { 1 } else { 2 };
    let mut compared = 0;
    for point in 0..POINTS {
        let value_of = |name: &str| {
            let index = names.iter().position(|known| known == name)?;
            Some(sample(point, index))
        };
        let (Some(a), Some(b)) = (evaluate(one, &value_of), evaluate(other, &value_of)) else { continue };
        if (a - b).norm() > RELATIVE * a.norm().max(b.norm()) + ABSOLUTE {
            return Some(false);
        }
        compared += 1;
    }
    (compared >= needed).then_some(true)
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

fn evaluate(node: &Node, value_of: &Values<'_>) -> Option<Complex64> {
    let real = |value: f64| Complex64::new(value, 0.0);
    let value = match node {
        Node::Number(value) => real(value.to_f64()?),
        Node::Symbol(name) => real(value_of(name)?),
        Node::Constant(Constant::Pi) => real(PI),
        Node::Constant(Constant::E) => real(E),
        Node::Constant(Constant::I) => Complex64::i(),
        Node::Quantity(value, _) => evaluate(value, value_of)?,
        Node::Sum(terms) => terms.iter().try_fold(real(0.0), |sum, term| Some(sum + evaluate(term, value_of)?))?,
        Node::Product(factors) => {
            factors.iter().try_fold(real(1.0), |product, factor| Some(product * evaluate(factor, value_of)?))?
        }
        Node::Ratio(parts) if parts.len() == 2 => evaluate(&parts[0], value_of)? / evaluate(&parts[1], value_of)?,
        Node::Power(base, exponent) => power(base, exponent, value_of)?,
        Node::Call(function, arguments) => call(function, arguments, value_of)?,
        _ => return None,
    };
    value.is_finite().then_some(value)
}

fn power(base: &Node, exponent: &Node, value_of: &Values<'_>) -> Option<Complex64> {
    let base = evaluate(base, value_of)?;
    let power = evaluate(exponent, value_of)?;
    if power.im == 0.0 && power.re.fract() == 0.0 && power.re.abs() <= 1e6 {
        return Some(base.powi(power.re as i32));
    }
    // The odd root of a negative number is the real one, as everywhere in school.
    let odd_root = power.im == 0.0 && ((1.0 / power.re) % 2.0).abs() == 1.0;
    if odd_root && base.im == 0.0 && base.re < 0.0 {
        return Some(Complex64::new(-(-base.re).powf(power.re), 0.0));
    }
    Some(if base.is_zero() { base } else { base.powc(power) })
}

fn call(function: &Function, arguments: &[Node], value_of: &Values<'_>) -> Option<Complex64> {
    let first = arguments.first()?;
    let x = evaluate(first, value_of)?;
    let angle = if first.any(&|node| matches!(node, Node::Quantity(_, Unit::Degree))) { x * PI / 180.0 } else { x };
    Some(match function {
        Function::Named(name) => match *name {
            "sin" => angle.sin(),
            "cos" => angle.cos(),
            "tan" => angle.tan(),
            "cot" => angle.tan().inv(),
            "sec" => angle.cos().inv(),
            "csc" => angle.sin().inv(),
            "arcsin" => x.asin(),
            "arccos" => x.acos(),
            "arctan" => x.atan(),
            "sinh" => x.sinh(),
            "cosh" => x.cosh(),
            "tanh" => x.tanh(),
            "ln" => x.ln(),
            // Without a base it is the common logarithm of school.
            "log" => x.ln() / std::f64::consts::LN_10,
            "exp" => x.exp(),
            "floor" if x.im == 0.0 => Complex64::new(x.re.floor(), 0.0),
            "ceil" if x.im == 0.0 => Complex64::new(x.re.ceil(), 0.0),
            _ => return None,
        },
        Function::LogBase => evaluate(arguments.get(1)?, value_of)?.ln() / x.ln(),
        Function::Abs => Complex64::new(x.norm(), 0.0),
        Function::Factorial => Complex64::new(factorial(first)?, 0.0),
        Function::Binomial | Function::Letter(_) => return None,
    })
}

fn factorial(node: &Node) -> Option<f64> {
    match node {
        Node::Number(value) if value.is_integer() && !value.is_negative() => {
            let n = value.to_integer().to_u32().filter(|n| *n <= 170)?;
            Some((1..=n).map(f64::from).product())
        }
        _ => None,
    }
}
