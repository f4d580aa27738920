//! Words that were replaced by standard terms and do not come back.
//!
//! Checked are the sources of the product, the documents, the examples of configuration, and the names of test functions.

use std::collections::BTreeSet;

use super::reader::{Finding, Source};

/// English words: refused in every letter case, also as a part of a name.
const WORDS: &[&str] = &["mend", "mends", "mended", "mending", "whoever", "anew", "nobody", "lately"];
/// Phrases: refused in every letter case.
const PHRASES: &[&str] = &["is told"];
/// Names that were replaced: refused as they are written here, as whole words.
const NAMES: &[&str] = &[
    "Visit",
    "Manner",
    "SiteHeaders",
    "SendButton",
    "ParkingSlot",
    "ClaimKey",
    "KeptPost",
    "loop_stop",
    "closing_time",
    "last_call",
    "BREATH",
    "ask.rs",
    "gate.rs",
    "visit.rs",
    "whole.rs",
    "vouchers.rs",
    "calls.rs",
    "edge/gate",
    "edge/site",
    "edge/whole",
    "edge/failure",
    "config/vouchers",
    "session/attempt",
    "session/asked",
    "session/arrival",
    "identity/demand",
    "identity/person",
    "provider/calls",
];

/// Whether every word of a text is checked: the sources of the product, the documents, and the examples of configuration.
pub(super) fn is_checked(place: &str) -> bool {
    let within = |folder: &str| place.starts_with(folder);
    within("src/") || within("docs/") || within("config/") || matches!(place, "README.md" | "CONTRIBUTING.md")
}

/// The retired words of a text.
pub(super) fn in_text(text: &str) -> Vec<Finding> {
    let found = text.lines().enumerate().flat_map(|(at, line)| {
        retired(line).into_iter().map(move |word| Finding { line: at + 1, why: format!("`{word}` is a retired word") })
    });
    found.collect()
}

/// The retired words in the names of the functions of a test.
pub(super) fn in_test_names(file: &Source) -> Vec<Finding> {
    let functions = (0..file.tokens.len()).filter(|at| file.token(*at) == "fn" && file.tokens[*at].test);
    let found = functions.flat_map(|at| {
        let retired = retired(file.token(at + 1)).into_iter();
        retired.map(move |word| Finding { line: file.tokens[at].line, why: format!("`{word}` is a retired word") })
    });
    found.collect()
}

fn retired(line: &str) -> BTreeSet<&'static str> {
    let words = parts(line);
    let lower = line.to_lowercase().replace('_', " ");
    let words = WORDS.iter().filter(|word| words.contains(**word));
    let phrases = PHRASES.iter().filter(|phrase| is_in(&lower, &phrase.to_lowercase()));
    let names = NAMES.iter().filter(|name| is_in(line, name));
    words.chain(phrases).chain(names).copied().collect()
}

/// The words of a line in lower case; `begins_anew` and `CannotMend` are two words each.
fn parts(line: &str) -> BTreeSet<String> {
    let mut spaced = String::new();
    let mut before = ' ';
    for sign in line.chars() {
        if before.is_lowercase() && sign.is_uppercase() {
            spaced.push(' ');
        }
        spaced.push(if sign.is_alphanumeric() { sign } else { ' ' });
        before = sign;
    }
    spaced.to_lowercase().split_whitespace().map(str::to_owned).collect()
}

/// Whether `name` stands in the line and is not a part of a longer word.
fn is_in(line: &str, name: &str) -> bool {
    let continues = |sign: char| sign.is_alphanumeric() || sign == '_';
    line.match_indices(name).any(|(at, _)| {
        let (before, behind) = (line[..at].chars().next_back(), line[at + name.len()..].chars().next());
        !before.is_some_and(continues) && !behind.is_some_and(continues)
    })
}

#[cfg(test)]
mod tests {
    use super::{NAMES, PHRASES, Source, WORDS, in_test_names, in_text, is_checked};

    #[test]
    fn retired_words_are_found_in_every_form() {
        for word in WORDS {
            let capital = format!("{}{}", word[..1].to_uppercase(), &word[1..]);
            for text in [
                format!("it {word}."),
                format!("\"{capital}, x\""),
                format!("fn x_{word}_y()"),
                format!("Message::Cannot{capital}"),
            ] {
                assert_eq!(in_text(&format!("\n{text}"))[0].line, 2, "{text}");
            }
        }
        for name in NAMES.iter().chain(PHRASES) {
            assert_eq!(in_text(&format!("/// See `{name}`.")).len(), 1, "{name}");
        }
    }

    #[test]
    fn other_words_are_not_found() {
        for text in [
            "a recommendation, amended",
            "visit the page; VisitorCount; visits",
            "parking",
            "loop_stopped",
            "nobodys",
            "his toldness; this told",
            "a manner of speaking",
            "mandate.rs",
        ] {
            assert_eq!(in_text(text), [], "{text}");
        }
    }

    #[test]
    fn test_names_are_checked_and_test_bodies_are_not() {
        let name = WORDS[0];
        let text = format!("#[test]\nfn a_{name}_is_shown() {{ let {name} = 1; }} // {name}");
        assert_eq!(in_test_names(&Source::new("tests/it/x.rs", &text))[0].line, 2);
        assert_eq!(in_test_names(&Source::new("tests/it/x.rs", &text.replace(&format!("a_{name}"), "a_fix"))), []);
        assert_eq!(in_test_names(&Source::new("src/x/tests.rs", &text)).len(), 1);
    }

    #[test]
    fn sources_documents_and_configuration_are_checked() {
        for place in ["src/a/b.rs", "docs/threats.md", "config/full.toml", "README.md", "CONTRIBUTING.md"] {
            assert!(is_checked(place), "{place}");
        }
        assert!(!is_checked("tests/it/architecture/retired.rs") && !is_checked("CHANGELOG.md"));
    }
}
