//! `spending.csv`: every paid call of a run, so that a budget holds over all the times the run is started.
//!
//! A line is written before the next call is made, and the operating system keeps it when the process is killed. The time
//! of a process is that of its last line.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use lamas_core::chat::Usage;
use lamas_core::units::{Price, Seconds, Tokens, Usd};
use lamas_llm::limit::{Budget, Ledger, Purse, Spent};

use super::RunError;

const HEAD: &str = "start,input_tokens,output_tokens,usd,elapsed_s\n";

/// A purse that knows what earlier starts of the run have spent, and writes down what this one spends.
///
/// # Errors
/// When the file cannot be read or written.
pub fn purse(path: &Path, budget: Budget, price: Price) -> Result<Purse, RunError> {
    let (mut file, text) = open(path).map_err(|error| RunError::file(path, error))?;
    let (spent, starts) = read(&text).map_err(|line| {
        RunError::file(path, format!("line {line} is not of the form {}; restore or remove the file", HEAD.trim_end()))
    })?;
    // A process that was killed in the middle of a line leaves a part of it, which nothing may follow.
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let begin = |file: &mut File| {
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
        if whole == 0 { file.write_all(HEAD.as_bytes()) } else { Ok(()) }
    };
    begin(&mut file).map_err(|error| RunError::file(path, error))?;
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
    for (index, line) in whole.lines().enumerate().skip(1) {
        let (start, [input, output], usd, seconds) = fields(line).ok_or(index + 1)?;
        let tokens = Tokens(input.checked_add(output).ok_or(index + 1)?);
        spent.calls += u64::from(tokens.0 > 0);
        spent.tokens = spent.tokens + tokens;
        spent.longest_output = spent.longest_output.max(Tokens(output));
        spent.usd += Usd(usd);
        elapsed.insert(start, seconds);
    }
    spent.wall_clock = Seconds(elapsed.values().sum());
    Ok((spent, elapsed.keys().next_back().copied().unwrap_or(0)))
}

fn fields(line: &str) -> Option<(u64, [u64; 2], f64, f64)> {
    let fields: Vec<&str> = line.split(',').collect();
    let [start, input, output, usd, elapsed] = fields[..] else { return None };
    let tokens = [input.parse().ok()?, output.parse().ok()?];
    Some((start.parse().ok()?, tokens, usd.parse().ok()?, elapsed.parse().ok()?))
}

struct Book {
    path: PathBuf,
    file: File,
    start: u64,
}

impl Ledger for Book {
    fn enter(&mut self, usage: Usage, cost: Usd, elapsed: Seconds) -> Result<(), String> {
        let line = format!("{},{},{},{:.9},{:.3}\n", self.start, usage.input.0, usage.output.0, cost.0, elapsed.0);
        self.file
            .write_all(line.as_bytes())
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
            book.enter(usage, Usd(0.5), Seconds(3.0)).unwrap();
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
        std::fs::write(&path, format!("{HEAD}1,2,3,0.1,1\nnonsense\n")).unwrap();
        let message = purse(&path, Budget::default(), Price::FREE).err().unwrap().to_string();
        assert!(message.contains("spending.csv: line 3"), "{message}");
    }
}
