//! Reason codes: what the source names stands in the table, or it would be shown as an internal error (design.md §1); what stands in the
//! table is documented.

use std::{fs, path::Path};

use vestibule::{
    flow::{Fault, REASONS, Reason, find_reason},
    web::Language,
};

#[test]
fn every_reason_that_the_source_names_stands_in_the_table() {
    let mut codes = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut codes);
    assert!(codes.len() > 50, "the source names only {codes:?}");
    let unknown: Vec<_> = codes.iter().filter(|code| find_reason(code).code != **code).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_reason_that_stands_in_the_table_is_documented() {
    let written: Vec<&str> = DOCUMENT.lines().filter(|line| line.starts_with("| `")).collect();
    let wanted: Vec<String> = REASONS.iter().map(row).collect();
    assert!(written == wanted, "docs/reasons.md should have these rows:\n{}", wanted.join("\n"));
}

fn row(reason: &Reason) -> String {
    let fault = match reason.fault {
        Fault::Browser => "browser",
        Fault::Provider => "provider",
        Fault::Gateway => "gateway",
        Fault::Application => "application",
    };
    let words = reason.message.words(Language::English);
    let (code, status, mend) = (reason.code, reason.status, reason.mend);
    format!("| `{code}` | {status} | {fault} | **{}.** {} | {mend} |", words.heading, words.paragraphs.join(" "))
}

fn collect(folder: &Path, codes: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the source") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, codes);
        } else {
            codes.extend(codes_in(&fs::read_to_string(&path).expect("source text")));
        }
    }
}

/// The codes in `Reason("…")`, and, where a file has a function for them, in the arms that end in one.
fn codes_in(text: &str) -> Vec<String> {
    let has_function = ["fn reason(", "fn code("].iter().any(|function| text.contains(function));
    let starts: &[&str] = if has_function { &["Reason(\"", "=> \""] } else { &["Reason(\""] };
    let after = starts.iter().flat_map(|start| text.split(start).skip(1));
    let literals = after.filter_map(|rest| rest.split_once('"')).map(|(literal, _)| literal);
    let is_code =
        |literal: &str| literal.contains('-') && literal.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    literals.filter(|literal| is_code(literal)).map(str::to_owned).collect()
}

const DOCUMENT: &str = include_str!("../../docs/reasons.md");
