//! From tokens to the tree: recursive descent over what answers are written in.

use super::lexer::{Spaced, Token, joins, tokens};
use super::node::{Function, Node, Sign, Unit};
use super::vocabulary::FUNCTIONS;

/// How deep brackets, fractions and roots may nest. Reference answers need six.
const DEPTH: usize = 40;
/// How many signs may follow one factor (`x!!!`), which nest the tree without nesting the text.
const POSTFIXES: usize = 8;

/// How many words a unit may have ("square inches of paper"). More are a sentence.
const UNIT_WORDS: usize = 5;

/// Reads an answer; none where it is not maths by any reading.
pub fn parse(text: &str) -> Option<Node> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, bars: 0 };
    let node = parser.list()?;
    (parser.at == parser.tokens.len()).then_some(node)
}

pub(super) struct Parser {
    /// What is read.
    pub(super) tokens: Vec<Spaced>,
    /// The next token.
    pub(super) at: usize,
    depth: usize,
    /// Absolute values now open: in them a bar closes.
    pub(super) bars: usize,
}

impl Parser {
    pub(super) fn peek(&self) -> Option<&Token> {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|spaced| &spaced.token)
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += usize::from(token.is_some());
        token
    }

    pub(super) fn eat(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    pub(super) fn sign(&mut self, sign: char) -> bool {
        self.eat(&Token::Sign(sign))
    }

    pub(super) fn nested<T>(&mut self, inside: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
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
    pub(super) fn list(&mut self) -> Option<Node> {
        let mut items = self.items()?;
        if items.len() == 1 { items.pop() } else { Some(Node::List(items)) }
    }

    pub(super) fn items(&mut self) -> Option<Vec<Node>> {
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

    pub(super) fn relation(&mut self) -> Option<Node> {
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

    pub(super) fn sum(&mut self) -> Option<Node> {
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
                // What goes on after words is a sentence.
                if self.starts_factor() && !matches!(self.peek(), Some(Token::Text(_))) {
                    return None;
                }
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

    pub(super) fn starts_factor(&self) -> bool {
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

    pub(super) fn factor(&mut self) -> Option<Node> {
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
