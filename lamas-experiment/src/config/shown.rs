//! Whether tables and figures name what the experiment runs.

use lamas_methods::Kind;

use super::draft::Draft;
use super::output::{At, FigureKind, ReferencePoint, RowDraft, TableKind};
use super::{Method, name, suggest};

/// What is wrong with a table or figure, and where it stands.
pub struct Fault {
    /// The key, such as `tables[0].rows[1]`.
    pub at: String,
    /// The key and what is wrong.
    pub message: String,
}

/// Whether tables and figures name what the experiment runs, and nothing twice.
///
/// # Errors
/// Names the first that does not.
pub fn check(draft: &Draft, methods: &[Method]) -> Result<(), Fault> {
    names("tables", &draft.tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>())?;
    names("figures", &draft.figures.iter().map(|figure| figure.name.as_str()).collect::<Vec<_>>())?;
    for (index, table) in draft.tables.iter().enumerate() {
        let known =
            Known { draft, methods, at: format!("tables[{index}]"), title: format!("tables: `{}`", table.name) };
        known.datasets(&table.datasets)?;
        known.rows("rows", &table.rows)?;
        known.rows("against", &table.against)?;
        known.once("columns", &table.columns, |column| format!("{column:?}"))?;
        if table.kind == TableKind::Pairs && table.rows.len() != 2 {
            return known.fault("rows", "a table of pairs needs exactly two methods");
        }
        if table.kind == TableKind::Fronts {
            known.method("reference.path_of", &table.reference.path_of)?;
            known.method("reference.score_of", &table.reference.score_of)?;
            let ReferencePoint { times, below, .. } = table.reference;
            if times <= 0.0 {
                return known.fault("reference.times", &format!("is {times}, but must be above 0"));
            }
            if below < 0.0 {
                return known.fault("reference.below", &format!("is {below}, but must be 0 or more"));
            }
        }
    }
    for (index, figure) in draft.figures.iter().enumerate() {
        let known =
            Known { draft, methods, at: format!("figures[{index}]"), title: format!("figures: `{}`", figure.name) };
        known.datasets(&figure.datasets)?;
        known.rows("rows", &figure.rows)?;
        if figure.measure.is_some()
            && matches!(figure.kind, FigureKind::Training | FigureKind::Operators | FigureKind::Races)
        {
            return known.fault("measure", "this kind of figure shows no paths; leave it out");
        }
        known.once("highlight", &figure.highlight, ToString::to_string)?;
        for (index, name) in figure.highlight.iter().enumerate() {
            known.method(&format!("highlight[{index}]"), name)?;
        }
    }
    Ok(())
}

/// Names of files, each of its own.
fn names(list: &str, names: &[&str]) -> Result<(), Fault> {
    let fault = |index: usize, message: String| Err(Fault { at: format!("{list}[{index}].name"), message });
    for (index, name) in names.iter().enumerate() {
        if let Err(problem) = name::check(name) {
            return fault(index, format!("{list}[{index}].name: {problem}"));
        }
    }
    match name::twice(names.iter().copied()) {
        None => Ok(()),
        Some((index, problem)) => fault(index, format!("{list}: {problem}; give one of them another name")),
    }
}

/// What a table or figure may name.
struct Known<'a> {
    draft: &'a Draft,
    methods: &'a [Method],
    /// Its place, such as `tables[0]`.
    at: String,
    /// What messages call it, such as ``tables: `t` ``.
    title: String,
}

impl<'a> Known<'a> {
    /// The part of a key without the number of its item is what a message names.
    fn fault<T>(&self, key: &str, problem: &str) -> Result<T, Fault> {
        let named = key.split('[').next().unwrap_or(key);
        Err(Fault { at: format!("{}.{key}", self.at), message: format!("{}: {named}: {problem}", self.title) })
    }

    fn once<T: PartialEq>(&self, key: &str, items: &[T], name: impl Fn(&T) -> String) -> Result<(), Fault> {
        let again = (0..items.len()).find(|&index| items[..index].contains(&items[index]));
        match again {
            Some(index) => {
                let problem = format!("`{}` stands there twice; remove one of them", name(&items[index]));
                self.fault(&format!("{key}[{index}]"), &problem)
            }
            None => Ok(()),
        }
    }

    fn datasets(&self, datasets: &[String]) -> Result<(), Fault> {
        for (index, name) in datasets.iter().enumerate() {
            if !self.draft.datasets.contains(name) {
                let hint = suggest::hint(name, self.draft.datasets.iter().map(String::as_str));
                return self.fault(&format!("datasets[{index}]"), &format!("`{name}` is not run{hint}"));
            }
        }
        self.once("datasets", datasets, ToString::to_string)
    }

    fn rows(&self, list: &str, rows: &[RowDraft]) -> Result<(), Fault> {
        for (index, row) in rows.iter().enumerate() {
            let key = format!("{list}[{index}]");
            let method = self.method(&key, &row.method)?;
            let lambdas = method.lambdas();
            match row.at {
                At::Value(value) if !lambdas.contains(&Some(value)) => {
                    let there: Vec<String> = lambdas.iter().flatten().map(|lambda| format!("{lambda:e}")).collect();
                    let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
                    let problem = format!("`{row}`: `{}` does not run with it; its lambda_t: {there}", row.method);
                    return self.fault(&key, &problem);
                }
                // A search's training rows are those of all its candidates and say little of the winner.
                At::Chosen if method.kind() != Kind::Learned => {
                    let problem = format!(
                        "`{row}`: `{}` does not learn in passes over the training rows, whose last one would choose its \
                         lambda_t",
                        row.method
                    );
                    return self.fault(&key, &problem);
                }
                _ => {}
            }
        }
        self.once(list, rows, ToString::to_string)
    }

    fn method(&self, key: &str, name: &str) -> Result<&'a Method, Fault> {
        match self.methods.iter().find(|method| method.name == name) {
            Some(method) => Ok(method),
            None => {
                let hint = suggest::hint(name, self.methods.iter().map(|method| method.name.as_str()));
                self.fault(key, &format!("`{name}` is not run{hint}"))
            }
        }
    }
}
