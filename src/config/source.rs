//! The configuration file as a tree of values, each with its location.
//!
//! TOML 1.0 (<https://toml.io>). The types of the tree do not implement `Debug`, because values may be secrets.

use std::{collections::BTreeMap, fmt, ops::Range};

use toml::de::{DeTable, DeValue};

/// The text of the file, and the name of the file for messages.
pub(super) struct Source {
    name: String,
    text: String,
}

/// A value with its location.
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) location: Location,
    /// The location of the key, or of the value where there is no key (elements of an array).
    pub(super) key_location: Location,
}

/// A value of the file or of an environment variable.
pub(super) enum Value {
    String(String),
    Integer(u64),
    Boolean(bool),
    Array(Vec<Node>),
    Table(Table),
    /// A value of a type that no key accepts; holds the name of the type, with its article.
    Other(&'static str),
}

/// A table: values by key.
pub(super) type Table = BTreeMap<String, Node>;

/// Where a value is written. The order puts the file before the environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Location {
    /// A range of bytes of the file: start, and end (exclusive). `(0, 0)` is the file as a whole.
    File(usize, usize),
    /// The environment variable of this name.
    Environment(String),
}

/// Line and column, both counted from 1. Columns are counted in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    line: usize,
    column: usize,
}

/// The text is not valid TOML.
pub(super) struct SyntaxError {
    pub(super) location: Location,
    pub(super) message: String,
}

impl Source {
    pub(super) fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Parses the file. The node returned is a table.
    pub(super) fn parse(&self) -> Result<Node, SyntaxError> {
        match DeTable::parse(&self.text) {
            Ok(root) => {
                let file = Location::File(0, 0);
                let value = Value::Table(table(root.into_inner(), None));
                Ok(Node { value, location: file.clone(), key_location: file })
            }
            Err(error) => {
                let at = error.span().unwrap_or_default();
                Err(SyntaxError { location: Location::File(at.start, at.end), message: error.message().to_owned() })
            }
        }
    }

    /// The values in all lines that contain the word "secret". For files that do not parse, where values have no keys.
    pub(super) fn secret_lines(&self) -> Vec<Location> {
        let value = |line: &str| {
            let start = line.as_ptr() as usize - self.text.as_ptr() as usize;
            let at = line.find('=').filter(|_| line.to_lowercase().contains("secret"))?;
            let is_multi_line = ["\"\"\"", "'''"].iter().any(|quotes| line.contains(quotes));
            let end = if is_multi_line { self.text.len() } else { start + line.len() };
            Some(Location::File(start + at + 1, end))
        };
        self.text.lines().filter_map(value).collect()
    }

    pub(super) fn position(&self, offset: usize) -> Position {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

impl Value {
    /// The value of an environment variable: an array or table if the text parses as one (TOML or JSON), else a string.
    pub(super) fn from_environment(text: &str, variable: &str) -> Self {
        if text.starts_with(['[', '{']) {
            if let Ok(parsed) = DeValue::parse(text) {
                return value(parsed.into_inner(), Some(variable));
            }
            if let Ok(parsed) = serde_json::from_str(text) {
                return json(parsed, variable);
            }
        }
        Self::String(text.to_owned())
    }

    /// The name of the value's type, with its article.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::String(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Boolean(_) => "a boolean",
            Self::Array(_) => "an array",
            Self::Table(_) => "a table",
            Self::Other(kind) => kind,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

fn table(entries: DeTable<'_>, variable: Option<&str>) -> Table {
    let entry = |(name, node): (toml::Spanned<std::borrow::Cow<'_, str>>, toml::Spanned<DeValue<'_>>)| {
        let key_location = location(&name.span(), variable);
        (name.into_inner().into_owned(), Node { key_location, ..spanned(node, variable) })
    };
    entries.into_iter().map(entry).collect()
}

fn spanned(node: toml::Spanned<DeValue<'_>>, variable: Option<&str>) -> Node {
    let location = location(&node.span(), variable);
    Node { value: value(node.into_inner(), variable), location: location.clone(), key_location: location }
}

fn value(parsed: DeValue<'_>, variable: Option<&str>) -> Value {
    match parsed {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other("a negative or too large integer"), Value::Integer),
        DeValue::Float(_) => Value::Other("a float"),
        DeValue::Boolean(flag) => Value::Boolean(flag),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(items) => Value::Array(items.into_iter().map(|item| spanned(item, variable)).collect()),
        DeValue::Table(entries) => Value::Table(table(entries, variable)),
    }
}

fn json(parsed: serde_json::Value, variable: &str) -> Value {
    let node = |parsed| {
        let location = Location::Environment(variable.to_owned());
        Node { value: json(parsed, variable), location: location.clone(), key_location: location }
    };
    match parsed {
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Number(number) => number.as_u64().map_or(Value::Other("a float"), Value::Integer),
        serde_json::Value::Bool(flag) => Value::Boolean(flag),
        serde_json::Value::Null => Value::Other("null"),
        serde_json::Value::Array(items) => Value::Array(items.into_iter().map(node).collect()),
        serde_json::Value::Object(entries) => {
            Value::Table(entries.into_iter().map(|(name, value)| (name, node(value))).collect())
        }
    }
}

fn location(span: &Range<usize>, variable: Option<&str>) -> Location {
    variable.map_or(Location::File(span.start, span.end), |name| Location::Environment(name.to_owned()))
}
