//! What a file is called, how it begins, and how long it may be.

use super::reader::{Finding, Source};

/// The most lines of a file before its tests: a longer file has more than one subject.
const LINES: usize = 400;
/// The most lines of inline tests: longer ones belong in a file of their own.
const INLINE_TESTS: usize = 120;
/// Names that do not describe the content of a file.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "manager", "helper", "helpers", "misc"];

/// The first line is a doc comment that describes the file.
pub(super) fn without_header(file: &Source) -> Vec<Finding> {
    let first = file.text.lines().next().unwrap_or_default();
    let says = first.strip_prefix("//! ").is_some_and(|what| !what.trim().is_empty());
    if says { Vec::new() } else { vec![finding(1, "the first line does not describe the file (`//! …`)")] }
}

/// The file and its inline tests are short.
pub(super) fn too_long(file: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    if file.lines() > LINES {
        found.push(finding(LINES + 1, &format!("{} lines before the tests, more than {LINES}", file.lines())));
    }
    if let Some(begin) = file.tests_begin().filter(|_| file.module().is_some()) {
        let tests = file.counted(usize::MAX) - file.counted(begin);
        if tests > INLINE_TESTS {
            let folder = file.place.trim_end_matches(".rs");
            found.push(finding(begin, &format!("{tests} lines of tests: move them to {folder}/tests.rs")));
        }
    }
    found
}

/// The names of the file, its folders and its modules describe their content.
pub(super) fn empty_names(file: &Source) -> Vec<Finding> {
    let says_nothing = |name: &str| EMPTY_NAMES.contains(&name) || name.ends_with("_main");
    let in_place =
        file.place.trim_end_matches(".rs").split('/').filter(|name| says_nothing(name)).map(|name| (1, name));
    let modules = (1..file.tokens.len()).filter(|at| file.token(at - 1) == "mod" && says_nothing(file.token(*at)));
    let in_text = modules.map(|at| (file.tokens[at].line, file.token(at)));
    in_place.chain(in_text).map(|(line, name)| finding(line, &format!("`{name}` does not describe the file"))).collect()
}

fn finding(line: usize, why: &str) -> Finding {
    Finding { line, why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::{Finding, INLINE_TESTS, LINES, Source, empty_names, too_long, without_header};

    fn source(place: &str, text: &str) -> Source {
        Source::new(place, text)
    }

    #[test]
    fn a_file_begins_with_a_description() {
        for text in ["", "use std::fs;", "// A comment.\n//! Late.", "//!\n//! Late.", "//! ", "\n//! Late."] {
            assert_eq!(without_header(&source("src/web/form.rs", text)).len(), 1, "{text:?}");
        }
        assert_eq!(without_header(&source("src/web/form.rs", "//! Forms.\n")), Vec::<Finding>::new());
    }

    #[test]
    fn a_long_file_is_refused_after_the_limit() {
        let text = |before: usize, inline: usize| {
            format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "x\n".repeat(before), "\n".repeat(inline))
        };
        assert!(too_long(&source("src/web/form.rs", &text(LINES, INLINE_TESTS - 3))).is_empty());
        assert_eq!(too_long(&source("src/web/form.rs", &text(LINES + 1, 1)))[0].line, LINES + 1);
        assert_eq!(too_long(&source("src/web/form.rs", &text(1, INLINE_TESTS)))[0].line, 2);
        assert_eq!(too_long(&source("src/web/form/tests.rs", &"x\n".repeat(LINES + 1))).len(), 1);
        assert_eq!(too_long(&source("tests/it/login.rs", &"x\n".repeat(LINES + 1))).len(), 1);
        let covered = "    // Covers: B26.\nx\n".repeat(LINES);
        assert!(too_long(&source("tests/it/login.rs", &covered)).is_empty());
    }

    #[test]
    fn empty_names_are_refused() {
        for (place, text) in [
            ("src/web/util.rs", ""),
            ("src/common/form.rs", ""),
            ("tests/it/helpers.rs", ""),
            ("src/proxy/proxy_main.rs", ""),
            ("src/web/form.rs", "mod manager {}"),
        ] {
            assert_eq!(empty_names(&source(place, text)).len(), 1, "{place} {text}");
        }
        assert!(empty_names(&source("src/main.rs", "let common = util(helper);")).is_empty());
    }
}
