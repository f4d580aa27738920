//! Reads `docs/threats.md`: one table of rows for each group, and one table of rows without a test.

use std::collections::{BTreeMap, BTreeSet};

use super::{group, is_row};

/// The heading of the table of rows that have no test.
const WITHOUT_TEST: &str = "Rows without a test";

/// The list of threats.
#[derive(Default)]
pub(super) struct Threats {
    /// The rows of each group, in the order of the file.
    pub(super) rows: BTreeMap<String, Vec<String>>,
    /// Why a row, or each row of a group, has no test.
    pub(super) reasons: BTreeMap<String, String>,
    /// What is wrong with the file, one line each.
    pub(super) findings: Vec<String>,
}

/// The part of the file that a line stands in.
enum Section<'a> {
    Text,
    Group(&'a str),
    Reasons,
}

impl Threats {
    pub(super) fn read(text: &str) -> Self {
        let mut threats = Self::default();
        let (mut section, mut seen) = (Section::Text, BTreeSet::new());
        for (at, line) in text.lines().enumerate() {
            if let Some(heading) = line.strip_prefix("## ") {
                section = section_of(heading);
                if let Section::Group(name) = section {
                    threats.rows.entry(name.to_owned()).or_default();
                }
            }
            let Some(cells) = cells(line) else { continue };
            if cells[0] == "Row" || cells[0].starts_with("---") {
                continue;
            }
            let finding = match section {
                Section::Text => None,
                Section::Group(group) => threats.row(group, &cells, &mut seen),
                Section::Reasons => threats.row_without_test(&cells),
            };
            threats.findings.extend(finding.map(|what| format!("docs/threats.md:{}: {what}", at + 1)));
        }
        threats
    }

    /// Why a row has no test.
    pub(super) fn reason(&self, row: &str) -> Option<&str> {
        self.reasons.get(row).or_else(|| self.reasons.get(group(row))).map(String::as_str)
    }

    fn row<'a>(&mut self, of: &str, cells: &[&'a str], seen: &mut BTreeSet<&'a str>) -> Option<String> {
        let row = cells[0];
        if cells.len() != 3 || cells.contains(&"") || !is_row(row) {
            return Some("a row is `| number | meaning | source |`".into());
        }
        self.rows.entry(of.to_owned()).or_default().push(row.to_owned());
        if !seen.insert(row) {
            return Some(format!("{row} twice"));
        }
        (group(row) != of).then(|| format!("{row} is not of the group {of}"))
    }

    fn row_without_test(&mut self, cells: &[&str]) -> Option<String> {
        let [row, reason] = cells else { return Some("a reason is `| row | reason |`".into()) };
        if reason.is_empty() || !(is_row(row) || group(row) == *row) {
            return Some("a reason is `| row | reason |`".into());
        }
        let former = self.reasons.insert((*row).to_owned(), (*reason).to_owned());
        former.map(|_| format!("{row} twice"))
    }
}

/// The section that a heading of the second level begins: `B. ID token: claims` begins the group `B`.
fn section_of(heading: &str) -> Section<'_> {
    match heading.split_once(". ") {
        _ if heading == WITHOUT_TEST => Section::Reasons,
        Some((name, _)) if !name.is_empty() && group(name) == name => Section::Group(name),
        _ => Section::Text,
    }
}

/// The cells of a line of a table.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inside = line.strip_prefix('|')?.trim_end();
    let inside = inside.strip_suffix('|').unwrap_or(inside);
    Some(inside.split('|').map(str::trim).collect())
}
