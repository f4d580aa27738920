//! Environment variables: `VESTIBULE__SECTION__KEY` writes over the file, and `{ env = "NAME" }` reads a secret.
//!
//! Names are in upper case; `__` parts the steps, a number counts the elements of a list from 0.

use std::{collections::BTreeMap, env};

use super::{
    problem::{ConfigProblem, Spot},
    source::{Node, Place, Table, Value},
};

/// The environment variables of a process. They may hold secrets and so do not print themselves.
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process. What is not UTF-8 is read with replacement characters, which no setting may hold.
    #[must_use]
    pub fn of_process() -> Self {
        env::vars_os().map(|(name, value)| [name, value].map(|text| text.to_string_lossy().into_owned())).collect()
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Writes every `VESTIBULE__…` variable over `root`. What has no place there is a problem.
    pub(super) fn overlay(&self, root: &mut Node) -> Vec<ConfigProblem> {
        let mut found: Vec<_> = self.0.iter().filter_map(|(name, text)| Some((steps(name)?, name, text))).collect();
        // Outer values before the inner ones that amend them, elements in the order of their numbers.
        found.sort();
        let write = |(steps, name, text): (Vec<Step>, &String, &String)| {
            write(root, &steps, name, text).err().map(|misfit| misfit.problem(name, &steps))
        };
        found.into_iter().filter_map(write).collect()
    }
}

impl FromIterator<[String; 2]> for Environment {
    fn from_iter<I: IntoIterator<Item = [String; 2]>>(variables: I) -> Self {
        Self(variables.into_iter().map(|[name, value]| (name, value)).collect())
    }
}

/// One step of a variable's name into the tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Element(usize),
    Key(String),
}

/// Why a variable has no place in the tree.
enum Misfit {
    /// It counts past the end of a list of this length.
    PastTheEnd(usize),
    /// It goes on below a value that has no parts.
    NoParts,
}

fn steps(variable: &str) -> Option<Vec<Step>> {
    let step = |part: &str| part.parse().map_or_else(|_| Step::Key(part.to_ascii_lowercase()), Step::Element);
    Some(variable.strip_prefix(PREFIX)?.split("__").map(step).collect())
}

fn write(node: &mut Node, steps: &[Step], variable: &str, text: &str) -> Result<(), Misfit> {
    let Some((first, rest)) = steps.split_first() else {
        let place = Place::Environment(variable.to_owned());
        *node = Node { value: Value::from_environment(text, variable), key: place.clone(), place };
        return Ok(());
    };
    let fresh = || {
        let place = Place::Environment(variable.to_owned());
        let value = match rest.first() {
            Some(Step::Element(_)) => Value::List(Vec::new()),
            Some(Step::Key(_)) | None => Value::Table(Table::new()),
        };
        Node { value, key: place.clone(), place }
    };
    match (first, &mut node.value) {
        (Step::Key(name), Value::Table(table)) => {
            write(table.entry(name.clone()).or_insert_with(fresh), rest, variable, text)
        }
        (Step::Element(index), Value::List(items)) => {
            if *index == items.len() {
                items.push(fresh());
            }
            let length = items.len();
            write(items.get_mut(*index).ok_or(Misfit::PastTheEnd(length))?, rest, variable, text)
        }
        _ => Err(Misfit::NoParts),
    }
}

impl Misfit {
    fn problem(&self, variable: &str, steps: &[Step]) -> ConfigProblem {
        let spot = Spot { key: path(steps), place: Place::Environment(variable.to_owned()) };
        match self {
            Self::PastTheEnd(length) => ConfigProblem::new(
                &spot,
                format!("counts past the end of a list of {length}"),
                "count the elements from 0, without gaps",
            ),
            Self::NoParts => ConfigProblem::new(
                &spot,
                "names a part of a value that has no such parts",
                "set the whole value; a list or table may be written as TOML or JSON",
            ),
        }
    }
}

fn path(steps: &[Step]) -> String {
    steps.iter().fold(String::new(), |path, step| match step {
        Step::Element(index) => format!("{path}[{index}]"),
        Step::Key(name) if path.is_empty() => name.clone(),
        Step::Key(name) => format!("{path}.{name}"),
    })
}

const PREFIX: &str = "VESTIBULE__";
