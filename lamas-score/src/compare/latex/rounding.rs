//! Whether what stands behind `\approx` is what stands before it, rounded.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::node::{Constant, Node, Unit};
use super::numeric::real_value;
use super::poly::Budget;

/// The most decimals that are looked for.
const MOST_DECIMALS: usize = 60;

/// Whether one is the other rounded; none where either has no value that can be held against the other's.
///
/// A decimal is rounded if it is off by half of its last place at most, or cut there; a whole number also at its last zeros.
/// What is no decimal, such as `22/7`, may be off by a twentieth.
pub fn rounds(value: &Node, rounded: &Node, budget: &mut Budget) -> Option<bool> {
    let (value, unit) = without_unit(value);
    let (rounded, other_unit) = without_unit(rounded);
    let exact = real_value(value, budget)?;
    let (shown, is_decimal) = match rounded {
        Node::Number(decimal) => (decimal.clone(), true),
        other => (real_value(other, budget)?, false),
    };
    let mut factors = vec![BigRational::one()];
    if unit != other_unit {
        factors.extend([unit, other_unit].into_iter().flatten().filter_map(|unit| meaning(unit, budget)));
    }
    // The unit of either may be written out in the other.
    let close = |factor: &BigRational| {
        is_rounding(&(&exact * factor), &shown, is_decimal) || is_rounding(&(&exact / factor), &shown, is_decimal)
    };
    Some(factors.iter().any(close))
}

fn without_unit(node: &Node) -> (&Node, Option<&Unit>) {
    match node {
        Node::Quantity(value, unit) => (value, Some(unit)),
        other => (other, None),
    }
}

/// What a percent or a degree is.
fn meaning(unit: &Unit, budget: &mut Budget) -> Option<BigRational> {
    match unit {
        Unit::Percent => Some(BigRational::new(1.into(), 100.into())),
        Unit::Degree => {
            Some(real_value(&Node::Constant(Constant::Pi), budget)? / BigRational::from_integer(180.into()))
        }
        Unit::Words(_) => None,
    }
}

fn is_rounding(value: &BigRational, rounded: &BigRational, is_decimal: bool) -> bool {
    let gap = (value - rounded).abs();
    let part = |of: i64| BigRational::new(1.into(), of.into());
    let Some(place) = last_place(rounded).filter(|_| is_decimal) else { return gap <= value.abs() * part(20) };
    let one_place = place.clone().min(BigRational::one());
    let cut = gap < one_place && rounded.abs() <= value.abs();
    let in_zeros = gap <= &place * part(2) && gap <= value.abs() * part(10);
    gap <= one_place * part(2) || cut || in_zeros
}

/// What one is worth in the last place that is not zero; none for zero, and for what is no decimal.
fn last_place(value: &BigRational) -> Option<BigRational> {
    let ten = BigRational::from_integer(10.into());
    if value.is_zero() {
        return Some(BigRational::one());
    }
    let mut place = BigRational::one();
    for _ in 0..MOST_DECIMALS {
        let in_places = value / &place;
        if !in_places.is_integer() {
            place /= &ten;
        } else if (&in_places / &ten).is_integer() {
            place *= &ten;
        } else {
            return Some(place);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::lexer::Letter;
    use super::super::parser::parse;
    use super::super::poly::Budget;
    use super::rounds;

    fn said(value: &str, rounded: &str) -> Option<bool> {
        let tree = |text| parse(text, Letter::Exponent).expect("maths");
        rounds(&tree(value), &tree(rounded), &mut Budget::of_digits())
    }

    #[test]
    fn what_is_rounded_is_told_from_what_is_another_value() {
        for (value, rounded) in [
            (r"2\sqrt{3}", "3.46"),
            (r"2\sqrt{3}", "3.5"),
            (r"2\sqrt{3}", "3"),
            (r"\pi", "3.1415"),
            (r"\pi", r"\frac{22}{7}"),
            ("1234", "1200"),
            ("0.5", "1"),
            ("-2.7", "-3"),
            ("-2.7", "-2"),
            (r"\frac13", r"33.3\%"),
            (r"\arctan 2", r"63.4^\circ"),
            (r"63.4^\circ", "1.107"),
            (r"2^{70}", r"1.18 \times 10^{21}"),
            (r"10\sqrt2 \text{ cm}", "14.1"),
            (r"10\sqrt2", r"14.1\text{ cm}"),
            ("5", "5"),
            ("0.3", "0"),
        ] {
            assert_eq!(said(value, rounded), Some(true), "{value} is about {rounded}");
        }
        for (value, rounded) in [
            ("5", "6"),
            ("5", "4"),
            ("5", "10"),
            ("5", "5.1"),
            ("5.2", "6"),
            ("-5", "5"),
            ("1260", "1200"),
            (r"\pi", "3.2"),
            (r"\pi", "3.15"),
            (r"\pi", "0"),
            (r"\pi", r"\frac{22}{8}"),
            ("1", "100"),
        ] {
            assert_eq!(said(value, rounded), Some(false), "{value} is not about {rounded}");
        }
        for (value, rounded) in [("x", "5"), (r"\sqrt{-2}", "5"), ("5", "y")] {
            assert_eq!(said(value, rounded), None, "{value}, {rounded}");
        }
    }
}
