//! Diagnostics: what is wrong in a configuration, where, and how to fix it. All errors of a file are reported at once.
//!
//! Each diagnostic is printed with its line of the file. Secrets in that line are redacted.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::source::{Location, Source};

/// One error or warning about one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Diagnostic {
    pub(super) span: Span,
    /// What is wrong, for example `invalid duration "long"`. Printed after the key.
    pub(super) message: String,
    /// How to fix it, in the imperative.
    pub(super) help: String,
}

/// All errors, or all warnings, about one configuration, sorted by location.
///
/// `Display` prints each as `file:line:column: key: message; help`, followed by the line of the file with the value marked.
/// Secrets are redacted in both `Display` and `Debug`.
pub struct Diagnostics {
    source: Source,
    pub(super) list: Vec<Diagnostic>,
    severity: Severity,
}

/// Whether the gateway starts despite a diagnostic.
#[derive(Clone, Copy)]
pub(super) enum Severity {
    /// The gateway does not start.
    Error,
    /// The gateway starts.
    Warning,
}

/// A key and the location where it is written. For a missing key, the location is that of the table that lacks the key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) location: Location,
    /// The full path of the key: `section.key` or `list[0].key`. Empty for the file as a whole.
    pub(super) key: String,
}

impl Diagnostic {
    pub(super) fn new(span: &Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { span: span.clone(), message: message.into(), help: help.into() }
    }
}

impl Diagnostics {
    /// Sorts `list` by location and redacts the values at `hidden` in `source`.
    pub(super) fn new(severity: Severity, source: &Source, mut list: Vec<Diagnostic>, hidden: &[Location]) -> Self {
        list.sort_by(|one, other| one.span.cmp(&other.span));
        list.dedup();
        Self { source: Source::new(source.name(), redacted(source.text(), hidden)), list, severity }
    }

    /// The number of diagnostics.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.list.len()
    }

    /// The location of `diagnostic`: `file:line:column`, or the name of the environment variable.
    pub(super) fn location(&self, diagnostic: &Diagnostic) -> String {
        match &diagnostic.span.location {
            Location::File(start, _) => format!("{}:{}", self.source.name(), self.source.position(*start)),
            Location::Environment(name) => format!("environment variable {name}"),
        }
    }

    fn line(&self, diagnostic: &Diagnostic) -> String {
        let Diagnostic { span, message, help } = diagnostic;
        let severity = match self.severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        let separator = if span.key.is_empty() { "" } else { ": " };
        format!("{}: {severity}{}{separator}{message}; {help}", self.location(diagnostic), span.key)
    }

    /// The line of the file with carets under the value. `None` for environment variables and for the file as a whole.
    fn snippet(&self, diagnostic: &Diagnostic) -> Option<String> {
        let Location::File(start, end) = diagnostic.span.location else { return None };
        if (start, end) == (0, 0) || self.source.text().get(start..end).is_none() {
            return None;
        }
        let mark = AnnotationKind::Primary.span(start..end);
        let shown = Group::with_level(Level::ERROR).element(Snippet::source(self.source.text()).annotation(mark));
        Some(Renderer::plain().render(&[shown]))
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.list {
            writeln!(f, "{}", self.line(diagnostic))?;
            if let Some(snippet) = self.snippet(diagnostic) {
                writeln!(f, "{snippet}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Diagnostics {}

/// `text` with every character at `hidden` replaced. Replacements have the width in bytes of what they replace, because
/// the locations of the diagnostics are byte offsets.
fn redacted(text: &str, hidden: &[Location]) -> String {
    let is_hidden = |at: usize| {
        hidden.iter().any(|location| matches!(location, Location::File(from, to) if (*from..*to).contains(&at)))
    };
    let redact = |(at, character): (usize, char)| match character.len_utf8() {
        _ if character.is_whitespace() || !is_hidden(at) => character,
        1 => '*',
        2 => '·',
        3 => '…',
        _ => '𐄁',
    };
    text.char_indices().map(redact).collect()
}
