//! Counts the rows of `docs/threats.md`: each has a test that covers it, or a reason there why it has none.
//!
//! A test names its rows in one line of its own, above its attributes: `// Covers: B36, S1-18, CVE-E5.`
//! `cargo test --test it rows -- --nocapture` prints the table.

mod covers;
mod threats;

use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use covers::Covers;
use threats::Threats;

#[test]
#[expect(clippy::print_stdout, reason = "the table belongs in the output of the test")]
fn each_row_has_a_test_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let threats = Threats::read(&fs::read_to_string(root.join("docs/threats.md")).expect("the list of threats"));
    let mut covers = Covers::default();
    for folder in ["src", "tests/it"] {
        collect(root, &root.join(folder), &mut covers);
    }
    println!("{}", table(&threats, &covers));
    let findings = findings(&threats, &covers);
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));
}

/// Reads the tests of every source below `folder`.
fn collect(root: &Path, folder: &Path, covers: &mut Covers) {
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, covers);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let place = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            covers.read(&place, &fs::read_to_string(&path).expect("a source"));
        }
    }
}

/// Everything that is wrong with the list and the tests, one line each.
fn findings(threats: &Threats, covers: &Covers) -> Vec<String> {
    let mut found = [&threats.findings[..], &covers.findings[..]].concat();
    let listed: BTreeSet<&str> = threats.rows.values().flatten().map(String::as_str).collect();
    let mut report = |what: &str, rows: Vec<&str>| {
        if !rows.is_empty() {
            found.push(format!("{what}: {}", rows.join(" ")));
        }
    };
    let has_test = |row: &str| covers.tests.contains_key(row);
    let all_have_tests = |group: &str| threats.rows.get(group).is_some_and(|rows| rows.iter().all(|row| has_test(row)));
    let reasons = || threats.reasons.keys().map(String::as_str);
    report(
        "neither a test nor a reason",
        listed.iter().copied().filter(|row| !has_test(row) && threats.reason(row).is_none()).collect(),
    );
    report("a reason although there is a test", reasons().filter(|row| has_test(row) || all_have_tests(row)).collect());
    report(
        "a reason for an unknown row",
        reasons().filter(|row| !listed.contains(row) && !threats.rows.contains_key(*row)).collect(),
    );
    report(
        "a test for an unknown row",
        covers.tests.keys().map(String::as_str).filter(|row| !listed.contains(row)).collect(),
    );
    found
}

fn table(threats: &Threats, covers: &Covers) -> String {
    let mut text = String::from("group     rows  covered  tests  left\n");
    let mut sum = [0; 4];
    for (group, rows) in &threats.rows {
        let tests: Vec<usize> = rows.iter().filter_map(|row| covers.tests.get(row)).copied().collect();
        let line = [rows.len(), tests.len(), tests.iter().sum(), rows.len() - tests.len()];
        for (sum, number) in sum.iter_mut().zip(line) {
            *sum += number;
        }
        write_line(&mut text, group, line);
    }
    write_line(&mut text, "all", sum);
    for (row, reason) in &threats.reasons {
        let _infallible = writeln!(text, "left: {row}: {reason}");
    }
    text
}

fn write_line(text: &mut String, group: &str, [rows, covered, tests, left]: [usize; 4]) {
    let _infallible = writeln!(text, "{group:<8} {rows:>5} {covered:>8} {tests:>6} {left:>5}");
}

/// Whether `text` is the number of a row: `B36`, `S0-20a`, `CVE-E5`.
fn is_row(text: &str) -> bool {
    let group = group(text);
    let number = text[group.len()..].trim_start_matches('-');
    let digits = number.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    let is_number = |least: usize| {
        (least..=2).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && (digits.len() == least || !digits.starts_with('0'))
    };
    match group {
        "S0" | "S1" | "S2" => text.as_bytes().get(2) == Some(&b'-') && is_number(1) && number.len() <= digits.len() + 1,
        _ if group.starts_with("CVE-") => is_number(1) && number == digits && text.len() == group.len() + number.len(),
        _ => group.len() == 1 && digits.len() == 2 && is_number(2) && text.len() == 3,
    }
}

/// The group of a row: `B36` is of `B`, `S1-18` of `S1`, `CVE-E5` of `CVE-E`; empty if `text` begins with none.
fn group(text: &str) -> &str {
    let letter = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_uppercase);
    let end = match text.as_bytes() {
        [b'C', b'V', b'E', b'-', ..] if letter(4) => "CVE-E".len(),
        [b'S', b'0'..=b'2', ..] => "S1".len(),
        [b'A'..=b'L', ..] => 1,
        _ => 0,
    };
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::{Covers, Threats, findings, group, is_row};

    const LIST: &str = "## B. Claims\n\n| Row | What | Source |\n|---|---|---|\n| B01 | An issuer. | Core §2 |\n\
                        | B02 | A slash. | Core §2 |\n\n## Rows without a test\n\n| Row | Reason |\n|---|---|\n\
                        | B02 | Not offered. |\n";
    const TEST: &str = "// Covers: B01.\n#[test]\nfn an_issuer() {}\n";

    fn found(list: &str, test: &str) -> Vec<String> {
        let mut covers = Covers::default();
        covers.read("src/x.rs", test);
        findings(&Threats::read(list), &covers)
    }

    #[test]
    fn a_list_and_its_tests_fit() {
        assert_eq!(found(LIST, TEST), Vec::<String>::new());
        let group = LIST.replace("| B02 | Not", "| B | Not");
        assert_eq!(found(&group, TEST), Vec::<String>::new());
    }

    #[test]
    fn every_mismatch_is_found() {
        for (list, test, finding) in [
            (LIST.replace("| B02 | Not offered. |\n", ""), TEST.to_owned(), "neither a test nor a reason: B02"),
            (LIST.to_owned(), TEST.replace("B01", "B01, B02"), "a reason although there is a test: B02"),
            (LIST.to_owned(), TEST.replace("B01", "B01, B03"), "a test for an unknown row: B03"),
            (
                LIST.replace("| B02 | Not", "| B09 | Not"),
                TEST.replace("B01", "B01, B02"),
                "a reason for an unknown row: B09",
            ),
            (
                LIST.replace("| B02 | A", "| B01 | A").replace("| B02 | Not offered. |\n", ""),
                TEST.to_owned(),
                "docs/threats.md:6: B01 twice",
            ),
            (format!("{LIST}| B02 | Again. |\n"), TEST.to_owned(), "docs/threats.md:13: B02 twice"),
            (
                LIST.replace("| B02 | A", "| C02 | A"),
                TEST.replace("B01", "B01, C02"),
                "docs/threats.md:6: C02 is not of the group B",
            ),
            (
                LIST.replace(" A slash. ", "  "),
                TEST.to_owned(),
                "docs/threats.md:6: a row is `| number | meaning | source |`",
            ),
            (
                LIST.replace(" Not offered. ", "  "),
                TEST.to_owned(),
                "docs/threats.md:12: a reason is `| row | reason |`",
            ),
            (LIST.to_owned(), TEST.replace("B01.", "B01"), "src/x.rs:1: malformed: `// Covers: B01`"),
        ] {
            assert!(found(&list, &test).contains(&finding.to_owned()), "{finding}: {:?}", found(&list, &test));
        }
    }

    #[test]
    fn a_reason_for_a_fully_tested_group_is_found() {
        let test = TEST.replace("B01", "B01, B02");
        let list = LIST.replace("| B02 | Not", "| B | Not");
        assert_eq!(found(&list, &test), ["a reason although there is a test: B"]);
    }

    #[test]
    fn rows_have_fixed_forms() {
        for (row, of) in
            [("B36", "B"), ("L01", "L"), ("S0-20a", "S0"), ("S1-18", "S1"), ("CVE-E5", "CVE-E"), ("CVE-D10", "CVE-D")]
        {
            assert!(is_row(row), "{row}");
            assert_eq!(group(row), of);
        }
        for text in [
            "", "B", "B3", "B360", "b36", "M01", "B36a", "S3-1", "S118", "S1-", "S1-18ab", "CVE-E05", "CVE-E", "CVE-",
            "CVE-E-5", "B-1",
        ] {
            assert!(!is_row(text), "{text}");
        }
    }
}
