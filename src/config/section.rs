//! Reading one table: every value is asked for by name and kind, and what is wrong is noted while the reading goes on.

use std::{
    cell::RefCell,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    environment::Environment,
    problem::{ConfigProblem, Spot},
    source::{Node, Place, Table, Value},
    spelling,
};

/// What a whole reading shares: where secrets and files are found, and what was found wrong.
pub(super) struct Reader<'a> {
    pub(super) environment: &'a Environment,
    /// Where relative paths begin: the directory of the configuration file.
    pub(super) directory: &'a Path,
    pub(super) problems: RefCell<Vec<ConfigProblem>>,
    pub(super) warnings: RefCell<Vec<ConfigProblem>>,
    /// What must not be shown.
    pub(super) hidden: RefCell<Vec<Place>>,
}

/// One table of the file, and the names that it may have.
pub(super) struct Section<'a> {
    pub(super) reader: &'a Reader<'a>,
    /// Where it begins.
    pub(super) spot: Spot,
    table: Option<&'a Table>,
    /// Something else stands there, and that was noted.
    is_no_table: bool,
    keys: &'static [&'static str],
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Written<T> {
    pub(super) value: T,
    pub(super) spot: Spot,
}

impl<T> Written<T> {
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Written<U> {
        Written { value: change(self.value), spot: self.spot }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(environment: &'a Environment, directory: &'a Path) -> Self {
        let (problems, warnings, hidden) = Default::default();
        Self { environment, directory, problems, warnings, hidden }
    }

    /// Notes what is wrong at `spot`, as in [`ConfigProblem::new`].
    pub(super) fn wrong(&self, spot: &Spot, wrong: impl Into<String>, mend: impl Into<String>) {
        self.problems.borrow_mut().push(ConfigProblem::new(spot, wrong, mend));
    }

    /// Notes what is allowed but probably not meant.
    pub(super) fn warn(&self, spot: &Spot, wrong: impl Into<String>, mend: impl Into<String>) {
        self.warnings.borrow_mut().push(ConfigProblem::new(spot, wrong, mend));
    }

    /// Keeps `node`, and all that is in it, out of every message.
    pub(super) fn hide(&self, node: &Node) {
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| self.hide(item)),
            Value::Table(table) => table.values().for_each(|inner| self.hide(inner)),
            _ => self.hidden.borrow_mut().push(node.place.clone()),
        }
    }

    /// The table `node`, which may have the names `keys` and no other.
    pub(super) fn section(&'a self, node: &'a Node, key: &str, keys: &'static [&'static str]) -> Option<Section<'a>> {
        let spot = Spot { key: key.to_owned(), place: node.place.clone() };
        let Value::Table(table) = &node.value else {
            self.hide(node);
            self.wrong(&spot, misfit(&node.value, "a table"), "write its keys in a table of this name");
            return None;
        };
        let section = Section { reader: self, spot, table: Some(table), is_no_table: false, keys };
        section.refuse_unknown_keys(table);
        Some(section)
    }

    /// `text` as a path; one that is relative begins at the configuration file.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        self.directory.join(text)
    }

    /// The text of `node`.
    pub(super) fn text(&self, node: &'a Node, key: String) -> Option<Written<&'a str>> {
        let spot = Spot { key, place: node.place.clone() };
        if matches!(&node.value, Value::Text(text) if has_userinfo(text)) {
            self.hide(node);
        }
        match &node.value {
            Value::Text(text) if text.trim().is_empty() => {
                self.wrong(&spot, "is empty", "write a value or leave it out");
            }
            Value::Text(text) if text.chars().any(|letter| letter.is_control() || letter == '\u{fffd}') => {
                self.wrong(&spot, "has a control character or is not UTF-8", "write plain text");
            }
            Value::Text(text) => return Some(Written { value: text, spot }),
            other => self.wrong(&spot, misfit(other, "text"), "write it in quotes"),
        }
        None
    }

    /// The texts of `node`, a list or one alone.
    fn texts(&self, node: &'a Node, key: &str) -> Vec<Written<&'a str>> {
        match &node.value {
            Value::List(items) => {
                let text = |(at, item)| self.text(item, format!("{key}[{at}]"));
                items.iter().enumerate().filter_map(text).collect()
            }
            Value::Text(_) => self.text(node, key.to_owned()).into_iter().collect(),
            other => {
                let spot = Spot { key: key.to_owned(), place: node.place.clone() };
                self.wrong(&spot, misfit(other, "text or a list of texts"), "write it in quotes");
                Vec::new()
            }
        }
    }

    /// The same where there must be at least one.
    fn filled(&self, node: &'a Node, key: &str, mend: &str) -> Vec<Written<&'a str>> {
        if matches!(&node.value, Value::List(items) if items.is_empty()) {
            let spot = Spot { key: key.to_owned(), place: node.place.clone() };
            self.wrong(&spot, "is an empty list", mend);
        }
        self.texts(node, key)
    }
}

impl<'a> Section<'a> {
    /// The path of `key` below this section.
    pub(super) fn key(&self, key: &str) -> String {
        if self.spot.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.spot.key) }
    }

    /// Where `key` is, or would be.
    pub(super) fn spot(&self, key: &str) -> Spot {
        let place = self.node(key).map_or(&self.spot.place, |node| &node.place);
        Spot { key: self.key(key), place: place.clone() }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.node(key).is_some()
    }

    /// Notes that `key` is missing, if it is.
    pub(super) fn require(&self, key: &str, mend: &str) {
        if !self.has(key) && !self.is_no_table {
            self.reader.wrong(&self.spot(key), "is missing", mend);
        }
    }

    pub(super) fn node(&self, key: &str) -> Option<&'a Node> {
        debug_assert!(self.keys.contains(&key), "{key} is not among the keys of {}", self.spot.key);
        self.table?.get(key)
    }

    pub(super) fn text(&self, key: &str) -> Option<Written<&'a str>> {
        self.reader.text(self.node(key)?, self.key(key))
    }

    /// One text or a list of texts.
    pub(super) fn texts(&self, key: &str) -> Option<Vec<Written<&'a str>>> {
        Some(self.reader.texts(self.node(key)?, &self.key(key)))
    }

    /// One text or a list of texts; a list without any is a mistake. Nothing when the key is absent.
    pub(super) fn filled(&self, key: &str, mend: &str) -> Vec<Written<&'a str>> {
        self.node(key).map(|node| self.reader.filled(node, &self.key(key), mend)).unwrap_or_default()
    }

    /// Names and texts.
    pub(super) fn pairs(&self, key: &str) -> Option<Vec<Written<(&'a str, &'a str)>>> {
        let node = self.node(key)?;
        let Value::Table(table) = &node.value else {
            self.reader.wrong(&self.spot(key), misfit(&node.value, "a table of texts"), "write { name = \"value\" }");
            return None;
        };
        let pair = |(name, node): (&'a String, &'a Node)| {
            let text = self.reader.text(node, format!("{}.{name}", self.key(key)))?;
            Some(Written { value: (name.as_str(), text.value), spot: Spot { place: node.key.clone(), ..text.spot } })
        };
        Some(table.iter().filter_map(pair).collect())
    }

    /// Names, each with one text or a list of texts: `claims`.
    pub(super) fn claims(&self) -> Vec<(&'a str, Vec<Written<&'a str>>)> {
        let Some(node) = self.node("claims") else { return Vec::new() };
        let Value::Table(table) = &node.value else {
            let mend = "write { claim = [\"value\"] }";
            self.reader.wrong(&self.spot("claims"), misfit(&node.value, "a table of claims"), mend);
            return Vec::new();
        };
        if table.is_empty() {
            self.reader.wrong(&self.spot("claims"), "is empty", "name a claim, or leave it out");
        }
        let claim = |(name, node): (&'a String, &'a Node)| {
            let key = format!("{}.{name}", self.key("claims"));
            (name.as_str(), self.reader.filled(node, &key, "name a value, or leave the claim out"))
        };
        table.iter().map(claim).collect()
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match &self.node(key)?.value {
            Value::Flag(flag) => Some(*flag),
            Value::Text(text) if self.is_from_environment(key) && text == "true" => Some(true),
            Value::Text(text) if self.is_from_environment(key) && text == "false" => Some(false),
            other => {
                self.reader.wrong(
                    &self.spot(key),
                    misfit(other, "true or false"),
                    "write true or false, without quotes",
                );
                None
            }
        }
    }

    /// A whole number within `range`.
    pub(super) fn count(&self, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let number = match &self.node(key)?.value {
            Value::Whole(number) => Some(*number),
            Value::Text(text) if self.is_from_environment(key) => text.parse().ok(),
            _ => None,
        };
        let inside = number.filter(|number| range.contains(number));
        if inside.is_none() {
            let mend = format!("write a number from {} to {}, without quotes", range.start(), range.end());
            self.reader.wrong(&self.spot(key), "is no number that can be used here", mend);
        }
        inside
    }

    /// A duration within `range`.
    pub(super) fn duration(&self, key: &str, range: RangeInclusive<Duration>) -> Option<Written<Duration>> {
        if let Some(Value::Whole(_)) = self.node(key).map(|node| &node.value) {
            self.reader.wrong(&self.spot(key), "is a number without a unit", DURATION_MEND);
            return None;
        }
        let text = self.text(key)?;
        let Some(duration) = duration(text.value) else {
            self.reader.wrong(&text.spot, "is no duration", DURATION_MEND);
            return None;
        };
        if !range.contains(&duration) {
            let mend = format!("write one from \"{}\" to \"{}\"", short(*range.start()), short(*range.end()));
            self.reader.wrong(&text.spot, "is too short or too long", mend);
            return None;
        }
        Some(text.map(|_| duration))
    }

    /// The path of a file or directory.
    pub(super) fn path(&self, key: &str) -> Option<Written<PathBuf>> {
        Some(self.text(key)?.map(|text| self.reader.path(text)))
    }

    /// The table `key`; an empty one when it is absent.
    pub(super) fn section(&self, key: &str, keys: &'static [&'static str]) -> Section<'a> {
        let node = self.node(key);
        node.and_then(|node| self.reader.section(node, &self.key(key), keys)).unwrap_or_else(|| Section {
            reader: self.reader,
            spot: self.spot(key),
            table: None,
            is_no_table: node.is_some(),
            keys,
        })
    }

    /// The tables of the list `key`.
    pub(super) fn sections(&self, key: &str, keys: &'static [&'static str]) -> Vec<Section<'a>> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let Value::List(items) = &node.value else {
            let mend = format!("write [[{key}]] in double brackets: there may be several");
            self.reader.hide(node);
            self.reader.wrong(&self.spot(key), misfit(&node.value, "a list of tables"), mend);
            return Vec::new();
        };
        let section = |(at, item)| self.reader.section(item, &format!("{}[{at}]", self.key(key)), keys);
        items.iter().enumerate().filter_map(section).collect()
    }

    fn is_from_environment(&self, key: &str) -> bool {
        matches!(self.spot(key).place, Place::Environment(_))
    }

    fn refuse_unknown_keys(&self, table: &Table) {
        for (name, node) in table.iter().filter(|(name, _)| !self.keys.contains(&name.as_str())) {
            // It may be a secret under a misspelt name.
            self.reader.hide(node);
            let spot = Spot { key: self.key(name), place: node.key.clone() };
            let mend = spelling::meant(name, self.keys).map_or_else(
                || format!("the keys here are: {}", self.keys.join(", ")),
                |meant| format!("did you mean \"{meant}\"?"),
            );
            self.reader.wrong(&spot, "is unknown", mend);
        }
    }
}

/// `duration` as an operator would write it.
pub(super) fn short(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if duration.subsec_millis() != 0 {
        return format!("{}ms", duration.as_millis());
    }
    let unit = UNITS.iter().find(|(_, millis)| seconds != 0 && (seconds * 1000).is_multiple_of(*millis));
    unit.map_or_else(|| "0s".to_owned(), |(name, millis)| format!("{}{name}", seconds * 1000 / millis))
}

/// The duration that `text` writes.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
    Some(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(*millis)?))
}

/// Whether `text` is a URL that may hold a password (RFC 3986 §3.2.1).
fn has_userinfo(text: &str) -> bool {
    text.contains('@') && text.contains("//")
}

fn misfit(value: &Value, wanted: &str) -> String {
    format!("is {}, where {wanted} is expected", value.kind())
}

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
const DURATION_MEND: &str = "write a number and a unit, such as \"90s\", \"15m\" or \"12h\"";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{duration, short};

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        for (text, millis) in [
            ("250ms", Some(250)),
            ("90s", Some(90_000)),
            ("15m", Some(900_000)),
            ("12h", Some(43_200_000)),
            ("7d", Some(604_800_000)),
            ("", None),
            ("90", None),
            ("s", None),
            ("1.5h", None),
            ("1h30m", None),
            ("-1s", None),
            ("1 h", None),
            ("99999999999999999999d", None),
            ("9999999999999999d", None),
        ] {
            assert_eq!(duration(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn a_duration_is_written_back_in_its_largest_unit() {
        for text in ["250ms", "90s", "15m", "25h", "7d", "0s"] {
            assert_eq!(duration(text).map(short).as_deref(), Some(text));
        }
    }
}
