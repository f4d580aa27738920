//! `docs/architecture.md` agrees with the code: its table of modules is the module map, and the files that it names exist.

use std::collections::BTreeMap;

/// The modules of the table in `document`, each with the modules that it may use.
pub(super) fn modules(document: &str) -> BTreeMap<&str, &str> {
    let rows = document.lines().skip_while(|line| *line != HEADING).skip(2).take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let (module, allowed) = (cells.next()?.trim_matches('`'), cells.nth(1)?);
        Some((module, allowed))
    })
    .collect()
}

/// The source files that `document` names in backticks and that `exists` does not know, from the root or from `src`.
pub(super) fn missing_files(document: &str, exists: impl Fn(&str) -> bool) -> Vec<&str> {
    let code = document.split('`').skip(1).step_by(2);
    let files = code.filter(|text| text.strip_suffix(".rs").is_some_and(|name| !name.contains(['<', ' '])));
    files.filter(|file| !exists(file) && !exists(&format!("src/{file}"))).collect()
}

const HEADING: &str = "| module | contains | may use |";

#[cfg(test)]
mod tests {
    use super::{missing_files, modules};

    #[test]
    fn modules_are_read_from_the_table() {
        let table =
            "text\n| module | contains | may use |\n|---|---|---|\n| `a` | x | b c |\n| `b` | y | |\n\n| `c` | z | a |";
        assert_eq!(modules(table).into_iter().collect::<Vec<_>>(), [("a", "b c"), ("b", "")]);
    }

    #[test]
    fn a_missing_file_is_found() {
        let text = "`a/b.rs`, `a/c.rs`, `tests/d.rs`, `<name>.rs`, `Type`";
        assert_eq!(missing_files(text, |file| ["src/a/b.rs", "tests/d.rs"].contains(&file)), ["a/c.rs"]);
    }
}
