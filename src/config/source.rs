//! The file as a tree of values, each with the place where it stands.
//!
//! TOML 1.0 (<https://toml.io>). A tree may hold what should have been kept secret, so nothing here prints itself.

use std::{collections::BTreeMap, fmt, ops::Range};

use toml::de::{DeTable, DeValue};

/// The text of the file, and what it is called.
pub(super) struct Source {
    name: String,
    text: String,
}

/// One value and its place; `key` is the place of its name, or that of the value where it has none.
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) place: Place,
    pub(super) key: Place,
}

/// A value as written.
pub(super) enum Value {
    Text(String),
    Whole(u64),
    Flag(bool),
    List(Vec<Node>),
    Table(Table),
    /// Of a kind that no setting is; the name of the kind.
    Other(&'static str),
}

/// Values by name.
pub(super) type Table = BTreeMap<String, Node>;

/// Where a value was written. What stands in the file comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Bytes of the file, from and to; `(0, 0)` is the file as a whole.
    File(usize, usize),
    /// The environment variable of this name.
    Environment(String),
}

/// Line and column, both from 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// The text is no TOML: where, and why.
pub(super) struct SyntaxError {
    pub(super) place: Place,
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

    /// The whole file as one table.
    pub(super) fn parse(&self) -> Result<Node, SyntaxError> {
        match DeTable::parse(&self.text) {
            Ok(root) => {
                let whole = Place::File(0, 0);
                Ok(Node { value: Value::Table(table(root.into_inner(), None)), place: whole.clone(), key: whole })
            }
            Err(error) => {
                let at = error.span().unwrap_or_default();
                Err(SyntaxError { place: Place::File(at.start, at.end), message: error.message().to_owned() })
            }
        }
    }

    /// The values in lines that speak of a secret, for when the text cannot be read and nobody knows what is one.
    pub(super) fn secret_lines(&self) -> Vec<Place> {
        let value = |line: &str| {
            let start = line.as_ptr() as usize - self.text.as_ptr() as usize;
            let at = line.find('=').filter(|_| line.to_lowercase().contains("secret"))?;
            let many_lines = ["\"\"\"", "'''"].iter().any(|quotes| line.contains(quotes));
            Some(Place::File(start + at + 1, if many_lines { self.text.len() } else { start + line.len() }))
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
    /// The value of an environment variable: a list or table when it reads as one (TOML or JSON), text otherwise.
    pub(super) fn from_environment(text: &str, variable: &str) -> Self {
        if text.starts_with(['[', '{']) {
            if let Ok(parsed) = DeValue::parse(text) {
                return value(parsed.into_inner(), Some(variable));
            }
            if let Ok(parsed) = serde_json::from_str(text) {
                return json(parsed, variable);
            }
        }
        Self::Text(text.to_owned())
    }

    /// What it is, for a sentence.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Whole(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::List(_) => "a list",
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
        let key = place(&name.span(), variable);
        (name.into_inner().into_owned(), Node { key, ..spanned(node, variable) })
    };
    entries.into_iter().map(entry).collect()
}

fn spanned(node: toml::Spanned<DeValue<'_>>, variable: Option<&str>) -> Node {
    let at = place(&node.span(), variable);
    Node { value: value(node.into_inner(), variable), place: at.clone(), key: at }
}

fn value(written: DeValue<'_>, variable: Option<&str>) -> Value {
    match written {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other("a number below zero"), Value::Whole),
        DeValue::Float(_) => Value::Other("a fraction"),
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(items) => Value::List(items.into_iter().map(|item| spanned(item, variable)).collect()),
        DeValue::Table(entries) => Value::Table(table(entries, variable)),
    }
}

fn json(written: serde_json::Value, variable: &str) -> Value {
    let node = |written| {
        let place = Place::Environment(variable.to_owned());
        Node { value: json(written, variable), place: place.clone(), key: place }
    };
    match written {
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Number(number) => number.as_u64().map_or(Value::Other("a fraction"), Value::Whole),
        serde_json::Value::Bool(flag) => Value::Flag(flag),
        serde_json::Value::Null => Value::Other("nothing"),
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(node).collect()),
        serde_json::Value::Object(entries) => {
            Value::Table(entries.into_iter().map(|(name, value)| (name, node(value))).collect())
        }
    }
}

fn place(span: &Range<usize>, variable: Option<&str>) -> Place {
    variable.map_or(Place::File(span.start, span.end), |name| Place::Environment(name.to_owned()))
}
