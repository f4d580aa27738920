//! Environment variables: `VESTIBULE__SECTION__KEY` overrides a value of the file, and `{ env = "NAME" }` reads a secret.
//!
//! Names are in upper case. `__` separates the parts of the path; a number is an index into an array, from 0.

use std::{collections::BTreeMap, env};

use super::{
    diagnostic::{Diagnostic, Span},
    source::{Location, Node, Table, Value},
};

/// The environment variables of a process. Does not implement `Debug`, because values may be secrets.
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process. Bytes that are not UTF-8 become U+FFFD, which is refused in every value.
    #[must_use]
    pub fn of_process() -> Self {
        env::vars_os().map(|(name, value)| [name, value].map(|text| text.to_string_lossy().into_owned())).collect()
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Merges every `VESTIBULE__…` variable into `root`. Returns an error for each variable that does not fit.
    pub(super) fn merge_into(&self, root: &mut Node) -> Vec<Diagnostic> {
        let mut found: Vec<_> = self.0.iter().filter_map(|(name, text)| Some((path(name)?, name, text))).collect();
        // Sorted, so that a table is merged before its members, which override it, and elements in the order of their
        // indices.
        found.sort();
        let merge = |(path, name, text): (Vec<Part>, &String, &String)| {
            merge(root, &path, name, text).err().map(|error| error.diagnostic(name, &path))
        };
        found.into_iter().filter_map(merge).collect()
    }
}

impl FromIterator<[String; 2]> for Environment {
    fn from_iter<I: IntoIterator<Item = [String; 2]>>(variables: I) -> Self {
        Self(variables.into_iter().map(|[name, value]| (name, value)).collect())
    }
}

/// One part of the path that a variable's name describes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Index(usize),
    Key(String),
}

/// Why a variable cannot be merged.
enum MergeError {
    /// The index is beyond the end of an array of this length.
    IndexOutOfRange(usize),
    /// The path continues with a key below a value that is not a table, or with an index below one that is not an array.
    NotAContainer,
}

fn path(variable: &str) -> Option<Vec<Part>> {
    let part = |text: &str| text.parse().map_or_else(|_| Part::Key(text.to_ascii_lowercase()), Part::Index);
    Some(variable.strip_prefix(PREFIX)?.split("__").map(part).collect())
}

fn merge(node: &mut Node, path: &[Part], variable: &str, text: &str) -> Result<(), MergeError> {
    let Some((first, rest)) = path.split_first() else {
        let location = Location::Environment(variable.to_owned());
        let value = Value::from_environment(text, variable);
        *node = Node { value, location: location.clone(), key_location: location };
        return Ok(());
    };
    let empty = || {
        let location = Location::Environment(variable.to_owned());
        let value = match rest.first() {
            Some(Part::Index(_)) => Value::Array(Vec::new()),
            Some(Part::Key(_)) | None => Value::Table(Table::new()),
        };
        Node { value, location: location.clone(), key_location: location }
    };
    match (first, &mut node.value) {
        (Part::Key(name), Value::Table(table)) => {
            merge(table.entry(name.clone()).or_insert_with(empty), rest, variable, text)
        }
        (Part::Index(index), Value::Array(items)) => {
            if *index == items.len() {
                items.push(empty());
            }
            let length = items.len();
            merge(items.get_mut(*index).ok_or(MergeError::IndexOutOfRange(length))?, rest, variable, text)
        }
        _ => Err(MergeError::NotAContainer),
    }
}

impl MergeError {
    fn diagnostic(&self, variable: &str, path: &[Part]) -> Diagnostic {
        let span = Span { key: dotted(path), location: Location::Environment(variable.to_owned()) };
        match self {
            Self::IndexOutOfRange(length) => Diagnostic::new(
                &span,
                format!("index out of range for an array of length {length}"),
                "number the elements from 0, without gaps",
            ),
            Self::NotAContainer => Diagnostic::new(
                &span,
                "path continues below a value that has no such member",
                "set the whole value; an array or table can be written as TOML or JSON",
            ),
        }
    }
}

fn dotted(path: &[Part]) -> String {
    path.iter().fold(String::new(), |path, part| match part {
        Part::Index(index) => format!("{path}[{index}]"),
        Part::Key(name) if path.is_empty() => name.clone(),
        Part::Key(name) => format!("{path}.{name}"),
    })
}

const PREFIX: &str = "VESTIBULE__";
