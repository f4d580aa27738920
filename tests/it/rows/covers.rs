//! Reads which rows the tests of a source cover.

use std::collections::{BTreeMap, BTreeSet};

use super::is_row;

/// The rows that tests cover.
#[derive(Default)]
pub(super) struct Covers {
    /// Each row, and the number of its tests.
    pub(super) tests: BTreeMap<String, usize>,
    /// Lines that have not the fixed form or stand above no test.
    pub(super) findings: Vec<String>,
}

impl Covers {
    pub(super) fn read(&mut self, place: &str, text: &str) {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_meant(line)) {
            let mut complain = |what: &str| self.findings.push(format!("{place}:{}: {what}: `{line}`", at + 1));
            match rows_of(line) {
                None => complain("malformed"),
                Some(_) if !stands_above_a_test(&lines[at + 1..]) => complain("above no test"),
                Some(rows) => rows.into_iter().for_each(|row| *self.tests.entry(row.to_owned()).or_default() += 1),
            }
        }
    }
}

/// Whether a line is a comment that means to name rows, well-formed or not.
fn is_meant(line: &str) -> bool {
    let comment = line.strip_prefix("//").map(|comment| comment.trim_start_matches(['/', '!', ' ']));
    comment.is_some_and(|comment| {
        comment.get(.."covers:".len()).is_some_and(|begin| begin.eq_ignore_ascii_case("covers:"))
    })
}

/// The rows of `// Covers: B26, CVE-E5.`, each once.
fn rows_of(line: &str) -> Option<Vec<&str>> {
    let rows: Vec<&str> = line.strip_prefix("// Covers: ")?.strip_suffix('.')?.split(", ").collect();
    let distinct: BTreeSet<&str> = rows.iter().copied().collect();
    (rows.iter().all(|row| is_row(row)) && distinct.len() == rows.len()).then_some(rows)
}

/// Whether these lines begin with a test function, its comments and attributes before it, or with a line of a table of faults.
fn stands_above_a_test(lines: &[&str]) -> bool {
    let (mut inside, mut test) = (false, false);
    for (at, line) in lines.iter().enumerate() {
        if inside {
            inside = !line.ends_with(")]");
        } else if line.starts_with("#[") {
            test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            inside = !line.ends_with(']');
        } else if !line.starts_with("//") || is_meant(line) {
            let function = line.strip_prefix("async ").unwrap_or(line).starts_with("fn ");
            return (test && function) || (at == 0 && is_row_of_faults(line));
        }
    }
    false
}

/// `no_issuer: "B03a" @ Front Back => …`
fn is_row_of_faults(line: &str) -> bool {
    line.split_once(": \"").is_some_and(|(name, _)| {
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::Covers;

    fn read(text: &str) -> Covers {
        let mut covers = Covers::default();
        covers.read("src/x.rs", text);
        covers
    }

    #[test]
    fn rows_are_read_above_every_kind_of_test() {
        for text in [
            "// Covers: B26, CVE-E5.\n#[test]\nfn f() {}",
            "    // Covers: B26, CVE-E5.\n    /// What holds.\n    #[tokio::test(start_paused = true)]\n    async fn f() {",
            "// Covers: B26, CVE-E5.\n#[test]\n#[expect(\n  clippy::x,\n  reason = \"y\"\n)]\nfn f() {}",
            "// A remark.\n// Covers: B26, CVE-E5.\nno_issuer: \"B03a\" @ Front Back => Refused(\"x\");",
        ] {
            let covers = read(text);
            assert_eq!(covers.findings, Vec::<String>::new(), "{text}");
            assert_eq!(
                covers.tests.into_iter().collect::<Vec<_>>(),
                [("B26".into(), 1), ("CVE-E5".into(), 1)],
                "{text}"
            );
        }
        assert!(read("// This covers: all.\n/// It covers B26.\nlet x = \"// Covers: B26.\";").findings.is_empty());
    }

    #[test]
    fn malformed_lines_are_found() {
        for line in [
            "// Covers: B26",
            "// Covers: B26 and B27.",
            "// Covers: B26,B27.",
            "// Covers: b26.",
            "// Covers: B26, B26.",
            "// Covers: .",
            "// covers: B26.",
            "//Covers: B26.",
            "/// Covers: B26.",
            "//! Covers: B26.",
            "// Covers: CVE-E05.",
        ] {
            let covers = read(&format!("{line}\n#[test]\nfn f() {{}}"));
            assert_eq!(covers.findings, [format!("src/x.rs:1: malformed: `{line}`")]);
            assert!(covers.tests.is_empty());
        }
    }

    #[test]
    fn a_line_above_no_test_is_found() {
        for below in [
            "",
            "fn f() {}",
            "\n#[test]\nfn f() {}",
            "struct S;",
            "#[test]\nstruct S;",
            "// Covers: B27.\n#[test]\nfn f() {}",
            "// A remark.\nno_issuer: \"B03a\" @ Front => SignedIn;",
        ] {
            let covers = read(&format!("// Covers: B26.\n{below}"));
            assert_eq!(covers.findings, ["src/x.rs:1: above no test: `// Covers: B26.`"], "{below}");
            assert!(!covers.tests.contains_key("B26"), "{below}");
        }
    }
}
