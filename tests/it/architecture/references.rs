//! A document that a text of the repository names is in the repository.

use std::path::{Component, Path, PathBuf};

use super::reader::Finding;

/// Names of documents outside the repository, which were once cited by section.
const OUTSIDE: &[&str] = &["design", "cases", "stores", "vocabulary", "sign-in"];

/// The documents that a text names and that `exists` does not know. A name counts from the folder of the text or from the root.
pub(super) fn missing(place: &str, text: &str, exists: impl Fn(&Path) -> bool) -> Vec<Finding> {
    let folder = Path::new(place).parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for name in named(line) {
            let is_there =
                [folder, Path::new("")].iter().any(|from| normal(&from.join(name)).is_some_and(|at| exists(&at)));
            if !is_there {
                found.push(Finding { line: at + 1, why: format!("`{name}` is not in the repository") });
            }
        }
        for name in cited(line) {
            found.push(Finding { line: at + 1, why: format!("`{name}` is a document outside the repository") });
        }
    }
    found
}

/// The names of Markdown files and the paths below `docs`. Addresses of web pages are left out.
fn named(line: &str) -> Vec<&str> {
    let belongs = |sign: char| sign.is_ascii_alphanumeric() || "-_./:".contains(sign);
    line.split(|sign: char| !belongs(sign))
        .map(|word| word.trim_end_matches(['.', ':', '/']))
        .filter(|word| !word.contains("//"))
        .map(|word| word.split_once(':').map_or(word, |(name, _)| name))
        .filter(|word| {
            let is_document = word.strip_suffix(".md").is_some_and(|name| !name.is_empty() && !name.ends_with('/'));
            is_document || (word.starts_with("docs/") && word.len() > "docs/".len())
        })
        .collect()
}

/// Citations of a section of a document outside the repository, by its bare name.
fn cited(line: &str) -> Vec<&'static str> {
    let names = OUTSIDE.iter().copied().filter(|name| {
        line.match_indices(name).any(|(at, _)| {
            let begins = !line[..at].ends_with(|sign: char| sign.is_alphanumeric() || "-_/".contains(sign));
            begins && line[at + name.len()..].starts_with(" §")
        })
    });
    names.collect()
}

/// The path without `.` and `..`; nothing if it leads out of the repository.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            part => normal.push(part),
        }
    }
    Some(normal)
}

#[cfg(test)]
mod tests {
    use super::{Path, missing};

    /// The number of findings. In `text`, `~` stands for the ending of a Markdown file, `%` for the folder of documents and `$` for the
    /// section sign, so that this file itself names no document.
    fn wrong(place: &str, text: &str) -> usize {
        let exists = |path: &Path| ["docs/reasons.md", "README.md"].iter().any(|there| Path::new(there) == path);
        missing(place, &text.replace('~', ".md").replace('%', "docs").replace('$', "§"), exists).len()
    }

    #[test]
    fn documents_of_the_repository_are_accepted() {
        for (place, text) in [
            ("src/a/b.rs", "//! See `%/reasons~`, line %/reasons~:7."),
            ("docs/pages.md", "[reasons](reasons~#log) and [README](../README~)."),
            ("src/a/b.rs", "include_str!(\"../../%/reasons~\")"),
            ("README.md", "https://example.com/%/x and https://example.com/other~, docs.rs, the folder %/"),
            ("README.md", "the design of it; RFC 9110 $5; a case $"),
        ] {
            assert_eq!(wrong(place, text), 0, "{text}");
        }
    }

    #[test]
    fn documents_outside_the_repository_are_refused() {
        for (place, text) in [
            ("src/a/b.rs", "//! (plan~ $1)"),
            ("src/a/b.rs", "// as `%/plan` says."),
            ("docs/pages.md", "[x](../plan~)"),
            ("docs/pages.md", "[x](reasons/plan~)"),
            ("docs/pages.md", "[x](../../%/reasons~)"),
            ("src/a/b.rs", "// design $4, rule 1"),
        ] {
            assert_eq!(wrong(place, text), 1, "{text}");
        }
    }
}
