//! A table as Markdown, CSV and LaTeX (booktabs).

use std::fmt::Write;

use lamas_record::provenance::Provenance;

/// A table of text.
///
/// ```
/// use lamas_record::provenance::Provenance;
/// use lamas_report::table::{Block, Cell, Table};
///
/// let rows = vec![vec![Cell::new("LAMaS"), Cell::new("92.1")]];
/// let table = Table {
///     title: "Scores".to_owned(),
///     notes: Vec::new(),
///     head: ["Method", "Score"].map(str::to_owned).to_vec(),
///     blocks: vec![Block { rows, ..Block::default() }],
///     simulated: Provenance::Real,
/// };
/// assert!(table.markdown().contains("| LAMaS  | 92.1  |"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// What a reader must know to read it.
    pub notes: Vec<String>,
    /// Column heads.
    pub head: Vec<String>,
    /// Groups of rows, such as one for each problem set.
    pub blocks: Vec<Block>,
    /// Whether its numbers are simulated: a column of its own in CSV, which has no title.
    pub simulated: Provenance,
}

/// Rows that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// For CSV, where a block is a column.
    pub name: String,
    /// Above its rows; empty where the table has one block only.
    pub title: String,
    /// `[rows][columns]`.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// Whether it is the best of its kind.
    pub best: bool,
}

impl Cell {
    /// A plain cell.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), best: false }
    }
}

impl Table {
    /// Markdown, with columns aligned so that it also reads well on a terminal; a table of its own for each block.
    #[must_use]
    pub fn markdown(&self) -> String {
        let shown = |cell: &Cell| {
            let text = cell.text.replace('|', "\\|");
            if cell.best { format!("**{text}**") } else { text }
        };
        let blocks: Vec<Vec<Vec<String>>> = self
            .blocks
            .iter()
            .map(|block| block.rows.iter().map(|row| row.iter().map(shown).collect()).collect())
            .collect();
        let width = |column: usize| {
            let cells = blocks.iter().flatten().filter_map(|row| row.get(column)).map(|text| text.chars().count());
            cells.chain([self.head[column].chars().count(), 3]).max().unwrap_or(3)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let line = |cells: &[String]| {
            let padded: Vec<String> =
                cells.iter().zip(&widths).map(|(text, &width)| format!("{text:<width$}")).collect();
            format!("| {} |\n", padded.join(" | "))
        };
        let mut text = format!("### {}\n", self.title);
        for (block, rows) in self.blocks.iter().zip(&blocks) {
            if !block.title.is_empty() {
                // Writing to a string cannot fail.
                let _ = write!(text, "\n**{}**\n", block.title);
            }
            text.push('\n');
            text += &line(&self.head);
            text += &line(&widths.iter().map(|&width| "-".repeat(width)).collect::<Vec<_>>());
            text.extend(rows.iter().map(|row| line(row)));
        }
        for note in &self.notes {
            let _ = write!(text, "\n{note}\n");
        }
        text
    }

    /// CSV: a row for each row, the block's name before it where there are several.
    #[must_use]
    pub fn csv(&self) -> String {
        let field = |text: &str| {
            if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
        };
        let named = self.blocks.iter().any(|block| !block.title.is_empty());
        let line = |name: &str, cells: &mut dyn Iterator<Item = &str>, simulated: &str| {
            let block = named.then(|| field(name));
            let fields: Vec<String> = block.into_iter().chain(cells.map(field)).chain([simulated.to_owned()]).collect();
            fields.join(",") + "\n"
        };
        let mut text = line("Dataset", &mut self.head.iter().map(String::as_str), "Simulated");
        for block in &self.blocks {
            for row in &block.rows {
                let mut cells = row.iter().map(|cell| cell.text.as_str());
                text += &line(&block.name, &mut cells, &self.simulated.to_string());
            }
        }
        text
    }

    /// LaTeX with booktabs. A table wider than the page is made smaller as a whole.
    #[must_use]
    pub fn latex(&self) -> String {
        let columns = self.head.len();
        let mut text = String::from("% needs \\usepackage{booktabs,graphicx}\n\\begin{table}\n\\centering\n");
        let _ = writeln!(text, "\\caption{{{}. {}}}", escape(&self.title), escape(&self.notes.join(" ")));
        text += "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n";
        let _ = writeln!(text, "\\begin{{tabular}}{{{}}}\n\\toprule", "l".repeat(columns));
        let heads: Vec<String> = self.head.iter().map(|head| escape(head)).collect();
        let _ = writeln!(text, "{} \\\\", heads.join(" & "));
        for block in &self.blocks {
            text += "\\midrule\n";
            if !block.title.is_empty() {
                let _ = writeln!(text, "\\multicolumn{{{columns}}}{{l}}{{\\textit{{{}}}}} \\\\", escape(&block.title));
            }
            for row in &block.rows {
                let shown = |cell: &Cell| {
                    let escaped = escape(&cell.text);
                    if cell.best { format!("\\textbf{{{escaped}}}") } else { escaped }
                };
                let _ = writeln!(text, "{} \\\\", row.iter().map(shown).collect::<Vec<_>>().join(" & "));
            }
        }
        text + "\\bottomrule\n\\end{tabular}}\n\\end{table}\n"
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            // A sign is not a hyphen, and a bracket at the start of a row would be an option of the line's end.
            '-' if !before.is_alphanumeric() && characters.peek().is_some_and(char::is_ascii_digit) => escaped += "$-$",
            '[' => escaped += "{[}",
            ']' => escaped += "{]}",
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', c]),
            '\\' => escaped += "\\textbackslash{}",
            '~' => escaped += "\\textasciitilde{}",
            '^' => escaped += "\\textasciicircum{}",
            '<' => escaped += "$<$",
            '>' => escaped += "$>$",
            '±' => escaped += "$\\pm$",
            'λ' => escaped += "$\\lambda$",
            '∞' => escaped += "$\\infty$",
            '"' => escaped += "''",
            _ => escaped.push(c),
        }
        before = c;
    }
    escaped.replace("$\\lambda$\\_t", "$\\lambda_t$")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let block = |name: &str, better: &str| Block {
            name: name.to_lowercase(),
            title: name.into(),
            rows: vec![
                vec![Cell::new("a|b"), Cell::new("0"), Cell { text: better.into(), best: true }],
                vec![Cell::new("LAMaS, own"), Cell::new("1e-4"), Cell::new("-2.0 [-3.0, 1.0]")],
            ],
        };
        Table {
            title: "Score & path".into(),
            notes: vec!["100% simulated.".into()],
            head: vec!["Method".into(), "λ_t".into(), "CP_len".into()],
            blocks: vec![block("Words", "1.0"), block("Maths", "<3>")],
            simulated: Provenance::Simulated,
        }
    }

    #[test]
    fn markdown_is_aligned_and_escaped() {
        insta::assert_snapshot!(table().markdown(), @r"
        ### Score & path

        **Words**

        | Method     | λ_t  | CP_len           |
        | ---------- | ---- | ---------------- |
        | a\|b       | 0    | **1.0**          |
        | LAMaS, own | 1e-4 | -2.0 [-3.0, 1.0] |

        **Maths**

        | Method     | λ_t  | CP_len           |
        | ---------- | ---- | ---------------- |
        | a\|b       | 0    | **<3>**          |
        | LAMaS, own | 1e-4 | -2.0 [-3.0, 1.0] |

        100% simulated.
        ");
    }

    #[test]
    fn csv_says_which_block_and_that_it_is_simulated() {
        insta::assert_snapshot!(table().csv(), @r#"
        Dataset,Method,λ_t,CP_len,Simulated
        words,a|b,0,1.0,true
        words,"LAMaS, own",1e-4,"-2.0 [-3.0, 1.0]",true
        maths,a|b,0,<3>,true
        maths,"LAMaS, own",1e-4,"-2.0 [-3.0, 1.0]",true
        "#);
    }

    #[test]
    fn latex_is_escaped() {
        insta::assert_snapshot!(table().latex(), @r"
        % needs \usepackage{booktabs,graphicx}
        \begin{table}
        \centering
        \caption{Score \& path. 100\% simulated.}
        \resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%
        \begin{tabular}{lll}
        \toprule
        Method & $\lambda_t$ & CP\_len \\
        \midrule
        \multicolumn{3}{l}{\textit{Words}} \\
        a|b & 0 & \textbf{1.0} \\
        LAMaS, own & 1e-4 & $-$2.0 {[}$-$3.0, 1.0{]} \\
        \midrule
        \multicolumn{3}{l}{\textit{Maths}} \\
        a|b & 0 & \textbf{$<$3$>$} \\
        LAMaS, own & 1e-4 & $-$2.0 {[}$-$3.0, 1.0{]} \\
        \bottomrule
        \end{tabular}}
        \end{table}
        ");
    }
}
