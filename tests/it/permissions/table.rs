//! Tables of outcomes, kept as golden files. `HEARTH_BLESS=1` writes them anew.

use std::fmt::Write;
use std::path::Path;

/// A table: a name for each column, and rows of a name and an outcome per column.
pub(super) struct Table {
    columns: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    pub(super) fn new<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        Self { columns: columns.into_iter().map(str::to_owned).collect(), rows: Vec::new() }
    }

    pub(super) fn row(&mut self, name: &str, outcomes: Vec<String>) {
        assert_eq!(outcomes.len(), self.columns.len());
        self.rows.push((name.to_owned(), outcomes));
    }

    fn text(&self) -> String {
        let names = self.rows.iter().map(|(name, _)| name.len());
        let first = names.max().unwrap_or_default();
        let mut text = String::new();
        let header = (String::new(), self.columns.clone());
        for (name, outcomes) in std::iter::once(&header).chain(&self.rows) {
            let mut line = format!("{name:<first$}");
            for outcome in outcomes {
                write!(line, "  {outcome:<15}").expect("a string takes everything");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// Compares with the file of this name beside this one.
    pub(super) fn is_golden(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/permissions").join(name);
        let found = self.text();
        if std::env::var_os("HEARTH_BLESS").is_some() {
            std::fs::write(&path, &found).expect("write the table");
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        let pairs = expected.lines().zip(found.lines());
        let differing: Vec<String> = pairs
            .filter(|(expected, found)| expected != found)
            .map(|(expected, found)| format!("- {expected}\n+ {found}"))
            .collect();
        assert!(
            found == expected,
            "{name} differs; if on purpose, bless it:\n{}",
            differing.join("\n")
        );
    }
}
