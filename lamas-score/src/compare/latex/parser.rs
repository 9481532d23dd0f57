//! From tokens to the tree: recursive descent over what answers are written in.

use super::lexer::{Letter, Spaced, Token, joins, tokens};
use super::node::{Function, Node, Sign, Unit};
use super::numeral::scaled;
use super::sets;
use super::units;
use super::vocabulary::FUNCTIONS;

/// How deep brackets, fractions and roots may nest. Reference answers need six.
const DEPTH: usize = 40;
/// How many signs may follow one factor (`x!!!`), which nest the tree without nesting the text.
const POSTFIXES: usize = 8;

/// How many words a unit may have ("square inches of paper"). More are a sentence.
const UNIT_WORDS: usize = 5;

/// Reads an answer; none where it is not maths by any reading.
pub fn parse(text: &str, letter: Letter) -> Option<Node> {
    let mut parser = Parser { tokens: tokens(text, letter)?, at: 0, depth: 0, bars: 0 };
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

    pub(super) fn peek_at(&self, ahead: usize) -> Option<&Token> {
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
        let node = if items.len() == 1 { items.pop()? } else { Node::List(items) };
        // `a \over b` divides all of its group.
        if self.eat(&Token::Command("over")) {
            let below = self.nested(Self::list)?;
            return Some(Node::product(vec![node, below.inverted()]));
        }
        if self.eat(&Token::Command("choose")) {
            let below = self.nested(Self::list)?;
            return Some(Node::Call(Function::Binomial, vec![node, below]));
        }
        Some(node)
    }

    pub(super) fn items(&mut self) -> Option<Vec<Node>> {
        let mut items = vec![self.relation()?];
        let mut all_hold = true;
        loop {
            let start = self.at;
            while self.separator() {}
            if start == self.at || !self.starts_term() {
                break;
            }
            let mut between = self.tokens[start..self.at].iter();
            all_hold &= between.any(|spaced| matches!(&spaced.token, Token::Text(words) if words.contains("and")));
            items.push(self.relation()?);
        }
        Some(if all_hold { sets::both(items) } else { items })
    }

    fn starts_term(&self) -> bool {
        matches!(self.peek(), Some(Token::Sign('+' | '-') | Token::Command("pm" | "mp") | Token::Currency(_)))
            || self.starts_factor()
    }

    pub(super) fn relation(&mut self) -> Option<Node> {
        // "≈ 5" says of nothing what it is rounded to.
        self.eat(&Token::Command("approx"));
        let mut sides = vec![self.side(false)?];
        let mut signs = Vec::new();
        while let Some(sign) = self.relation_sign() {
            self.at += 1;
            signs.push(sign);
            sides.push(self.side(true)?);
        }
        if signs.is_empty() { sides.pop() } else { Some(Node::Relation(sides, signs)) }
    }

    fn side(&mut self, later: bool) -> Option<Node> {
        match self.named_side(later) {
            Some(length) => self.named(length),
            None => self.union(),
        }
    }

    fn relation_sign(&self) -> Option<Sign> {
        self.relation_sign_at(0)
    }

    fn relation_sign_at(&self, ahead: usize) -> Option<Sign> {
        Some(match self.peek_at(ahead)? {
            Token::Sign('=') => Sign::Equal,
            Token::Command("approx") => Sign::Approximately,
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
        let mut sets = vec![self.difference()?];
        while self.eat(&Token::Command("cup")) || self.letter_union() {
            sets.push(self.difference()?);
        }
        if sets.len() == 1 { sets.pop() } else { Some(Node::Union(sets)) }
    }

    /// A set without another one: `A \setminus B`, `\mathbb{R} - \{3\}`.
    fn difference(&mut self) -> Option<Node> {
        let mut set = self.sum()?;
        while self.eat(&Token::Command("setminus")) {
            set = Node::Without(Box::new(set), Box::new(self.sum()?));
        }
        if let Node::Sum(terms) = &set
            && let [all, Node::Product(factors)] = terms.as_slice()
            && let [_, excluded @ Node::Fence { open: '{', .. }] = factors.as_slice()
            && sets::is_reals(all)
        {
            return Some(Node::Without(Box::new(all.clone()), Box::new(excluded.clone())));
        }
        Some(set)
    }

    /// How many tokens make the name of a function's value, or of a quantity with its arguments, up to the bracket, where the
    /// sign of a relation follows: `P(3) =`, `E[X] =`, `f'(x) =`, `d(A,B) =`, `\text{Area}(ABC) =`. Elsewhere a letter before a
    /// bracket multiplies it.
    ///
    /// It looks ahead only, so that nothing is read twice.
    fn named_side(&self, later: bool) -> Option<usize> {
        let first = self.peek()?;
        let composed = self.composition();
        if !matches!(first, Token::Symbol(_) | Token::Text(_)) && composed.is_none() {
            return None;
        }
        let mut length = composed.unwrap_or(1);
        while composed.is_none() {
            length += match (self.peek_at(length), self.peek_at(length + 1)) {
                (Some(Token::Sign('\'')), _) => 1,
                (Some(Token::Sign('_')), Some(Token::Group('{'))) => self.closing(length + 1)? + 1 - length,
                (Some(Token::Sign('_')), Some(_)) => 2,
                (Some(Token::Sign('^')), _) => self.inverse_mark(length)?,
                _ => break,
            };
        }
        if !matches!(self.peek_at(length), Some(Token::Sign('(' | '['))) {
            return None;
        }
        let close = self.closing(length)?;
        if self.relation_sign_at(close + 1).is_none() {
            // `7 = d(A,B)`: at the end a letter multiplies what is not between commas.
            let ends = matches!(self.peek_at(close + 1), None | Some(Token::Sign(',' | ';')));
            let names = matches!(first, Token::Text(_)) || composed.is_some() || self.are_several(length + 1, close);
            return (later && ends && names).then_some(length);
        }
        let letter = matches!(first, Token::Symbol(name) if name.len() == 1 && name.starts_with(|c: char| c.is_ascii_lowercase()));
        let function = matches!(first, Token::Symbol(name) if matches!(name.as_str(), "f" | "g" | "h"));
        (!letter || function || length > 1 || self.are_arguments(length + 1, close)).then_some(length)
    }

    /// The length of functions that follow each other: `(f \circ g)`, `f \circ g`. Behind them stands what they are of.
    fn composition(&self) -> Option<usize> {
        let open = usize::from(self.peek() == Some(&Token::Sign('(')));
        let letter = |ahead: usize| matches!(self.peek_at(ahead), Some(Token::Symbol(_)));
        let mut length = open + 1;
        while self.peek_at(length) == Some(&Token::Command("degree")) && letter(length + 1) {
            length += 2;
        }
        let closed = open == 0 || self.peek_at(length) == Some(&Token::Sign(')'));
        (letter(open) && length > open + 1 && closed).then_some(length + open)
    }

    /// Whether what stands between brackets behind a small letter are arguments, so that the letter names a function: several
    /// between commas, a point (`d(AB)`), a set, or a number or another variable alone. `x(x+1) = 0` is a product.
    fn are_arguments(&self, start: usize, close: usize) -> bool {
        let inner: Vec<&Token> = (start..close).filter_map(|at| self.peek_at(at)).collect();
        let upper =
            |token: &&Token| matches!(token, Token::Symbol(name) if name.starts_with(|c: char| c.is_ascii_uppercase()));
        let sets = |token: &&Token| {
            let cap = matches!(token, Token::Symbol(name) if name == "\\cap");
            cap || upper(token) || matches!(token, Token::Command("cup" | "in" | "setminus") | Token::Sign('|' | '\''))
        };
        let of_number = |token: &&Token| {
            matches!(
                token,
                Token::Number(_) | Token::Sign('-' | '/') | Token::Group(_) | Token::Command("frac" | "pi" | "sqrt")
            )
        };
        let other = matches!(inner.as_slice(), [Token::Symbol(_)]) && self.peek_at(start) != self.peek_at(start - 2);
        self.are_several(start, close)
            || other
            || (!inner.is_empty() && (inner.iter().all(sets) || inner.iter().all(of_number)))
    }

    /// Whether commas stand between the tokens of this range, and not in brackets of their own.
    fn are_several(&self, start: usize, close: usize) -> bool {
        let mut depth = 0_usize;
        (start..close).filter_map(|at| self.peek_at(at)).any(|token| {
            match token {
                Token::Sign('(' | '[') | Token::SetBrace('{') => depth += 1,
                Token::Sign(')' | ']') | Token::SetBrace('}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && matches!(token, Token::Sign(',' | ';'))
        })
    }

    /// Where the bracket or brace at a place ahead is closed.
    fn closing(&self, open: usize) -> Option<usize> {
        let (opens, closes) = match self.peek_at(open)? {
            Token::Sign('(') => (Token::Sign('('), Token::Sign(')')),
            Token::Sign('[') => (Token::Sign('['), Token::Sign(']')),
            Token::Group('{') => (Token::Group('{'), Token::Group('}')),
            _ => return None,
        };
        let mut depth = 0_usize;
        for ahead in open.. {
            let token = self.peek_at(ahead)?;
            if *token == opens {
                depth += 1;
            } else if *token == closes {
                depth -= 1;
            }
            if depth == 0 {
                return Some(ahead);
            }
        }
        None
    }

    /// The length of `^{-1}` or `^-1` at a place ahead.
    fn inverse_mark(&self, at: usize) -> Option<usize> {
        let one = Token::Number("1".to_owned());
        let is = |ahead: usize, token: &Token| self.peek_at(at + ahead) == Some(token);
        if is(1, &Token::Group('{')) && is(2, &Token::Sign('-')) && is(3, &one) && is(4, &Token::Group('}')) {
            Some(5)
        } else {
            (is(1, &Token::Sign('-')) && is(2, &one)).then_some(3)
        }
    }

    fn named(&mut self, length: usize) -> Option<Node> {
        let mut name = String::new();
        for _ in 0..length {
            match self.next()? {
                Token::Symbol(part) | Token::Text(part) | Token::Number(part) => name.push_str(&part),
                Token::Sign(mark) | Token::Group(mark) => name.push(mark),
                other => name.push_str(&format!("{other:?}")),
            }
        }
        let close = if self.sign('[') { ']' } else { ')' };
        self.sign('(');
        let arguments = self.nested(Self::items)?;
        self.sign(close).then_some(Node::Call(Function::Letter(name), arguments))
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

    /// A product with the currency that stands before, within or behind it.
    fn product(&mut self) -> Option<Node> {
        self.skip_lead_in();
        let mut currency = self.currency();
        // `\$-5`.
        let negative = currency.is_some() && self.sign('-');
        let value = self.factors(&mut currency)?;
        let value = if negative { value.negated() } else { value };
        Some(match (currency, value) {
            (None, value) => value,
            (Some(currency), Node::Quantity(value, Unit::Words(words))) => {
                Node::Quantity(value, Unit::Words(format!("{currency} {words}")))
            }
            (Some(_), value @ (Node::Quantity(..) | Node::Text(_))) => value,
            (Some(currency), value) => Node::Quantity(Box::new(value), Unit::Words(currency.to_owned())),
        })
    }

    /// The unit of the currency whose sign stands here.
    fn currency(&mut self) -> Option<&'static str> {
        let mut unit = None;
        while let Some(Token::Currency(name)) = self.peek() {
            unit = unit.or(Some(*name));
            self.at += 1;
        }
        unit
    }

    fn factors(&mut self, currency: &mut Option<&'static str>) -> Option<Node> {
        let mut factors = vec![self.factor()?];
        loop {
            if let Some(unit) = self.currency() {
                currency.get_or_insert(unit);
                // `5¢ + 3¢`, `\text{costs } \$5`.
                if !self.starts_factor() || self.at_letter_union() {
                    continue;
                }
                self.implicit_factor(&mut factors)?;
            } else if self.sign('*') {
                *currency = currency.or_else(|| self.currency());
                factors.push(self.signed_factor()?);
            } else if self.sign('/') {
                *currency = currency.or_else(|| self.currency());
                match self.signed_factor()? {
                    // `3/4\%` are three quarters of a percent.
                    Node::Quantity(value, unit @ (Unit::Percent | Unit::Degree)) => {
                        factors.push(value.inverted());
                        factors = vec![quantity(factors, unit)];
                    }
                    value => factors.push(value.inverted()),
                }
            } else if let Some(Token::Text(words)) = self.peek().cloned() {
                if joins(&words) {
                    break;
                }
                let (scale, words) = scaled(&words);
                factors.extend(scale.map(Node::Number));
                let unit = if words.is_empty() { self.next().map(|_| None) } else { self.unit(words).map(Some) }?;
                // What goes on after words is a sentence.
                if self.starts_factor() && !matches!(self.peek(), Some(Token::Text(_))) {
                    return None;
                }
                if let Some(unit) = unit {
                    factors = vec![quantity(factors, unit)];
                }
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
                match self.factor()? {
                    // The unit of a mixed number is that of all of it.
                    Node::Quantity(fraction, unit) if whole && is_plain_fraction(&fraction) => {
                        let sum = Node::Sum(vec![factors.remove(0), *fraction]);
                        factors.push(quantity(vec![sum], unit));
                    }
                    fraction if whole && is_plain_fraction(&fraction) => {
                        let sum = Node::Sum(vec![factors.remove(0), fraction]);
                        factors.push(sum);
                    }
                    fraction => match units::of_fraction(&fraction) {
                        Some(words) => *factors = vec![quantity(std::mem::take(factors), Unit::Words(words))],
                        None => factors.push(fraction),
                    },
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
                let (denominator, unit) = match self.factor()? {
                    Node::Quantity(value, unit) => (*value, Some(unit)),
                    value => (value, None),
                };
                let fraction = Node::Product(vec![numerator, denominator.inverted()]);
                let sum = Node::Sum(vec![factors.remove(0), fraction]);
                factors.push(match unit {
                    Some(unit) => quantity(vec![sum], unit),
                    None => sum,
                });
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
        if units::bound(&words) {
            return None;
        }
        loop {
            if self.sign('^') {
                if let Some(power) = self.argument()?.as_index() {
                    words.push_str(&format!("^{power}"));
                }
            } else if let (Some(Token::Sign('/')), Some(below)) = (self.peek(), self.peek_at(1).and_then(unit_below)) {
                words.push_str(&format!(" per {below}"));
                self.at += 2;
            } else {
                break;
            }
        }
        Some(match words.as_str() {
            "percent" => Unit::Percent,
            "degree" | "degrees" | "deg" => Unit::Degree,
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

/// The unit that stands below a slash behind another unit.
fn unit_below(token: &Token) -> Option<&str> {
    match token {
        Token::Text(words) => Some(words),
        Token::Symbol(name) if matches!(name.as_str(), "h" | "s") => Some(name),
        _ => None,
    }
}
