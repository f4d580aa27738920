//! Each reason code has one row in `docs/reasons.md`, with the texts for user and operator.

use vestibule::{flow::words, reason::ReasonCode, web::Language};

#[test]
fn every_reason_code_is_documented() {
    let written: Vec<&str> = DOCUMENT.lines().filter(|line| line.starts_with("| `")).collect();
    let wanted: Vec<String> = ReasonCode::ALL.iter().copied().map(row).collect();
    assert!(written == wanted, "docs/reasons.md should have these rows:\n{}", wanted.join("\n"));
}

fn row(reason: ReasonCode) -> String {
    let words = words(reason.message(), Language::English);
    let (status, fault, hint) = (reason.status().as_u16(), reason.fault(), reason.hint());
    format!("| `{reason}` | {status} | {fault} | **{}.** {} | {hint} |", words.heading, words.paragraphs.join(" "))
}

const DOCUMENT: &str = include_str!("../../docs/reasons.md");
