//! An error in full: itself and all below it.

use std::error::Error;

/// `error` and each of its sources, joined by colons: one line for a log. Our errors say only their own level.
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
