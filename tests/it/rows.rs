//! The lists of wrongs, counted: each row has a test that bears its name, or a reason in `tests/rows.toml` why it has none.
//!
//! A test's name begins with the rows that it covers: `b36_…`, `d06_e16_…`, `s1_18_…`, `cve_e05_…`.
//! `cargo test --test it rows -- --nocapture` prints the table.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::Path,
};

use serde::Deserialize;

/// What `tests/rows.toml` says.
#[derive(Deserialize)]
struct Rows {
    /// Each group, and the numbers of its rows.
    groups: BTreeMap<String, Vec<String>>,
    /// The rows without a test, and why; a group's name stands for all of its rows that have none.
    left: BTreeMap<String, String>,
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what this is for")]
fn each_row_has_a_test_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("tests/rows.toml")).expect("the list of rows");
    let rows: Rows = toml::from_str(&text).expect("a list of rows");
    let mut covered = BTreeMap::new();
    for folder in ["src", "tests/it"] {
        collect(&root.join(folder), &mut covered);
    }
    println!("{}", table(&rows, &covered));

    let listed: BTreeSet<&str> = rows.groups.values().flatten().map(String::as_str).collect();
    let odd = |what: &str, which: Vec<&str>| assert!(which.is_empty(), "{what}: {}", which.join(" "));
    odd(
        "neither a test nor a reason",
        listed.iter().copied().filter(|row| !covered.contains_key(*row) && rows.reason(row).is_none()).collect(),
    );
    odd(
        "a reason although there is a test",
        rows.left.keys().map(String::as_str).filter(|row| covered.contains_key(*row)).collect(),
    );
    let is_known = |row: &str| listed.contains(row) || rows.groups.contains_key(row);
    odd("a reason for no row", rows.left.keys().map(String::as_str).filter(|row| !is_known(row)).collect());
    odd(
        "a test for no row",
        covered
            .keys()
            .map(String::as_str)
            .filter(|row| in_counted_group(row, &rows) && !listed.contains(row))
            .collect(),
    );
}

impl Rows {
    /// Why a row has no test.
    fn reason(&self, row: &str) -> Option<&str> {
        self.left.get(row).or_else(|| self.left.get(group(row))).map(String::as_str)
    }
}

/// Whether the group of a row is one of those that are counted.
fn in_counted_group(row: &str, rows: &Rows) -> bool {
    rows.groups.contains_key(group(row))
}

/// The group of a row: `B36` is of `B`, `S1-18` of `S1`, `CVE-E5` of `CVE-E`.
fn group(row: &str) -> &str {
    let end = match row.strip_prefix("CVE-") {
        Some(_) => "CVE-E".len(),
        None => row.find('-').unwrap_or(1),
    };
    &row[..end]
}

/// Notes the rows of every test below `folder`.
fn collect(folder: &Path, covered: &mut BTreeMap<String, usize>) {
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, covered);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            for row in text.lines().filter_map(test_name).flat_map(rows_of) {
                *covered.entry(row).or_default() += 1;
            }
        }
    }
}

/// The name of a test: a function's, or the first word of a line in a table of faults.
fn test_name(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("async ").unwrap_or(line);
    let (rest, ends) = match line.strip_prefix("fn ") {
        Some(rest) => (rest, "("),
        None => (line, ": \""),
    };
    let (name, _) = rest.split_once(ends)?;
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_').then_some(name)
}

/// The rows that a test's name begins with.
fn rows_of(name: &str) -> Vec<String> {
    let mut words = name.split('_').peekable();
    let mut rows = Vec::new();
    while let Some(word) = words.next() {
        let next = words.peek().copied().unwrap_or_default();
        let row = match word {
            "cve" => row_of(next, 1).map(|(group, number)| format!("CVE-{group}{number}")),
            "s0" | "s1" | "s2" => seed_number(next).map(|number| format!("{}-{number}", word.to_uppercase())),
            _ => {
                let Some((group, number)) = row_of(word, 2) else { break };
                rows.push(format!("{group}{number:02}"));
                continue;
            }
        };
        let Some(row) = row else { break };
        rows.push(row);
        words.next();
    }
    rows
}

/// `b36`: a letter of a group, and a number of two digits, or of at least so many.
fn row_of(word: &str, digits: usize) -> Option<(char, u8)> {
    let group = word.chars().next().filter(char::is_ascii_lowercase)?;
    let number = &word[1..];
    (digits..=2)
        .contains(&number.len())
        .then(|| number.parse().ok())
        .flatten()
        .map(|number| (group.to_ascii_uppercase(), number))
}

/// `18`, `20a`.
fn seed_number(word: &str) -> Option<&str> {
    let digits = word.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    ((1..=2).contains(&digits.len()) && digits.parse::<u8>().is_ok() && word.len() <= digits.len() + 1).then_some(word)
}

fn table(rows: &Rows, covered: &BTreeMap<String, usize>) -> String {
    let mut text = String::from("group     rows  covered  tests  left\n");
    let mut sum = [0; 4];
    for (group, listed) in &rows.groups {
        let tests: Vec<usize> = listed.iter().filter_map(|row| covered.get(row)).copied().collect();
        let line = [listed.len(), tests.len(), tests.iter().sum(), listed.len() - tests.len()];
        for (sum, number) in sum.iter_mut().zip(line) {
            *sum += number;
        }
        write_line(&mut text, group, line);
    }
    write_line(&mut text, "all", sum);
    for (row, reason) in &rows.left {
        let _infallible = writeln!(text, "left: {row}: {reason}");
    }
    text
}

fn write_line(text: &mut String, group: &str, [rows, covered, tests, left]: [usize; 4]) {
    let _infallible = writeln!(text, "{group:<8} {rows:>5} {covered:>8} {tests:>6} {left:>5}");
}

#[test]
fn a_name_tells_its_rows() {
    for (line, rows) in [
        ("    async fn b36_no_auth_time() {", vec!["B36"]),
        ("fn d06_e16_f04_what_never_answers() {", vec!["D06", "E16", "F04"]),
        ("    a01_flipped_bits: \"A01\" @ Front Back => Refused(\"x\");", vec!["A01"]),
        ("fn s1_18_s0_20a_c40_once() {", vec!["S1-18", "S0-20a", "C40"]),
        ("fn cve_e05_cve_d10_b01_x() {", vec!["CVE-E5", "CVE-D10", "B01"]),
        ("fn d39_cve_f5_x() {", vec!["D39", "CVE-F5"]),
        ("fn a_plain_name() {", vec![]),
        ("fn s1_is_no_row() {", vec![]),
        ("let b36_x = 1;", vec![]),
    ] {
        assert_eq!(test_name(line).map(rows_of).unwrap_or_default(), rows, "{line}");
    }
}
