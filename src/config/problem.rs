//! What is wrong with a configuration, where, and how to mend it: all of it at once.
//!
//! A line of the file is shown under each problem, but nothing that was meant to be secret.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::source::{Place, Source};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    spot: Spot,
    wrong: String,
    mend: String,
}

/// All that is wrong with one file, in the order of the file. Prints itself whole.
pub struct Problems {
    source: Source,
    list: Vec<ConfigProblem>,
    weight: Weight,
}

/// How bad they are.
#[derive(Clone, Copy)]
pub(super) enum Weight {
    /// The gateway does not start with them.
    Mistake,
    /// It does.
    Warning,
}

/// Which key, and where it was written; where a key is missing, the section that should have it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) place: Place,
    pub(super) key: String,
}

impl ConfigProblem {
    /// `wrong` completes a sentence that begins with the key; `mend` says what to write instead.
    pub(super) fn new(spot: &Spot, wrong: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { spot: spot.clone(), wrong: wrong.into(), mend: mend.into() }
    }

    /// The key it is about, as `section.key` or `list[0].key`; empty when it is about the file.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.spot.key
    }

    /// What is wrong: the end of a sentence that begins with the key.
    #[must_use]
    pub fn wrong(&self) -> &str {
        &self.wrong
    }

    /// What to do about it.
    #[must_use]
    pub fn mend(&self) -> &str {
        &self.mend
    }
}

impl Problems {
    /// Sorts `list` and blots out of `source` what lies at `hidden`.
    pub(super) fn new(weight: Weight, source: &Source, mut list: Vec<ConfigProblem>, hidden: &[Place]) -> Self {
        list.sort_by(|one, other| one.spot.cmp(&other.spot));
        list.dedup();
        Self { source: Source::new(source.name(), blotted(source.text(), hidden)), list, weight }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigProblem> {
        self.list.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// Where `problem` is: `file:line:column`, or the environment variable.
    #[must_use]
    pub fn location(&self, problem: &ConfigProblem) -> String {
        match &problem.spot.place {
            Place::File(start, _) => format!("{}:{}", self.source.name(), self.source.position(*start)),
            Place::Environment(name) => format!("environment variable {name}"),
        }
    }

    fn line(&self, problem: &ConfigProblem) -> String {
        let ConfigProblem { spot, wrong, mend } = problem;
        let weight = match self.weight {
            Weight::Mistake => "",
            Weight::Warning => "warning: ",
        };
        let separator = if spot.key.is_empty() { "" } else { ": " };
        format!("{}: {weight}{}{separator}{wrong}; {mend}", self.location(problem), spot.key)
    }

    /// The line of the file with a caret under the value; nothing for what is not in the file, or the file as a whole.
    fn snippet(&self, problem: &ConfigProblem) -> Option<String> {
        let Place::File(start, end) = problem.spot.place else { return None };
        if (start, end) == (0, 0) || self.source.text().get(start..end).is_none() {
            return None;
        }
        let mark = AnnotationKind::Primary.span(start..end);
        let shown = Group::with_level(Level::ERROR).element(Snippet::source(self.source.text()).annotation(mark));
        Some(Renderer::plain().render(&[shown]))
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.list {
            writeln!(f, "{}", self.line(problem))?;
            if let Some(snippet) = self.snippet(problem) {
                writeln!(f, "{snippet}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Problems {}

/// `text` with every letter at `hidden` made illegible; all others keep their place, in bytes and in letters.
fn blotted(text: &str, hidden: &[Place]) -> String {
    let within =
        |at: usize| hidden.iter().any(|place| matches!(place, Place::File(from, to) if (*from..*to).contains(&at)));
    let blot = |(at, letter): (usize, char)| match letter.len_utf8() {
        _ if letter.is_whitespace() || !within(at) => letter,
        1 => '*',
        2 => '·',
        3 => '…',
        _ => '𐄁',
    };
    text.char_indices().map(blot).collect()
}
