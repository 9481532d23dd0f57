//! Complex numbers with as many binary digits as are asked for.

use dashu_float::round::mode::HalfEven;
use dashu_float::{ConstCache, Context, FBig, FpError, FpResult};
use dashu_int::IBig;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed};

use super::poly::{Budget, Refusal};

type Real = FBig<HalfEven, 2>;

/// How far from one a value may be, in powers of two. What is farther is out of reach.
const FARTHEST: u64 = 1_200;

/// A complex number.
#[derive(Debug, Clone)]
pub struct Complex {
    re: Real,
    im: Real,
}

impl Complex {
    /// Whether both its parts are less than this power of two.
    pub fn is_below(&self, power: i64) -> bool {
        [&self.re, &self.im].into_iter().all(|part| magnitude(part).is_none_or(|magnitude| magnitude <= power))
    }

    /// The real number that this is, digit by digit.
    pub fn as_rational(&self) -> Option<BigRational> {
        let repr = self.re.repr();
        let digits = BigInt::from_signed_bytes_le(&repr.significand().to_le_bytes());
        let power = BigRational::from_integer(2.into()).pow(i32::try_from(repr.exponent()).ok()?);
        self.is_real().then(|| BigRational::from_integer(digits) * power)
    }

    fn is_real(&self) -> bool {
        is_zero(&self.im)
    }

    fn is_zero(&self) -> bool {
        is_zero(&self.re) && is_zero(&self.im)
    }

    fn is_negative(&self) -> bool {
        self.is_real() && self.re < Real::ZERO
    }
}

fn is_zero(value: &Real) -> bool {
    value.repr().significand().is_zero()
}

/// The least power of two above a value; none above zero.
fn magnitude(value: &Real) -> Option<i64> {
    let digits = i64::try_from(value.repr().digits()).ok()?;
    (digits > 0).then(|| digits.saturating_add(value.repr().exponent() as i64))
}

/// Arithmetic with a fixed number of binary digits, within a budget. What it refuses is undefined, or out of reach.
pub struct Arithmetic<'a> {
    context: Context<HalfEven>,
    constants: ConstCache,
    budget: &'a mut Budget,
    /// How far from one values were on the way, in powers of two.
    scale: u64,
}

type Value = Result<Complex, Refusal>;

impl<'a> Arithmetic<'a> {
    pub fn new(digits: u64, budget: &'a mut Budget) -> Self {
        Self { context: Context::new(digits as usize), constants: ConstCache::new(), budget, scale: 0 }
    }

    /// How far from one the values so far were, in powers of two.
    pub fn scale(&self) -> u64 {
        self.scale
    }

    /// What is left to spend.
    pub fn budget(&mut self) -> &mut Budget {
        self.budget
    }

    fn digits(&self) -> u64 {
        self.context.precision() as u64
    }

    /// Pays for operations that take as long as this many products.
    fn pay(&mut self, products: u64) -> Result<(), Refusal> {
        let words = 1 + self.digits() / 64;
        self.budget.spend(products * words * words)
    }

    /// Pays for a series, which has the more terms the more digits there are.
    fn pay_function(&mut self) -> Result<(), Refusal> {
        self.pay(40 + self.digits() / 32)
    }

    fn kept(&mut self, re: Real, im: Real) -> Value {
        for part in [&re, &im] {
            if part.repr().is_infinite() {
                return Err(Refusal::Undefined);
            }
            let magnitude = magnitude(part).unwrap_or(0);
            // What should be nothing is as small as the digits are many.
            let farthest = if magnitude < 0 { FARTHEST.max(8 * self.digits()) } else { FARTHEST };
            self.reach(magnitude.unsigned_abs(), farthest)?;
        }
        // Zero without a sign: it would choose between the two sides of a branch.
        let unsigned = |part: Real| if is_zero(&part) { Real::ZERO } else { part };
        Ok(Complex { re: unsigned(re), im: unsigned(im) })
    }

    fn reach(&mut self, scale: u64, farthest: u64) -> Result<(), Refusal> {
        self.scale = self.scale.max(scale);
        if scale > farthest { Err(Refusal::TooLarge) } else { Ok(()) }
    }

    fn real(&mut self, value: Real) -> Value {
        self.kept(value, Real::ZERO)
    }

    /// A rational number.
    pub fn rational(&mut self, value: &BigRational) -> Value {
        self.pay(2)?;
        self.reach(value.numer().bits().max(value.denom().bits()), FARTHEST)?;
        let whole = |part: &BigInt| Real::from(IBig::from_le_bytes(&part.to_signed_bytes_le()));
        let quotient = self.context.div(whole(value.numer()).repr(), whole(value.denom()).repr());
        self.real(done(quotient)?)
    }

    /// A number that a double holds.
    pub fn double(&mut self, value: f64) -> Value {
        let value = Real::try_from(value).map_err(|_| Refusal::Undefined)?;
        self.real(value)
    }

    pub fn integer(&mut self, value: i64) -> Value {
        self.real(Real::from(value))
    }

    pub fn i(&mut self) -> Value {
        self.kept(Real::ZERO, Real::ONE)
    }

    pub fn pi(&mut self) -> Value {
        self.pay_function()?;
        let pi = self.context.pi(Some(&mut self.constants)).value();
        self.real(pi)
    }

    fn sum(&self, a: &Real, b: &Real) -> Result<Real, Refusal> {
        done(self.context.add(a.repr(), b.repr()))
    }

    fn difference(&self, a: &Real, b: &Real) -> Result<Real, Refusal> {
        done(self.context.sub(a.repr(), b.repr()))
    }

    fn product(&self, a: &Real, b: &Real) -> Result<Real, Refusal> {
        done(self.context.mul(a.repr(), b.repr()))
    }

    fn quotient(&self, a: &Real, b: &Real) -> Result<Real, Refusal> {
        if is_zero(b) { Err(Refusal::Undefined) } else { done(self.context.div(a.repr(), b.repr())) }
    }

    pub fn add(&mut self, a: &Complex, b: &Complex) -> Value {
        self.pay(1)?;
        self.kept(self.sum(&a.re, &b.re)?, self.sum(&a.im, &b.im)?)
    }

    pub fn subtract(&mut self, a: &Complex, b: &Complex) -> Value {
        self.pay(1)?;
        self.kept(self.difference(&a.re, &b.re)?, self.difference(&a.im, &b.im)?)
    }

    pub fn multiply(&mut self, a: &Complex, b: &Complex) -> Value {
        self.pay(4)?;
        if a.is_real() && b.is_real() {
            return self.real(self.product(&a.re, &b.re)?);
        }
        let re = self.difference(&self.product(&a.re, &b.re)?, &self.product(&a.im, &b.im)?)?;
        let im = self.sum(&self.product(&a.re, &b.im)?, &self.product(&a.im, &b.re)?)?;
        self.kept(re, im)
    }

    pub fn invert(&mut self, a: &Complex) -> Value {
        self.pay(4)?;
        if a.is_real() {
            return self.real(self.quotient(&Real::ONE, &a.re)?);
        }
        let norm = self.norm(a)?;
        let im = self.quotient(&a.im, &norm)?;
        self.kept(self.quotient(&a.re, &norm)?, -im)
    }

    pub fn divide(&mut self, a: &Complex, b: &Complex) -> Value {
        let inverse = self.invert(b)?;
        self.multiply(a, &inverse)
    }

    fn halve(&mut self, a: &Complex) -> Value {
        let two = self.integer(2)?;
        self.divide(a, &two)
    }

    fn negate(&mut self, a: &Complex) -> Value {
        self.kept(-a.re.clone(), -a.im.clone())
    }

    /// The square of the distance from zero.
    fn norm(&self, a: &Complex) -> Result<Real, Refusal> {
        self.sum(&self.product(&a.re, &a.re)?, &self.product(&a.im, &a.im)?)
    }

    /// The distance from zero.
    pub fn absolute(&mut self, a: &Complex) -> Value {
        if a.is_real() {
            return if a.is_negative() { self.negate(a) } else { Ok(a.clone()) };
        }
        self.pay(4)?;
        let root = done(self.context.sqrt(self.norm(a)?.repr()))?;
        self.real(root)
    }

    pub fn exp(&mut self, a: &Complex) -> Value {
        // Before it is computed: no result may be out of reach.
        if magnitude(&a.re).is_some_and(|magnitude| magnitude > 11) {
            return Err(Refusal::TooLarge);
        }
        self.pay_function()?;
        self.pay_function()?;
        let size = done(self.context.exp(a.re.repr(), Some(&mut self.constants)))?;
        if a.is_real() {
            return self.real(size);
        }
        let (sin, cos) = self.sin_cos_real(&a.im)?;
        self.kept(self.product(&size, &cos)?, self.product(&size, &sin)?)
    }

    /// The logarithm, cut along the negative numbers.
    pub fn ln(&mut self, a: &Complex) -> Value {
        if a.is_zero() {
            return Err(Refusal::Undefined);
        }
        self.pay_function()?;
        self.pay_function()?;
        let size = self.absolute(a)?;
        let re = done(self.context.ln(size.re.repr(), Some(&mut self.constants)))?;
        let im = self.angle(&a.im, &a.re)?;
        self.kept(re, im)
    }

    fn angle(&mut self, y: &Real, x: &Real) -> Result<Real, Refusal> {
        if is_zero(y) && *x > Real::ZERO {
            return Ok(Real::ZERO);
        }
        done(self.context.atan2(y.repr(), x.repr(), Some(&mut self.constants)))
    }

    fn sin_cos_real(&mut self, a: &Real) -> Result<(Real, Real), Refusal> {
        let (sin, cos) = self.context.sin_cos(a.repr(), Some(&mut self.constants));
        Ok((done(sin)?, done(cos)?))
    }

    /// Sine and cosine.
    pub fn sin_cos(&mut self, a: &Complex) -> Result<(Complex, Complex), Refusal> {
        self.pay_function()?;
        let (sin, cos) = self.sin_cos_real(&a.re)?;
        if a.is_real() {
            return Ok((self.real(sin)?, self.real(cos)?));
        }
        let across = self.real(a.im.clone())?;
        let (sinh, cosh) = self.sinh_cosh(&across)?;
        let sine = self.kept(self.product(&sin, &cosh.re)?, self.product(&cos, &sinh.re)?)?;
        let im = self.product(&sin, &sinh.re)?;
        Ok((sine, self.kept(self.product(&cos, &cosh.re)?, -im)?))
    }

    /// Hyperbolic sine and cosine.
    pub fn sinh_cosh(&mut self, a: &Complex) -> Result<(Complex, Complex), Refusal> {
        let up = self.exp(a)?;
        let down = self.invert(&up)?;
        let (sum, difference) = (self.add(&up, &down)?, self.subtract(&up, &down)?);
        Ok((self.halve(&difference)?, self.halve(&sum)?))
    }

    pub fn arctan(&mut self, a: &Complex) -> Value {
        if a.is_real() {
            self.pay_function()?;
            let angle = done(self.context.atan(a.re.repr(), Some(&mut self.constants)))?;
            return self.real(angle);
        }
        // i/2 (ln(1 - ia) - ln(1 + ia))
        let (one, i) = (self.integer(1)?, self.i()?);
        let turned = self.multiply(&i, a)?;
        let (below, above) = (self.subtract(&one, &turned)?, self.add(&one, &turned)?);
        let (below, above) = (self.ln(&below)?, self.ln(&above)?);
        let difference = self.subtract(&below, &above)?;
        let twice = self.multiply(&i, &difference)?;
        self.halve(&twice)
    }

    pub fn arcsin(&mut self, a: &Complex) -> Value {
        // The other side of the triangle, sqrt((1 - a)(1 + a)).
        let one = self.integer(1)?;
        let (below, above) = (self.subtract(&one, a)?, self.add(&one, a)?);
        let square = self.multiply(&below, &above)?;
        if square.is_real() && a.is_real() && square.re >= Real::ZERO {
            self.pay_function()?;
            let side = done(self.context.sqrt(square.re.repr()))?;
            let angle = self.angle(&a.re, &side)?;
            return self.real(angle);
        }
        let side = self.root(&square)?;
        // -i ln(ia + side)
        let i = self.i()?;
        let turned = self.multiply(&i, a)?;
        let point = self.add(&turned, &side)?;
        let logarithm = self.ln(&point)?;
        let back = self.multiply(&i, &logarithm)?;
        self.negate(&back)
    }

    pub fn arccos(&mut self, a: &Complex) -> Value {
        let (pi, sine) = (self.pi()?, self.arcsin(a)?);
        let right = self.halve(&pi)?;
        self.subtract(&right, &sine)
    }

    fn root(&mut self, a: &Complex) -> Value {
        let half = BigRational::new(1.into(), 2.into());
        let exponent = self.rational(&half)?;
        self.power(a, &exponent, Some(&half))
    }

    /// A power; of a negative number to a rational power with an odd denominator the real one, as everywhere in school.
    pub fn power(&mut self, base: &Complex, exponent: &Complex, rational: Option<&BigRational>) -> Value {
        if let Some(whole) = rational.filter(|rational| rational.is_integer())
            && let Ok(times) = u64::try_from(whole.to_integer().magnitude())
        {
            self.reach(whole.numer().bits(), FARTHEST)?;
            let power = self.whole_power(base, times)?;
            return if whole.is_negative() { self.invert(&power) } else { Ok(power) };
        }
        if base.is_zero() {
            return if exponent.is_real() && exponent.re > Real::ZERO {
                Ok(base.clone())
            } else {
                Err(Refusal::Undefined)
            };
        }
        let halves = rational.map(|rational| rational * BigInt::from(2)).filter(BigRational::is_integer);
        if let Some(times) = halves.as_ref().and_then(|halves| u64::try_from(halves.to_integer().magnitude()).ok())
            && base.is_real()
            && !base.is_negative()
        {
            self.pay(4)?;
            let root = done(self.context.sqrt(base.re.repr()))?;
            let root = self.real(root)?;
            let power = self.whole_power(&root, times)?;
            return if exponent.is_negative() { self.invert(&power) } else { Ok(power) };
        }
        if let Some(rational) = rational
            && base.is_negative()
            && rational.denom().bit(0)
        {
            let size = self.negate(base)?;
            let power = self.principal_power(&size, exponent)?;
            return if rational.numer().bit(0) { self.negate(&power) } else { Ok(power) };
        }
        self.principal_power(base, exponent)
    }

    fn principal_power(&mut self, base: &Complex, exponent: &Complex) -> Value {
        let logarithm = self.ln(base)?;
        let product = self.multiply(exponent, &logarithm)?;
        self.exp(&product)
    }

    fn whole_power(&mut self, base: &Complex, times: u64) -> Value {
        let mut power = self.integer(1)?;
        for bit in (0..64 - times.leading_zeros()).rev() {
            power = self.multiply(&power, &power)?;
            if times >> bit & 1 == 1 {
                power = self.multiply(&power, base)?;
            }
        }
        Ok(power)
    }

    /// The whole number next to a real one, in a direction; what is whole but for the last digits is that number.
    fn stepped(&mut self, a: &Complex, step: fn(&Real) -> Real) -> Value {
        if !a.is_real() {
            return Err(Refusal::NotScalar);
        }
        self.pay(1)?;
        let nearest = a.re.round();
        let off = self.difference(&a.re, &nearest)?;
        let whole = magnitude(&off).is_none_or(|magnitude| magnitude < -(self.digits() as i64) / 4);
        let value = if whole { nearest } else { step(&a.re) };
        self.real(value)
    }

    pub fn floor(&mut self, a: &Complex) -> Value {
        self.stepped(a, Real::floor)
    }

    pub fn ceil(&mut self, a: &Complex) -> Value {
        self.stepped(a, Real::ceil)
    }

    pub fn factorial(&mut self, n: u32) -> Value {
        /// The last one that is within reach.
        const LARGEST: u32 = 190;
        if n > LARGEST {
            return Err(Refusal::TooLarge);
        }
        let product = (1..=n).fold(BigInt::one(), |product, factor| product * factor);
        self.rational(&BigRational::from_integer(product))
    }
}

fn done<T>(result: FpResult<T>) -> Result<T, Refusal> {
    match result {
        Ok(value) => Ok(value.value()),
        Err(FpError::Overflow(_) | FpError::Underflow(_) | FpError::ZivRetryLimitExceeded) => Err(Refusal::TooLarge),
        Err(_) => Err(Refusal::Undefined),
    }
}
