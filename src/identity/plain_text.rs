//! Texts that arrive at an application as they are. A claim is compared in rules only as the application sees it.

/// Whether an application reads `text` in a header field as the same text: it has no blank at its ends, which are no part of a
/// field value (RFC 9110 §5.5), and no control character, and is neither empty nor longer than 6 KiB.
#[must_use]
pub(crate) fn is_plain_text(text: &str) -> bool {
    (1..=MAX_BYTES).contains(&text.len())
        && !text.starts_with(is_blank)
        && !text.ends_with(is_blank)
        && !text.chars().any(char::is_control)
}

/// Whether software removes `letter` at the ends of a text: Unicode white space, and what counted as such once.
pub(super) fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{180e}' | '\u{200b}' | '\u{feff}')
}

/// Application servers commonly limit a request head to 8 KB.
const MAX_BYTES: usize = 6 * 1024;

#[cfg(test)]
mod tests {
    use super::is_plain_text;

    // Covers: L45.
    #[test]
    fn only_texts_that_arrive_unchanged_are_plain() {
        for text in ["alice", "Zoë Ω", "a b", "a,b", "100%", "\"q\"", "a\u{a0}b"] {
            assert!(is_plain_text(text), "{text:?}");
        }
        for text in [
            "",
            " ",
            " alice",
            "alice ",
            "\talice",
            "alice\t",
            "a\tb",
            "a\nb",
            "a\r",
            "a\0",
            "a\x7f",
            "a\u{85}b",
            "\u{a0}alice",
            "alice\u{a0}",
            "\u{2003}alice",
            "\u{3000}alice",
            "alice\u{feff}",
            "\u{200b}alice",
            "\u{2028}a",
        ] {
            assert!(!is_plain_text(text), "{text:?}");
        }
        assert!(is_plain_text(&"x".repeat(6144)) && !is_plain_text(&"x".repeat(6145)));
    }
}
