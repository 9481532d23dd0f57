//! `spending.csv`: every paid attempt of a run, so that a budget holds over all the times the run is started.
//!
//! `outcome` says whether it was `answered`, `failed` or `dropped`; `tokens` whether the server has `told` them or they are
//! `estimated`.
//!
//! A line is written before the next call is made, and the operating system keeps it when the process is killed. The time
//! of a process is that of its last line.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use lamas_core::chat::Usage;
use lamas_core::units::{Price, Seconds, Tokens, Usd};
use lamas_llm::limit::{AttemptEnd, Budget, Ledger, Payment, Purse, Spent};

use super::RecordError;
use super::directory::no_link;

const HEAD: &str = "start,input_tokens,output_tokens,usd,elapsed_s,outcome,tokens\n";

/// A purse that knows what earlier starts of the run have spent, and writes down what this one spends.
///
/// # Errors
/// When the file cannot be read or written.
pub fn purse(path: &Path, budget: Budget, price: Price) -> Result<Purse, RecordError> {
    no_link(path)?;
    let (mut file, text) = open(path).map_err(|error| RecordError::unwritable(path, error))?;
    let (spent, starts) = read(&text).map_err(|line| {
        RecordError::file(
            path,
            format!("line {line} is not of the form {}; restore or remove the file", HEAD.trim_end()),
        )
    })?;
    // A process that was killed in the middle of a line leaves a part of it, which nothing may follow.
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let begin = |file: &mut File| {
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
        if whole == 0 { file.write_all(HEAD.as_bytes()) } else { Ok(()) }
    };
    begin(&mut file).map_err(|error| RecordError::unwritable(path, error))?;
    let book = Book { path: path.to_owned(), file, start: starts + 1 };
    Ok(Purse::new(budget, price, spent, Box::new(book)))
}

fn open(path: &Path) -> std::io::Result<(File, String)> {
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok((file, text))
}

/// What the whole lines add up to, and the number of the last start; or the line that is wrong.
fn read(text: &str) -> Result<(Spent, u64), usize> {
    let mut spent = Spent::default();
    let mut elapsed: BTreeMap<u64, f64> = BTreeMap::new();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    for (index, line) in whole.lines().enumerate() {
        if index == 0 {
            // Without its head nobody can say what the columns are.
            (line == HEAD.trim_end()).then_some(()).ok_or(1_usize)?;
            continue;
        }
        let Line { start, payment, elapsed: seconds } = Line::read(line).ok_or(index + 1)?;
        if let Some(payment) = payment {
            spent.add(&payment);
        }
        elapsed.insert(start, seconds);
    }
    spent.wall_clock = Seconds(elapsed.values().sum());
    Ok((spent, elapsed.keys().next_back().copied().unwrap_or(0)))
}

/// One line.
struct Line {
    start: u64,
    /// `None` where only the time was written down.
    payment: Option<Payment>,
    elapsed: f64,
}

/// What stands in a line that no attempt is paid in.
const TIME: &str = "time";

impl Line {
    fn read(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split(',').collect();
        let [start, input, output, usd, elapsed, outcome, known] = fields[..] else { return None };
        // Neither can be below 0, infinite or no number: no budget would hold.
        let amount = |text: &str| text.parse().ok().filter(|amount| (0.0..f64::INFINITY).contains(amount));
        let counted = match known {
            "told" => false,
            "estimated" => true,
            _ => return None,
        };
        let usage = Usage { input: Tokens(input.parse().ok()?), output: Tokens(output.parse().ok()?), counted };
        let cost = Usd(amount(usd)?);
        let outcome = AttemptEnd::ALL.into_iter().find(|named| named.name() == outcome);
        let is_time = outcome.is_none() && fields[5] == TIME;
        let payment = outcome.map(|outcome| Payment { usage, cost, outcome });
        (payment.is_some() || is_time).then_some(Self {
            start: start.parse().ok()?,
            payment,
            elapsed: amount(elapsed)?,
        })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, payment, elapsed } = self;
        let outcome = payment.map_or(TIME, |payment| payment.outcome.name());
        let (usage, usd) = payment.map_or((Usage::default(), Usd::ZERO), |payment| (payment.usage, payment.cost));
        let Usage { input, output, counted } = usage;
        let known = if counted { "estimated" } else { "told" };
        writeln!(f, "{start},{},{},{:.9},{elapsed:.3},{outcome},{known}", input.0, output.0, usd.0)
    }
}

struct Book {
    path: PathBuf,
    file: File,
    start: u64,
}

impl Ledger for Book {
    fn enter(&mut self, payment: Option<&Payment>, elapsed: Seconds) -> Result<(), String> {
        let line = Line { start: self.start, payment: payment.copied(), elapsed: elapsed.0 };
        self.file
            .write_all(line.to_string().as_bytes())
            .map_err(|error| format!("{}: what was paid cannot be written down: {error}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pay(path: &Path, calls: u64) -> Spent {
        let purse = purse(path, Budget::default(), Price { input: 1.0, output: 2.0 }).unwrap();
        let before = purse.spent();
        let mut book =
            Book { path: path.to_owned(), file: OpenOptions::new().append(true).open(path).unwrap(), start: 7 };
        for _ in 0..calls {
            let usage = Usage { input: Tokens(10), output: Tokens(5), counted: false };
            let payment = Payment { usage, cost: Usd(0.5), outcome: AttemptEnd::Answered };
            book.enter(Some(&payment), Seconds(3.0)).unwrap();
        }
        before
    }

    #[test]
    fn what_earlier_starts_spent_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spending.csv");
        assert_eq!(pay(&path, 2).calls, 0);
        let after = pay(&path, 0);
        assert_eq!((after.calls, after.tokens, after.usd), (2, Tokens(30), Usd(1.0)));
        assert_eq!(after.longest_output, Tokens(5));
        assert!(after.wall_clock.0 >= 3.0 && after.wall_clock.0 < 4.0, "{}", after.wall_clock);
    }

    #[test]
    fn a_line_that_was_cut_does_not_count_and_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spending.csv");
        pay(&path, 1);
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}7,1")).unwrap();
        assert_eq!(pay(&path, 0).calls, 1);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
    }

    #[test]
    fn a_line_that_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spending.csv");
        let line = "1,2,3,0.1,1,answered,told\n";
        for wrong in [
            "nonsense",
            "1,2,3,NaN,1,answered,told",
            "1,2,3,-0.1,1,answered,told",
            "1,2,3,inf,1,answered,told",
            "1,2,3,0.1,-1,answered,told",
            "1,-2,3,0.1,1,answered,told",
            "1,2,3,0.1,1,guessed,told",
            "1,2,3,0.1,1,answered,guessed",
            "1,2,3,0.1,1",
        ] {
            std::fs::write(&path, format!("{HEAD}{line}{wrong}\n")).unwrap();
            let message = purse(&path, Budget::default(), Price::FREE).err().unwrap().to_string();
            assert!(message.contains("spending.csv: line 3"), "{message}");
        }
        std::fs::write(&path, line).unwrap();
        assert!(purse(&path, Budget::default(), Price::FREE).err().unwrap().to_string().contains("line 1"));
    }

    #[test]
    fn case_failed_and_dropped_attempts_are_found_again_and_sums_do_not_wrap() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spending.csv");
        let lines = format!(
            "{HEAD}1,10,5,0.5,1.0,answered,told\n1,10,2,0.25,2.0,failed,estimated\n1,10,0,0.25,3.0,dropped,estimated\n\
             1,0,0,0,4.0,time,told\n"
        );
        std::fs::write(&path, &lines).unwrap();
        let spent = purse(&path, Budget::default(), Price::FREE).unwrap().spent();
        assert_eq!((spent.calls, spent.lost, spent.tokens, spent.usd), (1, 2, Tokens(37), Usd(1.0)));
        let most = u64::MAX;
        std::fs::write(&path, format!("{lines}2,{most},{most},0.5,1.0,answered,told\n")).unwrap();
        let spent = purse(&path, Budget::default(), Price::FREE).unwrap().spent();
        assert_eq!((spent.calls, spent.tokens), (2, Tokens(most)));
    }
}
