//! Typed access to the tables of the configuration. Reading does not stop at an error: each error is recorded in the
//! [`Reader`], so that all errors are reported at once.

use std::{
    cell::RefCell,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    diagnostic::{Diagnostic, Span},
    duration::{self, DurationError},
    environment::Environment,
    source::{Location, Node, Table, Value},
    suggestion,
};

/// The context of reading one configuration: where secrets and files are looked up, and the diagnostics so far.
pub(super) struct Reader<'a> {
    pub(super) environment: &'a Environment,
    /// The directory of the configuration file, which relative paths are resolved against.
    directory: &'a Path,
    pub(super) errors: RefCell<Vec<Diagnostic>>,
    pub(super) warnings: RefCell<Vec<Diagnostic>>,
    /// The locations of values that are redacted in diagnostics.
    pub(super) hidden: RefCell<Vec<Location>>,
}

/// A table of the configuration and the keys that are allowed in it.
pub(super) struct Section<'a> {
    pub(super) reader: &'a Reader<'a>,
    /// The span of the table.
    pub(super) span: Span,
    table: Option<&'a Table>,
    /// The value is not a table, which has been reported: missing keys are not reported as well.
    is_wrong_type: bool,
    keys: &'static [&'static str],
}

/// A value with its span.
#[derive(Clone, Debug)]
pub(super) struct Spanned<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

impl<T> Spanned<T> {
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: change(self.value), span: self.span }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(environment: &'a Environment, directory: &'a Path) -> Self {
        let (errors, warnings, hidden) = Default::default();
        Self { environment, directory, errors, warnings, hidden }
    }

    /// Records an error.
    pub(super) fn error(&self, span: &Span, message: impl Into<String>, help: impl Into<String>) {
        self.errors.borrow_mut().push(Diagnostic::new(span, message, help));
    }

    /// Records a warning, for what is allowed but probably unintended.
    pub(super) fn warn(&self, span: &Span, message: impl Into<String>, help: impl Into<String>) {
        self.warnings.borrow_mut().push(Diagnostic::new(span, message, help));
    }

    /// Redacts `node`, including all nested values, in every diagnostic.
    pub(super) fn hide(&self, node: &Node) {
        match &node.value {
            Value::Array(items) => items.iter().for_each(|item| self.hide(item)),
            Value::Table(table) => table.values().for_each(|inner| self.hide(inner)),
            _ => self.hidden.borrow_mut().push(node.location.clone()),
        }
    }

    /// The table `node` with the path `key`. Keys other than `keys` are errors.
    pub(super) fn section(&'a self, node: &'a Node, key: &str, keys: &'static [&'static str]) -> Option<Section<'a>> {
        let span = Span { key: key.to_owned(), location: node.location.clone() };
        let Value::Table(table) = &node.value else {
            self.hide(node);
            self.error(&span, wrong_type(&node.value, "a table"), "write the keys in a table of this name");
            return None;
        };
        let section = Section { reader: self, span, table: Some(table), is_wrong_type: false, keys };
        section.refuse_unknown_keys(table);
        Some(section)
    }

    /// `text` as a path, resolved against the directory of the configuration file.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        self.directory.join(text)
    }

    /// The string `node`, which must not be empty or contain control characters.
    fn string(&self, node: &'a Node, key: String) -> Option<Spanned<&'a str>> {
        let span = Span { key, location: node.location.clone() };
        if matches!(&node.value, Value::String(text) if may_have_password(text)) {
            self.hide(node);
        }
        match &node.value {
            Value::String(text) if text.trim().is_empty() => {
                self.error(&span, "empty string", "write a value, or remove the key");
            }
            Value::String(text) if text.chars().any(|letter| letter.is_control() || letter == '\u{fffd}') => {
                self.error(&span, "control character or invalid UTF-8 in the string", "write plain text");
            }
            Value::String(text) => return Some(Spanned { value: text, span }),
            other => self.error(&span, wrong_type(other, "a string"), "write the value in quotes"),
        }
        None
    }

    /// The strings of `node`, which is a string or an array of strings.
    fn strings(&self, node: &'a Node, key: &str) -> Vec<Spanned<&'a str>> {
        match &node.value {
            Value::Array(items) => {
                let string = |(at, item)| self.string(item, format!("{key}[{at}]"));
                items.iter().enumerate().filter_map(string).collect()
            }
            Value::String(_) => self.string(node, key.to_owned()).into_iter().collect(),
            other => {
                let span = Span { key: key.to_owned(), location: node.location.clone() };
                let message = wrong_type(other, "a string or an array of strings");
                self.error(&span, message, "write the value in quotes");
                Vec::new()
            }
        }
    }

    /// The strings of `node`, as in [`Reader::strings`]. An empty array is an error, with the text `help`.
    fn non_empty_strings(&self, node: &'a Node, key: &str, help: &str) -> Vec<Spanned<&'a str>> {
        if matches!(&node.value, Value::Array(items) if items.is_empty()) {
            let span = Span { key: key.to_owned(), location: node.location.clone() };
            self.error(&span, EMPTY_ARRAY, help);
        }
        self.strings(node, key)
    }
}

impl<'a> Section<'a> {
    /// The full path of `key` in this section.
    pub(super) fn key(&self, key: &str) -> String {
        if self.span.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.span.key) }
    }

    /// The span of `key`. If the key is missing, the location is that of the section.
    pub(super) fn span(&self, key: &str) -> Span {
        let location = self.node(key).map_or(&self.span.location, |node| &node.location);
        Span { key: self.key(key), location: location.clone() }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.node(key).is_some()
    }

    /// Reports an error if `key` is missing.
    pub(super) fn require(&self, key: &str, help: &str) {
        if !self.has(key) && !self.is_wrong_type {
            self.reader.error(&self.span(key), "missing required key", help);
        }
    }

    pub(super) fn node(&self, key: &str) -> Option<&'a Node> {
        debug_assert!(self.keys.contains(&key), "{key} is not among the keys of {}", self.span.key);
        self.table?.get(key)
    }

    pub(super) fn string(&self, key: &str) -> Option<Spanned<&'a str>> {
        self.reader.string(self.node(key)?, self.key(key))
    }

    /// A string or an array of strings. Empty if the key is missing.
    pub(super) fn strings(&self, key: &str) -> Vec<Spanned<&'a str>> {
        self.node(key).map(|node| self.reader.strings(node, &self.key(key))).unwrap_or_default()
    }

    /// A string or an array of strings. Empty if the key is missing; an empty array is an error with the text `help`.
    pub(super) fn non_empty_strings(&self, key: &str, help: &str) -> Vec<Spanned<&'a str>> {
        self.node(key).map(|node| self.reader.non_empty_strings(node, &self.key(key), help)).unwrap_or_default()
    }

    /// The names and values of a table of strings. The location of each pair is that of its name.
    pub(super) fn pairs(&self, key: &str) -> Vec<Spanned<(&'a str, &'a str)>> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let Value::Table(table) = &node.value else {
            let message = wrong_type(&node.value, "a table of strings");
            self.reader.error(&self.span(key), message, "write { name = \"value\" }");
            return Vec::new();
        };
        let pair = |(name, node): (&'a String, &'a Node)| {
            let text = self.reader.string(node, format!("{}.{name}", self.key(key)))?;
            let span = Span { location: node.key_location.clone(), ..text.span };
            Some(Spanned { value: (name.as_str(), text.value), span })
        };
        table.iter().filter_map(pair).collect()
    }

    /// The table `claims`: names, each with a string or an array of strings.
    pub(super) fn claims(&self) -> Vec<(&'a str, Vec<Spanned<&'a str>>)> {
        let Some(node) = self.node("claims") else { return Vec::new() };
        let Value::Table(table) = &node.value else {
            let help = "write { claim = [\"value\"] }";
            self.reader.error(&self.span("claims"), wrong_type(&node.value, "a table of claims"), help);
            return Vec::new();
        };
        if table.is_empty() {
            self.reader.error(&self.span("claims"), "empty table", "add a claim, or remove the key");
        }
        let claim = |(name, node): (&'a String, &'a Node)| {
            let key = format!("{}.{name}", self.key("claims"));
            (name.as_str(), self.reader.non_empty_strings(node, &key, "add a value, or remove the claim"))
        };
        table.iter().map(claim).collect()
    }

    pub(super) fn boolean(&self, key: &str) -> Option<bool> {
        match &self.node(key)?.value {
            Value::Boolean(flag) => Some(*flag),
            Value::String(text) if self.is_from_environment(key) && text == "true" => Some(true),
            Value::String(text) if self.is_from_environment(key) && text == "false" => Some(false),
            other => {
                let help = "write true or false, without quotes";
                self.reader.error(&self.span(key), wrong_type(other, "a boolean"), help);
                None
            }
        }
    }

    /// An integer within `range`.
    pub(super) fn integer(&self, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = &self.node(key)?.value;
        let number = match value {
            Value::Integer(number) => Some(*number),
            Value::String(text) if self.is_from_environment(key) => text.parse().ok(),
            _ => None,
        };
        let inside = number.filter(|number| range.contains(number));
        if inside.is_none() {
            let message = number
                .map_or_else(|| wrong_type(value, "a positive integer"), |number| format!("{number} is out of range"));
            let help = format!("write a number from {} to {}, without quotes", range.start(), range.end());
            self.reader.error(&self.span(key), message, help);
        }
        inside
    }

    /// A duration within `range`.
    pub(super) fn duration(&self, key: &str, range: RangeInclusive<Duration>) -> Option<Spanned<Duration>> {
        if let Some(Value::Integer(number)) = self.node(key).map(|node| &node.value) {
            self.reader.error(&self.span(key), format!("duration {number} has no unit"), DURATION_HELP);
            return None;
        }
        let text = self.string(key)?;
        let value = quoted(text.value);
        let (message, help) = match duration::parse(text.value) {
            Ok(duration) if range.contains(&duration) => return Some(text.map(|_| duration)),
            Ok(_) | Err(DurationError::Negative) => {
                let [min, max] = [range.start(), range.end()].map(|bound| duration::display(*bound));
                let help = format!("write a duration from \"{min}\" to \"{max}\"");
                (format!("duration {value} is out of range"), help)
            }
            Err(DurationError::CalendarUnit) => {
                let help = "write days, hours, minutes or seconds; a week is \"7d\"";
                (format!("duration {value} has a unit longer than a day"), help.to_owned())
            }
            Err(DurationError::Malformed) => (format!("invalid duration {value}"), DURATION_HELP.to_owned()),
        };
        self.reader.error(&text.span, message, help);
        None
    }

    /// The path of a file or directory, resolved against the directory of the configuration file.
    pub(super) fn path(&self, key: &str) -> Option<Spanned<PathBuf>> {
        Some(self.string(key)?.map(|text| self.reader.path(text)))
    }

    /// The table `key`; an empty section if the key is missing or not a table.
    pub(super) fn section(&self, key: &str, keys: &'static [&'static str]) -> Section<'a> {
        let node = self.node(key);
        node.and_then(|node| self.reader.section(node, &self.key(key), keys)).unwrap_or_else(|| Section {
            reader: self.reader,
            span: self.span(key),
            table: None,
            is_wrong_type: node.is_some(),
            keys,
        })
    }

    /// The tables of the array `key`. Empty if the key is missing.
    pub(super) fn sections(&self, key: &str, keys: &'static [&'static str]) -> Vec<Section<'a>> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let Value::Array(items) = &node.value else {
            let help = format!("write [[{key}]] in double brackets: there can be several");
            self.reader.hide(node);
            self.reader.error(&self.span(key), wrong_type(&node.value, "an array of tables"), help);
            return Vec::new();
        };
        let section = |(at, item)| self.reader.section(item, &format!("{}[{at}]", self.key(key)), keys);
        items.iter().enumerate().filter_map(section).collect()
    }

    /// Environment variables have no types: numbers and booleans are strings there.
    fn is_from_environment(&self, key: &str) -> bool {
        matches!(self.span(key).location, Location::Environment(_))
    }

    fn refuse_unknown_keys(&self, table: &Table) {
        for (name, node) in table.iter().filter(|(name, _)| !self.keys.contains(&name.as_str())) {
            // The value may be a secret whose key is misspelt.
            self.reader.hide(node);
            let span = Span { key: self.key(name), location: node.key_location.clone() };
            let keys = format!("the keys of this table are: {}", self.keys.join(", "));
            self.reader.error(&span, "unknown key", suggestion::help(name, self.keys, keys));
        }
    }
}

/// `text` in quotation marks for a message. A text that may contain a password is replaced, and a long one is cut.
pub(super) fn quoted(text: &str) -> String {
    if may_have_password(text) {
        return "\"***\"".to_owned();
    }
    match text.char_indices().nth(QUOTED_CHARS) {
        Some((end, _)) => format!("\"{}…\"", text[..end].escape_debug()),
        None => format!("\"{}\"", text.escape_debug()),
    }
}

/// Whether `text` may be a URL with a password (RFC 3986 §3.2.1).
fn may_have_password(text: &str) -> bool {
    text.contains('@') && text.contains("//")
}

fn wrong_type(value: &Value, expected: &str) -> String {
    format!("expected {expected}, found {}", value.kind())
}

pub(super) const EMPTY_ARRAY: &str = "empty array";
const DURATION_HELP: &str = "write numbers with units, such as \"90s\", \"15m\" or \"1h 30m\"";
const QUOTED_CHARS: usize = 60;
