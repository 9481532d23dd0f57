//! The parser's lower half: numbers, names, brackets, and commands with their arguments.

use super::lexer::{Spaced, Token};
use super::node::{Constant, Function, Node};
use super::numeral::{number, repeating};
use super::parser::Parser;
use super::vocabulary::FUNCTIONS;

impl Parser {
    pub(super) fn primary(&mut self) -> Option<Node> {
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
                if !self.sign('|') {
                    return None;
                }
                match inner {
                    Node::Matrix(rows) => determinant(&rows),
                    value => Some(Node::Call(Function::Abs, vec![value])),
                }
            }
            Token::Sign(open @ ('(' | '[')) => self.fence(open),
            Token::SetBrace('{') => {
                if self.at_description() {
                    return self.nested(Self::description);
                }
                let items = if self.peek() == Some(&Token::SetBrace('}')) { Vec::new() } else { self.items()? };
                self.eat(&Token::SetBrace('}')).then_some(Node::Fence { open: '{', close: '}', items })
            }
            Token::Begin => self.matrix(),
            _ => None,
        }
    }

    /// Whether a variable and the sign for "such that" begin a set, or what the variable is of.
    fn at_description(&self) -> bool {
        matches!(self.peek(), Some(Token::Symbol(_)))
            && matches!(self.peek_at(1), Some(Token::Sign('|' | ':') | Token::Command("in")))
    }

    /// `x \mid 2 \le x < 5 \}`, and with a colon, or with the set that x is of: the condition, which describes the same set.
    fn description(&mut self) -> Option<Node> {
        self.next()?;
        // Of whole numbers only, it is another set.
        if self.eat(&Token::Command("in")) && !super::sets::is_reals(&self.primary()?) {
            return None;
        }
        if !(self.sign('|') || self.sign(':')) {
            return None;
        }
        let mut conditions = self.items()?;
        let whole = self.eat(&Token::SetBrace('}')) && conditions.iter().all(|part| matches!(part, Node::Relation(..)));
        match conditions.len() {
            _ if !whole => None,
            1 => conditions.pop(),
            _ => Some(Node::List(conditions)),
        }
    }

    fn symbol(&mut self, name: String) -> Option<Node> {
        match name.as_str() {
            "i" => Some(Node::Constant(Constant::I)),
            "e" => Some(Node::Constant(Constant::E)),
            "\\det" if matches!(self.peek(), Some(Token::Begin | Token::Sign('(' | '['))) => {
                Some(match self.nested(Self::primary)? {
                    Node::Matrix(rows) => determinant(&rows)?,
                    other => Node::Product(vec![Node::Symbol(name), other]),
                })
            }
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
        // `(5,)` is no number.
        if items.len() == 1 && self.tokens[self.at - 1].token == Token::Sign(',') {
            return None;
        }
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
        let bars = std::mem::take(&mut self.bars);
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
        self.bars = bars;
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
    pub(super) fn argument(&mut self) -> Option<Node> {
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

/// The largest matrix whose determinant is written out, by its rows.
const LARGEST_DETERMINANT: usize = 4;

/// How many nodes its entries may have in all: each is written several times, and determinants may stand in determinants.
const LARGEST_ENTRIES: usize = 200;

/// How many nodes a tree has.
fn size(node: &Node) -> usize {
    1 + node.children().map(size).sum::<usize>()
}

/// The determinant of a square matrix, developed by its first row.
fn determinant(rows: &[Vec<Node>]) -> Option<Node> {
    let (first, rest) = rows.split_first()?;
    let square = rows.iter().all(|row| row.len() == rows.len());
    let entries = rows.iter().flatten().map(size).sum::<usize>();
    if !square || rows.len() > LARGEST_DETERMINANT || entries > LARGEST_ENTRIES {
        return None;
    }
    if rest.is_empty() {
        return first.first().cloned();
    }
    let minor = |column: usize| -> Vec<Vec<Node>> {
        let without = |row: &Vec<Node>| [&row[..column], &row[column + 1..]].concat();
        rest.iter().map(without).collect()
    };
    let term = |(column, entry): (usize, &Node)| {
        let product = Node::Product(vec![entry.clone(), determinant(&minor(column))?]);
        Some(if column % 2 == 0 { product } else { product.negated() })
    };
    first.iter().enumerate().map(term).collect::<Option<_>>().map(Node::Sum)
}
