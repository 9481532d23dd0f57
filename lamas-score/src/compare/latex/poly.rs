//! Quotients of polynomials with exact coefficients, in which equality is decided, not estimated.
//!
//! Exponents are rational. Roots of numbers are products of prime powers with exponents in [0, 1), which are linearly
//! independent over the rationals (Besicovitch 1940), so two sums of radicals are equal only if they are the same sum.

use std::collections::BTreeMap;

use num_bigint::{BigInt, BigUint};
use num_rational::{BigRational, Ratio};
use num_traits::{CheckedAdd, CheckedMul, One, Signed, Zero};

/// An exponent.
pub type Exponent = Ratio<i64>;

/// The largest exponent, by numerator and denominator.
const LARGEST_EXPONENT: i64 = 1_000_000;
/// The most terms of a polynomial.
const MOST_TERMS: usize = 2_000;

/// What a monomial multiplies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Atom {
    /// A prime, with an exponent in (0, 1); whole powers are part of the coefficient.
    Prime(BigUint),
    /// The imaginary unit, to the first power.
    I,
    /// π, e, ∞, or a numeral in a stated base: equal to itself alone.
    Constant(String),
    /// A variable.
    Symbol(String),
    /// An expression that is not taken apart, by its text.
    Opaque(String),
}

/// Why an expression has no exact value here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It would take more work than the budget allows.
    TooLarge,
    /// It divides by zero.
    Undefined,
    /// It is not a single value.
    NotScalar,
}

/// The work left for one comparison, in products of 64-bit words; what makes "never a hang" a rule.
#[derive(Debug)]
pub struct Budget(u64);

impl Budget {
    /// Enough for every reference answer of the field's datasets a hundred times over; a tenth of a second at most.
    pub fn new() -> Self {
        Self(1_000_000)
    }

    /// The same for evaluation to many digits: tens of thousands of operations to the digits that answers need, and a few to
    /// the most that are tried.
    pub fn of_digits() -> Self {
        Self(40_000_000)
    }

    /// Takes from the budget.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] when nothing is left.
    pub fn spend(&mut self, work: u64) -> Result<(), Refusal> {
        self.0 = self.0.checked_sub(work).ok_or(Refusal::TooLarge)?;
        Ok(())
    }
}

/// The words of both numbers multiplied.
fn work(a: &BigRational, b: &BigRational) -> u64 {
    let words = |value: &BigRational| 1 + (value.numer().bits() + value.denom().bits()) / 64;
    // Reducing the product to lowest terms costs several times its multiplication.
    words(a) * words(b) * 4
}

type Monomial = BTreeMap<Atom, Exponent>;

/// A sum of monomials with non-zero coefficients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poly(BTreeMap<Monomial, BigRational>);

impl Poly {
    /// A number.
    pub fn constant(value: BigRational) -> Self {
        Self::monomial(Monomial::new(), value)
    }

    /// An atom.
    pub fn atom(atom: Atom) -> Self {
        Self::monomial(Monomial::from([(atom, Exponent::one())]), BigRational::one())
    }

    fn monomial(monomial: Monomial, coefficient: BigRational) -> Self {
        let mut terms = BTreeMap::new();
        if !coefficient.is_zero() {
            terms.insert(monomial, coefficient);
        }
        Self(terms)
    }

    /// Whether this is zero.
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The number, if this is one.
    pub fn as_constant(&self) -> Option<BigRational> {
        match self.0.iter().next() {
            None => Some(BigRational::zero()),
            Some((monomial, coefficient)) if self.0.len() == 1 && monomial.is_empty() => Some(coefficient.clone()),
            Some(_) => None,
        }
    }

    /// What is added to everything that has an atom.
    pub fn constant_term(&self) -> BigRational {
        self.0.get(&Monomial::new()).cloned().unwrap_or_else(BigRational::zero)
    }

    /// The monomial and its coefficient, if there is only one.
    pub fn as_monomial(&self) -> Option<(&Monomial, &BigRational)> {
        if self.0.len() == 1 { self.0.iter().next() } else { None }
    }

    /// The coefficient of the greatest monomial.
    pub fn leading(&self) -> Option<(&Monomial, &BigRational)> {
        self.0.iter().next_back()
    }

    /// The sum.
    ///
    /// # Errors
    /// When the budget or the most terms are exceeded.
    pub fn add(&self, other: &Self, budget: &mut Budget) -> Result<Self, Refusal> {
        let mut terms = self.0.clone();
        for (monomial, coefficient) in &other.0 {
            add_term(&mut terms, monomial.clone(), coefficient.clone(), budget)?;
        }
        Ok(Self(terms))
    }

    /// The product.
    ///
    /// # Errors
    /// When the budget, the most terms or the largest exponent are exceeded.
    pub fn mul(&self, other: &Self, budget: &mut Budget) -> Result<Self, Refusal> {
        let mut terms = BTreeMap::new();
        for (left, a) in &self.0 {
            for (right, b) in &other.0 {
                budget.spend(work(a, b))?;
                let (monomial, extra) = multiply(left, right)?;
                add_term(&mut terms, monomial, a * b * extra, budget)?;
            }
        }
        Ok(Self(terms))
    }

    /// This times a number.
    ///
    /// # Errors
    /// When the budget is exceeded.
    pub fn scale(&self, factor: &BigRational, budget: &mut Budget) -> Result<Self, Refusal> {
        self.mul(&Self::constant(factor.clone()), budget)
    }

    /// This to a whole power.
    ///
    /// # Errors
    /// When the budget, the most terms or the largest exponent are exceeded.
    pub fn pow(&self, exponent: u32, budget: &mut Budget) -> Result<Self, Refusal> {
        let mut result = Self::constant(BigRational::one());
        for bit in (0..32 - exponent.leading_zeros()).rev() {
            result = result.mul(&result, budget)?;
            if exponent >> bit & 1 == 1 {
                result = result.mul(self, budget)?;
            }
        }
        Ok(result)
    }
}

fn add_term(
    terms: &mut BTreeMap<Monomial, BigRational>,
    monomial: Monomial,
    coefficient: BigRational,
    budget: &mut Budget,
) -> Result<(), Refusal> {
    let sum = match terms.remove(&monomial) {
        Some(old) => {
            budget.spend(work(&old, &coefficient))?;
            old + coefficient
        }
        None => coefficient,
    };
    budget.spend(1 + monomial.len() as u64)?;
    if !sum.is_zero() {
        terms.insert(monomial, sum);
    }
    if terms.len() > MOST_TERMS { Err(Refusal::TooLarge) } else { Ok(()) }
}

/// The product of two monomials, and the factor that whole powers of primes and of i leave.
fn multiply(left: &Monomial, right: &Monomial) -> Result<(Monomial, BigRational), Refusal> {
    let mut product = left.clone();
    let mut factor = BigRational::one();
    for (atom, exponent) in right {
        let sum = match product.remove(atom) {
            Some(old) => bounded(old.checked_add(exponent))?,
            None => *exponent,
        };
        let rest = match atom {
            Atom::Prime(prime) if sum >= Exponent::one() => {
                factor *= BigRational::from_integer(BigInt::from(prime.clone()));
                sum - 1
            }
            Atom::I if sum == Exponent::from_integer(2) => {
                factor = -factor;
                Exponent::zero()
            }
            _ => sum,
        };
        if !rest.is_zero() {
            product.insert(atom.clone(), rest);
        }
    }
    Ok((product, factor))
}

/// The exponent, if it is within bounds.
fn bounded(exponent: Option<Exponent>) -> Result<Exponent, Refusal> {
    exponent
        .filter(|value| value.numer().abs() <= LARGEST_EXPONENT && *value.denom() <= LARGEST_EXPONENT)
        .ok_or(Refusal::TooLarge)
}

/// A quotient of polynomials, not reduced.
#[derive(Debug, Clone)]
pub struct Quotient {
    /// The numerator.
    pub numerator: Poly,
    /// The denominator, never zero.
    pub denominator: Poly,
}

impl From<Poly> for Quotient {
    fn from(numerator: Poly) -> Self {
        Self { numerator, denominator: Poly::constant(BigRational::one()) }
    }
}

impl Quotient {
    /// The number, if this is one.
    pub fn as_constant(&self) -> Option<BigRational> {
        let (numerator, denominator) = (self.numerator.as_constant()?, self.denominator.as_constant()?);
        Some(numerator / denominator)
    }

    /// The sum.
    ///
    /// # Errors
    /// As for [`Poly::mul`].
    pub fn add(&self, other: &Self, budget: &mut Budget) -> Result<Self, Refusal> {
        if self.denominator == other.denominator {
            let numerator = self.numerator.add(&other.numerator, budget)?;
            return Ok(Self { numerator, denominator: self.denominator.clone() });
        }
        let left = self.numerator.mul(&other.denominator, budget)?;
        let right = other.numerator.mul(&self.denominator, budget)?;
        let denominator = self.denominator.mul(&other.denominator, budget)?;
        Ok(Self { numerator: left.add(&right, budget)?, denominator })
    }

    /// The product.
    ///
    /// # Errors
    /// As for [`Poly::mul`].
    pub fn mul(&self, other: &Self, budget: &mut Budget) -> Result<Self, Refusal> {
        let numerator = self.numerator.mul(&other.numerator, budget)?;
        Ok(Self { numerator, denominator: self.denominator.mul(&other.denominator, budget)? })
    }

    /// This to a whole power.
    ///
    /// # Errors
    /// As for [`Poly::pow`]; also [`Refusal::Undefined`] for a negative power of zero.
    pub fn pow(&self, exponent: i32, budget: &mut Budget) -> Result<Self, Refusal> {
        let (top, bottom) =
            if exponent < 0 { (&self.denominator, &self.numerator) } else { (&self.numerator, &self.denominator) };
        if bottom.is_zero() {
            return Err(Refusal::Undefined);
        }
        let power = exponent.unsigned_abs();
        Ok(Self { numerator: top.pow(power, budget)?, denominator: bottom.pow(power, budget)? })
    }

    /// Whether both are the same quotient.
    ///
    /// # Errors
    /// As for [`Poly::mul`].
    pub fn same(&self, other: &Self, budget: &mut Budget) -> Result<bool, Refusal> {
        let left = self.numerator.mul(&other.denominator, budget)?;
        let right = other.numerator.mul(&self.denominator, budget)?;
        Ok(left == right)
    }

    /// The positive real root `base^exponent` of a single product, or none where roots do not distribute over it: over
    /// several terms, over variables whose sign is unknown, or over numbers too large to factor.
    ///
    /// # Errors
    /// When the largest exponent is exceeded.
    pub fn root(&self, exponent: Exponent, budget: &mut Budget) -> Result<Option<Self>, Refusal> {
        if self.numerator.is_zero() && exponent.is_positive() {
            return Ok(Some(self.clone()));
        }
        let Some((numerator, a)) = self.numerator.as_monomial() else { return Ok(None) };
        let Some((denominator, b)) = self.denominator.as_monomial() else { return Ok(None) };
        if !denominator.is_empty() || !distributes(numerator, exponent) {
            return Ok(None);
        }
        let Some(mut value) = root_of_number(&(a / b), exponent, budget)? else { return Ok(None) };
        for (atom, power) in numerator {
            let factor = match atom {
                Atom::Prime(prime) => prime_power(prime, bounded(power.checked_mul(&exponent))?, budget)?,
                _ => {
                    let power = bounded(power.checked_mul(&exponent))?;
                    Self::from(Poly::monomial(Monomial::from([(atom.clone(), power)]), BigRational::one()))
                }
            };
            value = value.mul(&factor, budget)?;
        }
        Ok(Some(value))
    }
}

/// Whether a root of the product is the product of its factors' roots, wherever either is real: constants are positive,
/// and one variable to an odd power must be positive under a square root by itself.
fn distributes(monomial: &Monomial, exponent: Exponent) -> bool {
    let mut variables = 0;
    for (atom, power) in monomial {
        match atom {
            Atom::Prime(_) => {}
            Atom::Constant(_) if power.is_positive() => {}
            Atom::Symbol(_) => {
                let odd = power.is_integer() && power.is_positive() && power.numer() % 2 == 1;
                let even_root = exponent.denom() % 2 == 0;
                if !(odd && (even_root || power.is_one())) {
                    return false;
                }
                variables += 1;
            }
            _ => return false,
        }
    }
    variables <= 1
}

/// A rational to a rational power: of a negative one, the real root where the index is odd, i times the root for
/// square roots.
fn root_of_number(value: &BigRational, exponent: Exponent, budget: &mut Budget) -> Result<Option<Quotient>, Refusal> {
    let mut result = Quotient::from(Poly::constant(BigRational::one()));
    if value.is_zero() {
        return Ok(exponent.is_positive().then(|| Poly::constant(BigRational::zero()).into()));
    }
    if value.is_negative() {
        let odd_power = exponent.numer() % 2 != 0;
        if exponent.denom() % 2 == 1 {
            if odd_power {
                result = Poly::constant(-BigRational::one()).into();
            }
        } else if exponent == Exponent::new(1, 2) {
            result = Poly::atom(Atom::I).into();
        } else {
            return Ok(None);
        }
    }
    for (part, sign) in [(value.numer().magnitude(), 1), (value.denom().magnitude(), -1)] {
        let Some(factors) = factorise(part, budget)? else { return Ok(None) };
        for (prime, multiplicity) in factors {
            let power = bounded(exponent.checked_mul(&Exponent::from_integer(multiplicity * sign)))?;
            result = result.mul(&prime_power(&prime, power, budget)?, budget)?;
        }
    }
    Ok(Some(result))
}

/// A prime to any power: the whole part in the coefficient, the rest as an atom.
fn prime_power(prime: &BigUint, power: Exponent, budget: &mut Budget) -> Result<Quotient, Refusal> {
    let whole = i32::try_from(power.floor().to_integer()).map_err(|_| Refusal::TooLarge)?;
    let base = Poly::constant(BigRational::from_integer(BigInt::from(prime.clone())));
    let rest = power - power.floor();
    let mut result = Quotient::from(base).pow(whole, budget)?;
    if !rest.is_zero() {
        let root = Poly::monomial(Monomial::from([(Atom::Prime(prime.clone()), rest)]), BigRational::one());
        result = result.mul(&root.into(), budget)?;
    }
    Ok(result)
}

/// The primes of a number with their multiplicities, by trial division; none beyond 64 bits or for two large primes.
fn factorise(number: &BigUint, budget: &mut Budget) -> Result<Option<Vec<(BigUint, i64)>>, Refusal> {
    const LARGEST_DIVISOR: u64 = 1 << 16;
    let Ok(mut rest) = u64::try_from(number) else { return Ok(None) };
    budget.spend(1_000)?;
    let mut factors = Vec::new();
    let mut divisor = 2;
    while divisor <= LARGEST_DIVISOR && divisor * divisor <= rest {
        let mut multiplicity = 0;
        while rest % divisor == 0 {
            rest /= divisor;
            multiplicity += 1;
        }
        if multiplicity > 0 {
            factors.push((BigUint::from(divisor), multiplicity));
        }
        divisor += if divisor == 2 { 1 } else { 2 };
    }
    if rest > 1 {
        if divisor * divisor <= rest {
            return Ok(None);
        }
        factors.push((BigUint::from(rest), 1));
    }
    Ok(Some(factors))
}
