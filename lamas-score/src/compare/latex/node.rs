//! The tree that an answer is read into.

use num_rational::BigRational;
use num_traits::Signed;

/// An answer, as read: an expression, or a collection of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// An exact number; decimals are rationals.
    Number(BigRational),
    /// A variable, with its subscript, prime or decoration in the name.
    Symbol(String),
    /// π, i, e or ∞.
    Constant(Constant),
    /// Terms added up.
    Sum(Vec<Node>),
    /// Factors multiplied.
    Product(Vec<Node>),
    /// Base and exponent.
    Power(Box<Node>, Box<Node>),
    /// `\pm x` (true) or `\mp x` (false), a term of a sum. All signs of an answer change together.
    PlusMinus(Box<Node>, bool),
    /// A named function of its arguments.
    Call(Function, Vec<Node>),
    /// Digits with the base that they are written in.
    Based {
        /// The digits, without leading zeros.
        digits: String,
        /// The base, as written.
        base: String,
    },
    /// A value with the unit written after it.
    Quantity(Box<Node>, Unit),
    /// `a:b` or longer.
    Ratio(Vec<Node>),
    /// Items between brackets: a tuple, an interval, a set.
    Fence {
        /// The opening bracket: one of `( [ {`.
        open: char,
        /// The closing bracket: one of `) ] }`.
        close: char,
        /// What stands between the commas.
        items: Vec<Node>,
    },
    /// Items between commas, semicolons, "and" or "or", without brackets.
    List(Vec<Node>),
    /// Sets joined by ∪.
    Union(Vec<Node>),
    /// A set without the elements of another one.
    Without(Box<Node>, Box<Node>),
    /// The rows of a matrix.
    Matrix(Vec<Vec<Node>>),
    /// `a < b = c`: one side more than signs.
    Relation(Vec<Node>, Vec<Sign>),
    /// Words.
    Text(String),
}

/// Constants with a value of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constant {
    /// The circle's number.
    Pi,
    /// The imaginary unit.
    I,
    /// Euler's number, or a variable that happens to be called e: both are compared alike.
    E,
    /// Infinity.
    Infinity,
}

/// Functions that the reader knows by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// `sin`, `ln`, `floor`, ... by LaTeX name; one argument.
    Named(&'static str),
    /// `\log_b x`: base, argument.
    LogBase,
    /// `|x|`.
    Abs,
    /// `n!`.
    Factorial,
    /// `\binom{n}{k}`.
    Binomial,
    /// `f(x, y)` for a letter that names a function.
    Letter(String),
}

/// What a value is measured in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// `\%`.
    Percent,
    /// `^\circ`.
    Degree,
    /// Words after a number, lower-case.
    Words(String),
}

/// The sign between two sides of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// `=`.
    Equal,
    /// `\approx`: the side behind it is rounded.
    Approximately,
    /// `\ne`.
    NotEqual,
    /// `<`.
    Less,
    /// `\le`.
    LessEqual,
    /// `>`.
    Greater,
    /// `\ge`.
    GreaterEqual,
    /// `\in`.
    In,
}

impl Sign {
    /// The sign with its sides swapped; [`Sign::In`] has no mirror image.
    pub fn flipped(self) -> Option<Self> {
        match self {
            Self::Equal | Self::Approximately | Self::NotEqual => Some(self),
            Self::Less => Some(Self::Greater),
            Self::LessEqual => Some(Self::GreaterEqual),
            Self::Greater => Some(Self::Less),
            Self::GreaterEqual => Some(Self::LessEqual),
            Self::In => None,
        }
    }
}

impl Node {
    /// An integer.
    pub fn integer(value: i64) -> Self {
        Self::Number(BigRational::from_integer(value.into()))
    }

    /// Minus this.
    pub fn negated(self) -> Self {
        match self {
            Self::Number(value) => Self::Number(-value),
            // The sign belongs to the value, so that the unit stays outermost.
            Self::Quantity(value, unit) => Self::Quantity(Box::new(value.negated()), unit),
            Self::PlusMinus(value, plus) => Self::PlusMinus(value, !plus),
            other => Self::Product(vec![Self::integer(-1), other]),
        }
    }

    /// One over this.
    pub fn inverted(self) -> Self {
        Self::Power(Box::new(self), Box::new(Self::integer(-1)))
    }

    /// The factors as one node.
    pub fn product(mut factors: Vec<Self>) -> Self {
        if factors.len() == 1 { factors.remove(0) } else { Self::Product(factors) }
    }

    /// The nodes one level down.
    pub fn children(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        match self {
            Self::Number(_) | Self::Symbol(_) | Self::Constant(_) | Self::Based { .. } | Self::Text(_) => {
                Box::new(std::iter::empty())
            }
            Self::Sum(items)
            | Self::Product(items)
            | Self::Call(_, items)
            | Self::Ratio(items)
            | Self::Fence { items, .. }
            | Self::List(items)
            | Self::Union(items)
            | Self::Relation(items, _) => Box::new(items.iter()),
            Self::Power(one, other) | Self::Without(one, other) => Box::new([&**one, &**other].into_iter()),
            Self::PlusMinus(value, _) | Self::Quantity(value, _) => Box::new(std::iter::once(&**value)),
            Self::Matrix(rows) => Box::new(rows.iter().flatten()),
        }
    }

    /// Whether this or any node below it satisfies the predicate.
    pub fn any(&self, predicate: &dyn Fn(&Self) -> bool) -> bool {
        predicate(self) || self.children().any(|child| child.any(predicate))
    }

    /// The number, if this is a non-negative integer that fits.
    pub fn as_index(&self) -> Option<u32> {
        match self {
            Self::Number(value) if value.is_integer() && !value.is_negative() => value.to_integer().try_into().ok(),
            _ => None,
        }
    }

    /// The tree with every `\pm` decided: as it is where there is none, else the upper and the lower signs.
    pub fn sign_variants(&self) -> Vec<Self> {
        if self.any(&|node| matches!(node, Self::PlusMinus(..))) {
            vec![self.with_signs(true), self.with_signs(false)]
        } else {
            vec![self.clone()]
        }
    }

    fn with_signs(&self, upper: bool) -> Self {
        let each = |items: &[Self]| items.iter().map(|item| item.with_signs(upper)).collect::<Vec<_>>();
        let boxed = |item: &Self| Box::new(item.with_signs(upper));
        match self {
            Self::Number(_) | Self::Symbol(_) | Self::Constant(_) | Self::Based { .. } | Self::Text(_) => self.clone(),
            Self::PlusMinus(value, plus) => {
                let value = value.with_signs(upper);
                if *plus == upper { value } else { value.negated() }
            }
            Self::Sum(items) => Self::Sum(each(items)),
            Self::Product(items) => Self::Product(each(items)),
            Self::Call(function, items) => Self::Call(function.clone(), each(items)),
            Self::Ratio(items) => Self::Ratio(each(items)),
            Self::Fence { open, close, items } => Self::Fence { open: *open, close: *close, items: each(items) },
            Self::List(items) => Self::List(each(items)),
            Self::Union(items) => Self::Union(each(items)),
            Self::Relation(items, signs) => Self::Relation(each(items), signs.clone()),
            Self::Power(base, exponent) => Self::Power(boxed(base), boxed(exponent)),
            Self::Without(set, other) => Self::Without(boxed(set), boxed(other)),
            Self::Quantity(value, unit) => Self::Quantity(boxed(value), unit.clone()),
            Self::Matrix(rows) => Self::Matrix(rows.iter().map(|row| each(row)).collect()),
        }
    }
}
