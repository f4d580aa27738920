//! An error with all its sources, as text.

use std::error::Error;

/// The message of `error` and of each of its sources, joined by `: `. The errors of this crate do not repeat the message
/// of their source.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
