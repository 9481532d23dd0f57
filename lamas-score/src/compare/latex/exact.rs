//! From the tree to exact values.

use num_bigint::BigInt;
use num_rational::{BigRational, Ratio};
use num_traits::{One, Signed, Zero};

use super::node::{Constant, Function, Node, Unit};
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
        Node::Based { digits, base } => Ok(atom(Atom::Constant(format!("{digits}_{base}")))),
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
        }
        (Function::Abs, [argument]) => {
            if let Some(value) = exact(argument, budget)?.value.as_constant() {
                return Ok(Exact { value: Poly::constant(value.abs()).into(), conclusive: true });
            }
        }
        _ => {}
    }
    let values = arguments.iter().map(|argument| exact(argument, budget)).collect::<Result<Vec<_>, _>>()?;
    // Functions of an angle in degrees are others than those of the bare number.
    let degrees =
        arguments.iter().any(|argument| argument.any(&|node| matches!(node, Node::Quantity(_, Unit::Degree))));
    opaque(&format!("{function:?}{}", if degrees { " of degrees" } else { "" }), &values, budget)
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
