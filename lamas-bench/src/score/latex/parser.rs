//! From tokens to the tree: recursive descent over what answers are written in.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::lexer::{Spaced, Token, joins, tokens};
use super::node::{Constant, Function, Node, Sign, Unit};

/// How deep brackets, fractions and roots may nest. Reference answers need six.
const DEPTH: usize = 40;
/// How many signs may follow one factor (`x!!!`), which nest the tree without nesting the text.
const POSTFIXES: usize = 8;

/// How many words a unit may have ("square inches of paper"). More are a sentence.
const UNIT_WORDS: usize = 5;

/// Functions of one argument, by the parser's name.
const FUNCTIONS: &[&str] = &[
    "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "ln", "log", "exp",
];

/// Reads an answer; none where it is not maths by any reading.
pub fn parse(text: &str) -> Option<Node> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, bars: 0 };
    let node = parser.list()?;
    (parser.at == parser.tokens.len()).then_some(node)
}

struct Parser {
    tokens: Vec<Spaced>,
    at: usize,
    depth: usize,
    /// Absolute values now open: in them a bar closes.
    bars: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|spaced| &spaced.token)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += usize::from(token.is_some());
        token
    }

    fn eat(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: char) -> bool {
        self.eat(&Token::Sign(sign))
    }

    fn nested<T>(&mut self, inside: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth == DEPTH {
            return None;
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    fn separator(&mut self) -> bool {
        let found = match self.peek() {
            Some(Token::Sign(',' | ';')) => true,
            Some(Token::Text(words)) => joins(words),
            _ => false,
        };
        self.at += usize::from(found);
        found
    }

    /// Items between separators; one alone is itself.
    fn list(&mut self) -> Option<Node> {
        let mut items = self.items()?;
        if items.len() == 1 { items.pop() } else { Some(Node::List(items)) }
    }

    fn items(&mut self) -> Option<Vec<Node>> {
        let mut items = vec![self.relation()?];
        while self.separator() {
            while self.separator() {}
            if !self.starts_term() {
                break;
            }
            items.push(self.relation()?);
        }
        Some(items)
    }

    fn starts_term(&self) -> bool {
        matches!(self.peek(), Some(Token::Sign('+' | '-') | Token::Command("pm" | "mp"))) || self.starts_factor()
    }

    fn relation(&mut self) -> Option<Node> {
        let mut sides = vec![self.union()?];
        let mut signs = Vec::new();
        while let Some(sign) = self.relation_sign() {
            self.at += 1;
            signs.push(sign);
            sides.push(self.union()?);
        }
        if signs.is_empty() { sides.pop() } else { Some(Node::Relation(sides, signs)) }
    }

    fn relation_sign(&self) -> Option<Sign> {
        Some(match self.peek()? {
            Token::Sign('=') | Token::Command("approx") => Sign::Equal,
            Token::Sign('<') => Sign::Less,
            Token::Sign('>') => Sign::Greater,
            Token::Command("le") => Sign::LessEqual,
            Token::Command("ge") => Sign::GreaterEqual,
            Token::Command("ne") => Sign::NotEqual,
            Token::Command("in") => Sign::In,
            _ => return None,
        })
    }

    fn union(&mut self) -> Option<Node> {
        let mut sets = vec![self.sum()?];
        while self.eat(&Token::Command("cup")) || self.letter_union() {
            sets.push(self.sum()?);
        }
        if sets.len() == 1 { sets.pop() } else { Some(Node::Union(sets)) }
    }

    /// A capital U between two intervals.
    fn letter_union(&mut self) -> bool {
        let found = self.at_letter_union();
        self.at += usize::from(found);
        found
    }

    fn at_letter_union(&self) -> bool {
        let before = self.at.checked_sub(1).map(|at| &self.tokens[at].token);
        self.peek() == Some(&Token::Symbol("U".to_owned()))
            && matches!(before, Some(Token::Sign(')' | ']') | Token::SetBrace('}')))
            && matches!(self.peek_at(1), Some(Token::Sign('(' | '[') | Token::SetBrace('{')))
    }

    fn sum(&mut self) -> Option<Node> {
        let mut terms = Vec::new();
        loop {
            let mut negative = false;
            let mut plus_minus = None;
            loop {
                match self.peek() {
                    Some(Token::Sign('-')) => negative = !negative,
                    Some(Token::Sign('+')) => {}
                    Some(Token::Command("pm")) => plus_minus = Some(true),
                    Some(Token::Command("mp")) => plus_minus = Some(false),
                    _ => break,
                }
                self.at += 1;
            }
            let term = self.ratio()?;
            let term = if negative { term.negated() } else { term };
            terms.push(match plus_minus {
                Some(plus) => Node::PlusMinus(Box::new(term), plus),
                None => term,
            });
            if !matches!(self.peek(), Some(Token::Sign('+' | '-') | Token::Command("pm" | "mp"))) {
                break;
            }
        }
        if terms.len() == 1 { terms.pop() } else { Some(Node::Sum(terms)) }
    }

    fn ratio(&mut self) -> Option<Node> {
        let mut parts = vec![self.product()?];
        while self.sign(':') {
            parts.push(self.product()?);
        }
        if parts.len() == 1 { parts.pop() } else { Some(Node::Ratio(parts)) }
    }

    fn product(&mut self) -> Option<Node> {
        self.skip_lead_in();
        let mut factors = vec![self.factor()?];
        loop {
            if self.sign('*') {
                factors.push(self.signed_factor()?);
            } else if self.sign('/') {
                factors.push(self.signed_factor()?.inverted());
            } else if let Some(Token::Text(words)) = self.peek().cloned() {
                if joins(&words) {
                    break;
                }
                let unit = self.unit(&words)?;
                factors = vec![quantity(factors, unit)];
            } else if self.starts_factor() && !self.at_letter_union() {
                self.implicit_factor(&mut factors)?;
            } else {
                break;
            }
        }
        // The unit of the last factor is the unit of the product.
        if factors.len() > 1
            && let Some(Node::Quantity(value, unit)) = factors.pop_if(|last| matches!(last, Node::Quantity(..)))
        {
            factors.push(*value);
            return Some(quantity(factors, unit));
        }
        Some(Node::product(factors))
    }

    /// Words that only introduce a value: "Answer:", "the total is".
    fn skip_lead_in(&mut self) {
        if let Some(Token::Text(words)) = self.peek() {
            let words = words.trim_end();
            if (words.ends_with(':') || words.ends_with(" is") || words == "is") && self.at + 1 < self.tokens.len() {
                self.at += 1;
                self.sign(':');
            } else if self.peek_at(1) == Some(&Token::Sign(':')) {
                self.at += 2;
            }
        }
    }

    fn signed_factor(&mut self) -> Option<Node> {
        if self.sign('-') { Some(self.factor()?.negated()) } else { self.factor() }
    }

    /// A factor written right after another: a mixed number's fraction, or a multiplication without its sign.
    fn implicit_factor(&mut self, factors: &mut Vec<Node>) -> Option<()> {
        let whole = matches!(factors.as_slice(), [Node::Number(value)] if value.is_integer());
        let before_number = matches!(factors.last(), Some(Node::Number(_)));
        match self.peek() {
            Some(Token::Command("frac")) => {
                let fraction = self.factor()?;
                if whole && is_plain_fraction(&fraction) {
                    let sum = Node::Sum(vec![factors.remove(0), fraction]);
                    factors.push(sum);
                } else {
                    factors.push(fraction);
                }
            }
            Some(Token::Number(_)) if before_number => {
                // `1 1/2`; two numbers side by side are nothing else.
                let slash = self.peek_at(1) == Some(&Token::Sign('/'));
                let denominator = matches!(self.peek_at(2), Some(Token::Number(_)));
                if !(whole && slash && denominator) {
                    return None;
                }
                let numerator = self.factor()?;
                self.at += 1;
                let fraction = Node::Product(vec![numerator, self.factor()?.inverted()]);
                let sum = Node::Sum(vec![factors.remove(0), fraction]);
                factors.push(sum);
            }
            _ => factors.push(self.factor()?),
        }
        Some(())
    }

    /// Words after a value, with the power that may follow them; none where they are a sentence.
    fn unit(&mut self, words: &str) -> Option<Unit> {
        self.at += 1;
        if words.split_whitespace().count() > UNIT_WORDS {
            return None;
        }
        let mut words = words.trim().trim_end_matches('.').to_lowercase();
        if self.sign('^')
            && let Some(power) = self.argument()?.as_index()
        {
            words.push_str(&format!("^{power}"));
        }
        Some(match words.as_str() {
            "percent" => Unit::Percent,
            "degree" | "degrees" => Unit::Degree,
            _ => Unit::Words(words),
        })
    }

    fn starts_factor(&self) -> bool {
        match self.peek() {
            Some(Token::Command(name)) => {
                FUNCTIONS.contains(name)
                    || matches!(*name, "frac" | "sqrt" | "binom" | "pi" | "infty" | "lfloor" | "lceil")
            }
            Some(Token::Sign('|')) => self.bars == 0,
            Some(Token::Sign(sign)) => matches!(sign, '(' | '['),
            Some(Token::Number(_) | Token::Repeating(..) | Token::Based(..) | Token::Symbol(_)) => true,
            Some(Token::Text(_) | Token::Begin | Token::SetBrace('{') | Token::Group('{')) => true,
            _ => false,
        }
    }

    fn factor(&mut self) -> Option<Node> {
        let mut node = self.nested(Self::primary)?;
        for _ in 0..=POSTFIXES {
            node = match self.peek() {
                Some(Token::Sign('^')) => {
                    self.at += 1;
                    if self.degree_exponent() {
                        Node::Quantity(Box::new(node), Unit::Degree)
                    } else {
                        Node::Power(Box::new(node), Box::new(self.argument()?))
                    }
                }
                Some(Token::Command("degree")) => {
                    self.at += 1;
                    Node::Quantity(Box::new(node), Unit::Degree)
                }
                Some(Token::Sign('%')) => {
                    self.at += 1;
                    Node::Quantity(Box::new(node), Unit::Percent)
                }
                Some(Token::Sign('!')) => {
                    self.at += 1;
                    Node::Call(Function::Factorial, vec![node])
                }
                Some(Token::Sign('_' | '\'')) => self.named_further(node)?,
                _ => return Some(node),
            };
        }
        None
    }

    /// `^\circ` or `^{\circ}`, after the sign.
    fn degree_exponent(&mut self) -> bool {
        let degree = Token::Command("degree");
        if self.eat(&degree) {
            return true;
        }
        let grouped = self.peek() == Some(&Token::Group('{'))
            && self.peek_at(1) == Some(&degree)
            && self.peek_at(2) == Some(&Token::Group('}'));
        self.at += if grouped { 3 } else { 0 };
        grouped
    }

    /// Subscripts and primes make another name of a variable; under a number stands its base.
    fn named_further(&mut self, node: Node) -> Option<Node> {
        if self.sign('\'') {
            return match node {
                Node::Symbol(name) => Some(Node::Symbol(name + "'")),
                _ => None,
            };
        }
        self.at += 1;
        let subscript = self.argument()?;
        match (node, subscript) {
            (Node::Number(value), Node::Number(base)) if value.is_integer() => {
                Some(Node::Based { digits: value.to_string(), base: base.to_string() })
            }
            (Node::Symbol(name), subscript) => Some(Node::Symbol(format!("{name}_{subscript:?}"))),
            _ => None,
        }
    }

    fn primary(&mut self) -> Option<Node> {
        match self.next()? {
            Token::Number(digits) => number(&digits),
            Token::Repeating(fixed, repeat) => repeating(&fixed, &repeat),
            Token::Based(digits, base) => Some(Node::Based { digits: digits.trim_start_matches('0').to_owned(), base }),
            Token::Symbol(name) => self.symbol(name),
            Token::Text(words) => Some(Node::Text(words)),
            Token::Command(name) => self.command(name),
            Token::Group('{') => self.group(),
            Token::Sign('|') => {
                self.bars += 1;
                let inner = self.sum()?;
                self.bars -= 1;
                self.sign('|').then_some(Node::Call(Function::Abs, vec![inner]))
            }
            Token::Sign(open @ ('(' | '[')) => self.fence(open),
            Token::SetBrace('{') => {
                let items = if self.peek() == Some(&Token::SetBrace('}')) { Vec::new() } else { self.items()? };
                self.eat(&Token::SetBrace('}')).then_some(Node::Fence { open: '{', close: '}', items })
            }
            Token::Begin => self.matrix(),
            _ => None,
        }
    }

    fn symbol(&mut self, name: String) -> Option<Node> {
        match name.as_str() {
            "i" => Some(Node::Constant(Constant::I)),
            "e" => Some(Node::Constant(Constant::E)),
            "f" | "g" | "h" if self.peek() == Some(&Token::Sign('(')) => {
                self.at += 1;
                let arguments = self.items()?;
                self.sign(')').then_some(Node::Call(Function::Letter(name), arguments))
            }
            _ => Some(Node::Symbol(name)),
        }
    }

    /// A LaTeX group; one with a comma in it was meant as a set.
    fn group(&mut self) -> Option<Node> {
        if self.eat(&Token::Group('}')) {
            return self.primary();
        }
        let bars = std::mem::take(&mut self.bars);
        let node = self.list()?;
        self.bars = bars;
        if !self.eat(&Token::Group('}')) {
            return None;
        }
        Some(match node {
            Node::List(items) => Node::Fence { open: '{', close: '}', items },
            other => other,
        })
    }

    fn fence(&mut self, open: char) -> Option<Node> {
        let bars = std::mem::take(&mut self.bars);
        let mut items = self.items()?;
        self.bars = bars;
        let close = match self.next()? {
            Token::Sign(close @ (')' | ']')) => close,
            _ => return None,
        };
        match (items.len(), open, close) {
            (1, '(', ')') | (1, '[', ']') => items.pop(),
            (1, ..) => None,
            _ => Some(Node::Fence { open, close, items }),
        }
    }

    fn matrix(&mut self) -> Option<Node> {
        let mut rows = vec![Vec::new()];
        loop {
            if self.eat(&Token::End) {
                break;
            }
            if self.eat(&Token::RowBreak) {
                rows.push(Vec::new());
            } else if !self.sign('&') {
                let cell = self.relation()?;
                rows.last_mut()?.push(cell);
            }
        }
        rows.retain(|row| !row.is_empty());
        Some(Node::Matrix(rows))
    }

    fn command(&mut self, name: &'static str) -> Option<Node> {
        match name {
            "pi" => Some(Node::Constant(Constant::Pi)),
            "infty" => Some(Node::Constant(Constant::Infinity)),
            "frac" => {
                let numerator = self.token_argument()?;
                let denominator = self.token_argument()?;
                Some(Node::Product(vec![numerator, denominator.inverted()]))
            }
            "binom" => {
                let n = self.token_argument()?;
                Some(Node::Call(Function::Binomial, vec![n, self.token_argument()?]))
            }
            "sqrt" => {
                let index = if self.sign('[') {
                    let index = self.sum()?;
                    self.sign(']').then_some(index)?
                } else {
                    Node::integer(2)
                };
                Some(Node::Power(Box::new(self.argument()?), Box::new(index.inverted())))
            }
            "lfloor" => {
                let inner = self.sum()?;
                self.eat(&Token::Command("rfloor")).then_some(Node::Call(Function::Named("floor"), vec![inner]))
            }
            "lceil" => {
                let inner = self.sum()?;
                self.eat(&Token::Command("rceil")).then_some(Node::Call(Function::Named("ceil"), vec![inner]))
            }
            _ if FUNCTIONS.contains(&name) => self.function(name),
            _ => None,
        }
    }

    /// `\sin^2 3x`, `\log_2 (x+1)`, `\sin^{-1} x`.
    fn function(&mut self, name: &'static str) -> Option<Node> {
        let base = if name == "log" && self.sign('_') { Some(self.argument()?) } else { None };
        let exponent = if self.sign('^') { Some(self.argument()?) } else { None };
        let argument = self.function_argument()?;
        let inverse = exponent.as_ref() == Some(&Node::integer(-1));
        let arc = match name {
            "sin" => Some("arcsin"),
            "cos" => Some("arccos"),
            "tan" => Some("arctan"),
            _ => None,
        };
        Some(match (base, exponent, arc) {
            (_, Some(_), Some(arc)) if inverse => Node::Call(Function::Named(arc), vec![argument]),
            (Some(base), None, _) => Node::Call(Function::LogBase, vec![base, argument]),
            (Some(_), Some(_), _) => return None,
            (None, Some(exponent), _) => {
                Node::Power(Box::new(Node::Call(Function::Named(name), vec![argument])), Box::new(exponent))
            }
            (None, None, _) => Node::Call(Function::Named(name), vec![argument]),
        })
    }

    /// What a function without brackets applies to: the factors up to the next sign or function.
    fn function_argument(&mut self) -> Option<Node> {
        if matches!(self.peek(), Some(Token::Sign('(' | '[') | Token::Group('{'))) {
            return self.nested(Self::primary);
        }
        let mut factors = vec![self.factor()?];
        while self.starts_factor()
            && !matches!(self.peek(), Some(Token::Command(name)) if FUNCTIONS.contains(name))
            && !matches!(self.peek(), Some(Token::Text(_) | Token::Sign('(')))
        {
            factors.push(self.factor()?);
        }
        Some(Node::product(factors))
    }

    /// The argument of a power, subscript or root: a group, or one thing with its sign; numbers whole, since nobody who
    /// writes `x^10` means `x^1 0`.
    fn argument(&mut self) -> Option<Node> {
        if self.sign('-') {
            return Some(self.nested(Self::argument)?.negated());
        }
        self.nested(Self::primary)
    }

    /// The argument of a fraction: a group or one token, where a token is one digit, as in `\frac12`.
    fn token_argument(&mut self) -> Option<Node> {
        if let Some(Spaced { token: Token::Number(digits), .. }) = self.tokens.get_mut(self.at)
            && digits.len() > 1
            && digits.is_char_boundary(1)
        {
            let rest = digits.split_off(1);
            let digit = std::mem::replace(digits, rest);
            return number(&digit);
        }
        self.nested(Self::primary)
    }
}

fn quantity(factors: Vec<Node>, unit: Unit) -> Node {
    match Node::product(factors) {
        // "square cm of paper" in two texts: the first unit counts.
        Node::Quantity(value, first) => Node::Quantity(value, first),
        value => Node::Quantity(Box::new(value), unit),
    }
}

/// Whether a node is an integer over an integer, as in a mixed number.
fn is_plain_fraction(node: &Node) -> bool {
    match node {
        Node::Product(parts) => match parts.as_slice() {
            [Node::Number(_), Node::Power(denominator, exponent)] => {
                matches!(**denominator, Node::Number(_)) && **exponent == Node::integer(-1)
            }
            _ => false,
        },
        _ => false,
    }
}

fn number(digits: &str) -> Option<Node> {
    decimal(digits).map(Node::Number)
}

/// A decimal without sign as an exact rational, or none if it has more digits than any answer.
pub fn decimal(digits: &str) -> Option<BigRational> {
    /// Reading a number takes quadratic time.
    const MOST_DIGITS: usize = 1_000;
    if digits.len() > MOST_DIGITS {
        return None;
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let numerator: BigInt = format!("0{whole}{fraction}").parse().ok()?;
    let denominator = BigInt::from(10).pow(u32::try_from(fraction.len()).ok()?);
    Some(BigRational::new(numerator, denominator))
}

/// `fixed` followed by `repeat` for ever.
fn repeating(fixed: &str, repeat: &str) -> Option<Node> {
    let decimals = u32::try_from(fixed.split_once('.')?.1.len()).ok()?;
    let fixed_part = decimal(fixed)?;
    decimal(repeat)?;
    let period = BigInt::from(10).pow(u32::try_from(repeat.len()).ok()?) - 1;
    let tail = BigRational::new(repeat.parse().ok()?, period * BigInt::from(10).pow(decimals));
    Some(Node::Number(fixed_part + tail))
}
