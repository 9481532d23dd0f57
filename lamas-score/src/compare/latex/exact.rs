//! From the tree to exact values.

use num_bigint::BigInt;
use num_rational::{BigRational, Ratio};
use num_traits::{One, Signed, Zero};

use super::node::{Constant, Function, Node, Unit};
use super::numeral::decimal;
use super::poly::{Atom, Budget, Exponent, Poly, Quotient, Refusal};

/// The largest argument of a factorial or binomial that is multiplied out.
const LARGEST_FACTORIAL: u32 = 3_000;

/// An expression's exact value.
#[derive(Debug, Clone)]
pub struct Exact {
    /// The value.
    pub value: Quotient,
    /// Whether every part was taken apart, so that different values are different numbers. Otherwise only equality is
    /// certain.
    pub conclusive: bool,
}

/// The exact value of an expression.
///
/// # Errors
/// When it is too large, undefined, or not a single value.
pub fn exact(node: &Node, budget: &mut Budget) -> Result<Exact, Refusal> {
    budget.spend(1)?;
    let constant = |value: BigRational| Exact { value: Poly::constant(value).into(), conclusive: true };
    let atom = |atom: Atom| Exact { value: Poly::atom(atom).into(), conclusive: true };
    match node {
        Node::Number(value) => Ok(constant(value.clone())),
        Node::Symbol(name) => Ok(atom(Atom::Symbol(name.clone()))),
        Node::Constant(Constant::I) => Ok(atom(Atom::I)),
        Node::Constant(other) => Ok(atom(Atom::Constant(format!("{other:?}")))),
        // In base ten digits are what they are anyway.
        Node::Based { digits, base } => Ok(match decimal(digits).filter(|_| base == "10") {
            Some(value) => constant(value),
            None => atom(Atom::Constant(format!("{digits}_{base}"))),
        }),
        Node::Quantity(value, _) => exact(value, budget),
        Node::Sum(terms) => fold(terms, budget, Quotient::add),
        Node::Product(factors) => fold(factors, budget, Quotient::mul),
        Node::Ratio(parts) if parts.len() == 2 => {
            // Nothing to something is no proportion.
            if exact(&parts[0], budget)?.value.numerator.is_zero() {
                return Err(Refusal::Undefined);
            }
            let quotient = Node::Product(vec![parts[0].clone(), parts[1].clone().inverted()]);
            exact(&quotient, budget)
        }
        Node::Power(base, exponent) => power(base, exponent, budget),
        Node::Call(function, arguments) => call(function, arguments, budget),
        _ => Err(Refusal::NotScalar),
    }
}

fn fold(
    nodes: &[Node],
    budget: &mut Budget,
    operation: fn(&Quotient, &Quotient, &mut Budget) -> Result<Quotient, Refusal>,
) -> Result<Exact, Refusal> {
    let (first, rest) = nodes.split_first().ok_or(Refusal::NotScalar)?;
    let mut total = exact(first, budget)?;
    for node in rest {
        let next = exact(node, budget)?;
        total.value = operation(&total.value, &next.value, budget)?;
        total.conclusive &= next.conclusive;
    }
    Ok(total)
}

fn power(base: &Node, exponent: &Node, budget: &mut Budget) -> Result<Exact, Refusal> {
    let base = exact(base, budget)?;
    let exponent = exact(exponent, budget)?;
    if let Some(rational) = exponent.value.as_constant() {
        if rational.is_integer() {
            let whole = i32::try_from(rational.to_integer()).map_err(|_| Refusal::TooLarge)?;
            return Ok(Exact { value: base.value.pow(whole, budget)?, conclusive: base.conclusive });
        }
        if let Some(small) = small_exponent(&rational)
            && let Some(value) = base.value.root(small, budget)?
        {
            return Ok(Exact { value, conclusive: base.conclusive });
        }
    }
    opaque("power", &[base, exponent], budget)
}

fn small_exponent(value: &BigRational) -> Option<Exponent> {
    let numerator = i64::try_from(value.numer()).ok()?;
    let denominator = i64::try_from(value.denom()).ok()?;
    (numerator.abs() <= 1_000 && denominator <= 1_000).then(|| Ratio::new(numerator, denominator))
}

fn call(function: &Function, arguments: &[Node], budget: &mut Budget) -> Result<Exact, Refusal> {
    match (function, arguments) {
        (Function::Factorial, [argument]) => {
            if let Some(n) = argument.as_index() {
                return Ok(integer(falling(n, n, budget)?));
            }
        }
        (Function::Binomial, [n, k]) => {
            if let (Some(n), Some(k)) = (n.as_index(), k.as_index()) {
                let k = if k <= n { k.min(n - k) } else { k };
                let value = falling(n, k, budget)? / falling(k, k, budget)?;
                return Ok(integer(if k <= n { value } else { BigInt::zero() }));
            }
            if let Some(k) = k.as_index().filter(|k| *k <= MOST_STEPS) {
                let n = exact(n, budget)?;
                let mut value = Quotient::from(Poly::constant(BigRational::new(1.into(), falling(k, k, budget)?)));
                for step in 0..k {
                    value = value.mul(&shifted(&n.value, -i64::from(step), budget)?, budget)?;
                }
                return Ok(Exact { value, conclusive: n.conclusive });
            }
        }
        (Function::Abs, [argument]) => {
            if let Some(value) = exact(argument, budget)?.value.as_constant() {
                return Ok(Exact { value: Poly::constant(value.abs()).into(), conclusive: true });
            }
        }
        _ => {}
    }
    let values = arguments.iter().map(|argument| exact(argument, budget)).collect::<Result<Vec<_>, _>>()?;
    if let (Function::Factorial, [argument]) = (function, values.as_slice())
        && let Some(value) = stepped_factorial(argument, budget)?
    {
        return Ok(value);
    }
    // Functions of an angle in degrees are others than those of the bare number.
    let degrees =
        arguments.iter().any(|argument| argument.any(&|node| matches!(node, Node::Quantity(_, Unit::Degree))));
    opaque(&format!("{function:?}{}", if degrees { " of degrees" } else { "" }), &values, budget)
}

/// The most steps by which a factorial or a binomial of a variable is taken apart.
const MOST_STEPS: u32 = 20;

/// `(n + 2)!` as `(n + 2)(n + 1) n!`, and `(n - 1)!` as `n! / n`, so that what steps apart is compared; none of a number, or
/// where there are too many steps.
fn stepped_factorial(argument: &Exact, budget: &mut Budget) -> Result<Option<Exact>, Refusal> {
    let one = BigRational::one();
    let steps = argument.value.numerator.constant_term();
    let Some(steps) = steps.is_integer().then(|| i64::try_from(steps.to_integer()).ok()).flatten() else {
        return Ok(None);
    };
    let plain = argument.value.denominator.as_constant() == Some(one) && argument.value.as_constant().is_none();
    if !plain || steps.unsigned_abs() > u64::from(MOST_STEPS) {
        return Ok(None);
    }
    let rest = shifted(&argument.value, -steps, budget)?;
    let opaque_rest = Exact { value: rest.clone(), conclusive: argument.conclusive };
    let mut value = opaque(&format!("{:?}", Function::Factorial), &[opaque_rest], budget)?;
    for step in steps.min(0) + 1..=steps.max(0) {
        let factor = shifted(&rest, step, budget)?;
        let factor = if steps > 0 { factor } else { factor.pow(-1, budget)? };
        value.value = value.value.mul(&factor, budget)?;
    }
    Ok(Some(value))
}

/// A value and so many more.
fn shifted(value: &Quotient, by: i64, budget: &mut Budget) -> Result<Quotient, Refusal> {
    value.add(&Poly::constant(BigRational::from_integer(by.into())).into(), budget)
}

fn integer(value: BigInt) -> Exact {
    Exact { value: Poly::constant(BigRational::from_integer(value)).into(), conclusive: true }
}

/// `n (n-1) ... (n-k+1)`.
fn falling(n: u32, k: u32, budget: &mut Budget) -> Result<BigInt, Refusal> {
    if n > LARGEST_FACTORIAL || k > LARGEST_FACTORIAL {
        return Err(Refusal::TooLarge);
    }
    let mut product = BigInt::one();
    for factor in (n.saturating_sub(k) + 1)..=n {
        budget.spend(1 + product.bits() / 64)?;
        product *= factor;
    }
    Ok(product)
}

/// An atom that is equal to itself, and of which nothing else is known.
fn opaque(name: &str, arguments: &[Exact], budget: &mut Budget) -> Result<Exact, Refusal> {
    let text = format!("{name}{:?}", arguments.iter().map(|argument| &argument.value).collect::<Vec<_>>());
    budget.spend(text.len() as u64)?;
    Ok(Exact { value: Poly::atom(Atom::Opaque(text)).into(), conclusive: false })
}
