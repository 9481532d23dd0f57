//! A table as Markdown, CSV and LaTeX (booktabs).

use std::fmt::Write;

/// A table of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// What a reader must know to read it.
    pub notes: Vec<String>,
    /// Column heads.
    pub head: Vec<String>,
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
    /// Markdown, with columns aligned so that it also reads well on a terminal.
    #[must_use]
    pub fn markdown(&self) -> String {
        let shown = |cell: &Cell| {
            let text = cell.text.replace('|', "\\|");
            if cell.best { format!("**{text}**") } else { text }
        };
        let rows: Vec<Vec<String>> = self.rows.iter().map(|row| row.iter().map(shown).collect()).collect();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count());
            cells.chain([self.head[column].chars().count(), 3]).max().unwrap_or(3)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let line = |cells: &[String]| {
            let padded: Vec<String> =
                cells.iter().zip(&widths).map(|(text, &width)| format!("{text:<width$}")).collect();
            format!("| {} |\n", padded.join(" | "))
        };
        let mut text = format!("### {}\n\n", self.title);
        text += &line(&self.head);
        text += &line(&widths.iter().map(|&width| "-".repeat(width)).collect::<Vec<_>>());
        for row in &rows {
            text += &line(row);
        }
        for note in &self.notes {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{note}\n");
        }
        text
    }

    /// LaTeX with booktabs.
    #[must_use]
    pub fn latex(&self) -> String {
        let mut text = String::from("% needs \\usepackage{booktabs}\n\\begin{table}\n\\centering\n");
        let _ = writeln!(text, "\\caption{{{} {}}}", escape(&self.title), escape(&self.notes.join(" ")));
        let _ = writeln!(text, "\\begin{{tabular}}{{{}}}\n\\toprule", "l".repeat(self.head.len()));
        let heads: Vec<String> = self.head.iter().map(|head| escape(head)).collect();
        let _ = writeln!(text, "{} \\\\\n\\midrule", heads.join(" & "));
        for row in &self.rows {
            let shown = |cell: &Cell| {
                let escaped = escape(&cell.text);
                if cell.best { format!("\\textbf{{{escaped}}}") } else { escaped }
            };
            let _ = writeln!(text, "{} \\\\", row.iter().map(shown).collect::<Vec<_>>().join(" & "));
        }
        text + "\\bottomrule\n\\end{tabular}\n\\end{table}\n"
    }
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', c]),
            '\\' => escaped += "\\textbackslash{}",
            '~' => escaped += "\\textasciitilde{}",
            '^' => escaped += "\\textasciicircum{}",
            '<' => escaped += "$<$",
            '>' => escaped += "$>$",
            '±' => escaped += "$\\pm$",
            'λ' => escaped += "$\\lambda$",
            _ => escaped.push(c),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table {
            title: "Score & path".into(),
            notes: vec!["100% simulated.".into()],
            head: vec!["Method".into(), "CP_len".into()],
            rows: vec![
                vec![Cell::new("a|b"), Cell { text: "1.0".into(), best: true }],
                vec![Cell::new("LAMaS"), Cell::new("2.0")],
            ],
        }
    }

    #[test]
    fn markdown_is_aligned_and_escaped() {
        insta::assert_snapshot!(table().markdown(), @r"
        ### Score & path

        | Method | CP_len  |
        | ------ | ------- |
        | a\|b   | **1.0** |
        | LAMaS  | 2.0     |

        100% simulated.
        ");
    }

    #[test]
    fn latex_is_escaped() {
        insta::assert_snapshot!(table().latex(), @r"
        % needs \usepackage{booktabs}
        \begin{table}
        \centering
        \caption{Score \& path 100\% simulated.}
        \begin{tabular}{ll}
        \toprule
        Method & CP\_len \\
        \midrule
        a|b & \textbf{1.0} \\
        LAMaS & 2.0 \\
        \bottomrule
        \end{tabular}
        \end{table}
        ");
    }
}
