//! The last resort: both expressions evaluated at a few points in double precision, with a bound on what rounding did.

use std::collections::BTreeSet;
use std::f64::consts::{E, LN_10, PI};

use num_complex::Complex64;
use num_traits::{Signed, ToPrimitive, Zero};

use super::node::{Constant, Function, Node, Unit};

/// Points tried; variables take both signs in them, so that `|x|` and `x` are told apart.
const POINTS: usize = 6;
/// What one operation may lose of a value: a few roundings of a double.
const LOSS: f64 = 1e-15;
/// How many times the bound on their errors equal values may lie apart: bounds are first order.
const SLACK: f64 = 64.0;

/// Whether both have the same value wherever both have one; none where that is at fewer than two of the points.
///
/// Values are held against the errors of their own evaluation, not against one: what is small is not zero for that.
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
        if (a.value - b.value).norm() > SLACK * (a.error + b.error) {
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

/// A value, and how far it may be from the true one.
#[derive(Debug, Clone, Copy)]
struct Approximate {
    value: Complex64,
    error: f64,
}

impl Approximate {
    /// A value that is exact but for its own rounding, with an error that came from elsewhere.
    fn new(value: Complex64, error: f64) -> Self {
        Self { value, error: error + value.norm() * LOSS }
    }

    fn real(value: f64) -> Self {
        Self::new(Complex64::new(value, 0.0), 0.0)
    }

    fn plus(self, other: Self) -> Self {
        Self::new(self.value + other.value, self.error + other.error)
    }

    /// The product; none where it is too small for a double, whose zero would be equal to any other.
    fn times(self, other: Self) -> Option<Self> {
        let value = self.value * other.value;
        let vanished = tiny(value) && !(self.value.is_zero() || other.value.is_zero());
        let error = self.value.norm() * other.error + other.value.norm() * self.error + self.error * other.error;
        (!vanished).then(|| Self::new(value, error))
    }

    fn inverse(self) -> Option<Self> {
        let value = self.value.inv();
        (!tiny(value)).then(|| Self::new(value, self.error * value.norm_sqr()))
    }

    /// A function of it: the error is how far the function moves over that of the argument.
    fn map(self, function: impl Fn(Complex64) -> Complex64) -> Self {
        let value = function(self.value);
        let step = Complex64::new(self.error, 0.0);
        let moved = [function(self.value + step), function(self.value - step)].map(|other| (other - value).norm());
        let error = moved.into_iter().filter(|moved| moved.is_finite()).fold(0.0, f64::max);
        Self::new(value, error)
    }

    fn finite(self) -> Option<Self> {
        (self.value.is_finite() && self.error.is_finite()).then_some(self)
    }
}

/// Whether a value is below what a double holds in full.
fn tiny(value: Complex64) -> bool {
    value.norm() < f64::MIN_POSITIVE
}

fn evaluate(node: &Node, value_of: &Values<'_>) -> Option<Approximate> {
    let real = Approximate::real;
    let value = match node {
        Node::Number(value) => {
            let double = value.to_f64()?;
            if double.abs() < f64::MIN_POSITIVE && !value.is_zero() {
                return None;
            }
            real(double)
        }
        Node::Symbol(name) => real(value_of(name)?),
        Node::Constant(Constant::Pi) => real(PI),
        Node::Constant(Constant::E) => real(E),
        Node::Constant(Constant::I) => Approximate::new(Complex64::i(), 0.0),
        Node::Quantity(value, _) => evaluate(value, value_of)?,
        Node::Sum(terms) => {
            let zero = Approximate { value: Complex64::zero(), error: 0.0 };
            terms.iter().try_fold(zero, |sum, term| Some(sum.plus(evaluate(term, value_of)?)))?
        }
        Node::Product(factors) => {
            factors.iter().try_fold(real(1.0), |product, factor| product.times(evaluate(factor, value_of)?))?
        }
        Node::Ratio(parts) if parts.len() == 2 => {
            evaluate(&parts[0], value_of)?.times(evaluate(&parts[1], value_of)?.inverse()?)?
        }
        Node::Power(base, exponent) => power(base, exponent, value_of)?,
        Node::Call(function, arguments) => call(function, arguments, value_of)?,
        _ => return None,
    };
    value.finite()
}

fn power(base: &Node, exponent: &Node, value_of: &Values<'_>) -> Option<Approximate> {
    let base = evaluate(base, value_of)?;
    let power = evaluate(exponent, value_of)?;
    let result = if power.value.im == 0.0 && power.value.re.fract() == 0.0 && power.value.re.abs() <= 1e6 {
        let whole = power.value.re as i32;
        let value = base.value.powi(whole);
        // Each multiplication loses its part.
        let lost = power.value.norm() * (base.error + base.value.norm() * LOSS) * value.norm();
        Approximate::new(value, if base.value.is_zero() { base.error } else { lost / base.value.norm() })
    } else if base.value.is_zero() {
        base
    } else {
        let raised = |power: Complex64| base.map(|base| raised(base, power));
        let over_power = power.map(|power| raised(power).value);
        let over_base = raised(power.value);
        Approximate { value: over_base.value, error: over_base.error + over_power.error }
    };
    (!tiny(result.value) || base.value.is_zero()).then_some(result)
}

fn raised(base: Complex64, power: Complex64) -> Complex64 {
    // The odd root of a negative number is the real one, as everywhere in school.
    let odd_root = power.im == 0.0 && ((1.0 / power.re) % 2.0).abs() == 1.0;
    if odd_root && base.im == 0.0 && base.re < 0.0 {
        return Complex64::new(-(-base.re).powf(power.re), 0.0);
    }
    if base.is_zero() { base } else { base.powc(power) }
}

fn call(function: &Function, arguments: &[Node], value_of: &Values<'_>) -> Option<Approximate> {
    let first = arguments.first()?;
    let x = evaluate(first, value_of)?;
    let degrees = first.any(&|node| matches!(node, Node::Quantity(_, Unit::Degree)));
    let angle = if degrees { x.times(Approximate::real(PI / 180.0))? } else { x };
    let value = match function {
        Function::Named(name) => match *name {
            "sin" => angle.map(Complex64::sin),
            "cos" => angle.map(Complex64::cos),
            "tan" => angle.map(Complex64::tan),
            "cot" => angle.map(|angle| angle.tan().inv()),
            "sec" => angle.map(|angle| angle.cos().inv()),
            "csc" => angle.map(|angle| angle.sin().inv()),
            "arcsin" => x.map(Complex64::asin),
            "arccos" => x.map(Complex64::acos),
            "arctan" => x.map(Complex64::atan),
            "sinh" => x.map(Complex64::sinh),
            "cosh" => x.map(Complex64::cosh),
            "tanh" => x.map(Complex64::tanh),
            "ln" => x.map(Complex64::ln),
            // Without a base it is the common logarithm of school.
            "log" => x.map(|x| x.ln() / LN_10),
            "exp" => x.map(Complex64::exp),
            "floor" => stepped(x, f64::floor)?,
            "ceil" => stepped(x, f64::ceil)?,
            _ => return None,
        },
        Function::LogBase => {
            evaluate(arguments.get(1)?, value_of)?.map(Complex64::ln).times(x.map(Complex64::ln).inverse()?)?
        }
        Function::Abs => x.map(|x| Complex64::new(x.norm(), 0.0)),
        Function::Factorial => Approximate::real(factorial(first)?),
        Function::Binomial | Function::Letter(_) => return None,
    };
    let vanished = tiny(value.value) && matches!(function, Function::Named("exp" | "sin" | "tan" | "sinh" | "tanh"));
    (!vanished || x.value.is_zero()).then_some(value)
}

/// A function with steps at the whole numbers: what lies on one up to its error is that number.
fn stepped(x: Approximate, step: impl Fn(f64) -> f64) -> Option<Approximate> {
    if x.value.im != 0.0 {
        return None;
    }
    let nearest = x.value.re.round();
    let whole = (x.value.re - nearest).abs() <= SLACK * x.error;
    Some(Approximate::real(if whole { nearest } else { step(x.value.re) }))
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
