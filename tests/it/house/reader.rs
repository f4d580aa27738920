//! Reads Rust source as words and paths, without compiling it.
//!
//! Comments, strings, characters and lifetimes are dropped, groups in `use` are unfolded, and what is compiled for tests only is marked,
//! so that a rule can ask about the code that ships.

use std::{collections::BTreeSet, fs, io, path::Path};

/// Every file of the project that a rule looks at.
pub(super) struct Tree {
    pub(super) files: Vec<Source>,
    /// `src/jose/jwt.rs`, for every file: what a `super::` may lead to.
    pub(super) places: BTreeSet<String>,
}

/// One file, read.
pub(super) struct Source {
    /// Where it stands, from the root of the project, with `/`.
    pub(super) place: String,
    pub(super) text: String,
    pub(super) words: Vec<Word>,
}

/// A name, a number, `::`, `->`, `=>`, or one other sign.
pub(super) struct Word {
    pub(super) line: usize,
    pub(super) text: String,
    /// Compiled for tests only.
    pub(super) test: bool,
    /// Stands inside a `mod x { … }` of its file.
    pub(super) inner: bool,
}

/// `a::b::c`, wherever it stands; one for each leaf of a group.
pub(super) struct Named<'a> {
    pub(super) first: &'a Word,
    /// The place of `first` among the words.
    pub(super) at: usize,
    /// The last may be `*`.
    pub(super) parts: Vec<&'a str>,
}

/// What is wrong, and where.
#[derive(Debug, PartialEq)]
pub(super) struct Complaint {
    pub(super) line: usize,
    pub(super) why: String,
}

impl Tree {
    /// Reads the Rust files under `root`: the product, its tests, its examples and its benchmarks.
    pub(super) fn read(root: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        for part in ["src", "tests", "examples", "benches", "fuzz"] {
            collect(root, &root.join(part), &mut files)?;
        }
        let places = files.iter().map(|file| file.place.clone()).collect();
        Ok(Self { files, places })
    }
}

impl Source {
    pub(super) fn new(place: &str, text: &str) -> Self {
        let mut words = words(text);
        mark(&mut words, place.ends_with("/tests.rs") || !place.starts_with("src/"));
        Self { place: place.into(), text: text.into(), words }
    }

    /// The room of the product that the file belongs to: `jose` for `src/jose/jwt.rs`, `cli` for `src/cli.rs`.
    pub(super) fn room(&self) -> Option<&str> {
        let inside = self.place.strip_prefix("src/")?;
        Some(inside.split_once('/').map_or(inside.trim_end_matches(".rs"), |(room, _)| room))
    }

    pub(super) fn is_door(&self) -> bool {
        self.place.ends_with("/mod.rs") || self.place == "src/lib.rs"
    }

    /// The text of the word at `at`; nothing beyond the ends.
    pub(super) fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.text.as_str())
    }

    /// Whether these words follow one another from `at` on.
    pub(super) fn reads(&self, at: usize, wanted: &[&str]) -> bool {
        wanted.iter().enumerate().all(|(step, text)| self.word(at + step) == *text)
    }

    /// How many lines stand before the tests. `// Covers:` lines are data for the counting test and are not counted.
    pub(super) fn lines(&self) -> usize {
        self.counted(self.tests_begin().map_or(usize::MAX, |line| line - 1))
    }

    /// How many of the first lines count.
    pub(super) fn counted(&self, first: usize) -> usize {
        self.text.lines().take(first).filter(|line| !line.trim_start().starts_with("// Covers: ")).count()
    }

    /// The line of the first `#[cfg(test)]`.
    pub(super) fn tests_begin(&self) -> Option<usize> {
        (0..self.words.len()).find(|at| self.reads(*at, CFG_TEST)).map(|at| self.words[at].line)
    }

    /// Every path in the file, `use` or not.
    pub(super) fn paths(&self) -> Vec<Named<'_>> {
        let (mut at, mut found) = (0, Vec::new());
        while at < self.words.len() {
            let group = self.word(at) == "{" && at > 0 && matches!(self.word(at - 1), "use" | "::");
            let name = is_name(self.word(at)) && !LEADS_A_PATH.contains(&self.word(at));
            if (name || group) && !self.continues_a_path(at) {
                at = self.unfold(at, &mut Vec::new(), &mut found);
            } else {
                at += 1;
            }
        }
        found
    }

    /// Whether the word at `at` stands behind the `::` of a path that began earlier.
    fn continues_a_path(&self, at: usize) -> bool {
        if at < 2 || self.word(at - 1) != "::" {
            return false;
        }
        let before = self.word(at - 2);
        before == ">" || (is_name(before) && !LEADS_A_PATH.contains(&before))
    }

    /// Adds what begins at `at` behind `prefix`; returns where it ends.
    fn unfold<'a>(&'a self, mut at: usize, prefix: &mut Vec<usize>, found: &mut Vec<Named<'a>>) -> usize {
        let depth = prefix.len();
        loop {
            match self.word(at) {
                "{" => {
                    at += 1;
                    while !matches!(self.word(at), "}" | "") {
                        let end = self.unfold(at, prefix, found);
                        at = self.behind_the_comma(end.max(at));
                    }
                    prefix.truncate(depth);
                    return at + 1;
                }
                "::" => at += 1,
                _ => {
                    prefix.push(at);
                    at += 1;
                    if self.word(at) != "::" || !(is_name(self.word(at + 1)) || matches!(self.word(at + 1), "{" | "*"))
                    {
                        break;
                    }
                    at += 1;
                }
            }
        }
        let first = prefix[0];
        let parts = prefix.iter().map(|part| self.word(*part)).collect();
        found.push(Named { first: &self.words[first], at: first, parts });
        prefix.truncate(depth);
        at
    }

    /// From the end of a leaf (and its `as` name) to the next leaf, or to the bracket that ends the group.
    fn behind_the_comma(&self, mut at: usize) -> usize {
        while !matches!(self.word(at), "," | "}" | "") {
            at += 1;
        }
        if self.word(at) == "," { at + 1 } else { at }
    }
}

fn collect(root: &Path, place: &Path, files: &mut Vec<Source>) -> io::Result<()> {
    if !place.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(place)? {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "target" && name != "node_modules") {
                collect(root, &path, files)?;
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let inside = path.strip_prefix(root).map_err(io::Error::other)?;
            let inside = inside.to_string_lossy().replace('\\', "/");
            files.push(Source::new(&inside, &fs::read_to_string(&path)?));
        }
    }
    files.sort_by(|one, other| one.place.cmp(&other.place));
    Ok(())
}

/// Cuts the text into words; what cannot hold a path is dropped.
fn words(text: &str) -> Vec<Word> {
    let signs: Vec<char> = text.chars().collect();
    let sign = |at: usize| signs.get(at).copied().unwrap_or('\0');
    let (mut at, mut line, mut found) = (0, 1, Vec::new());
    while at < signs.len() {
        let end = match sign(at) {
            '/' if sign(at + 1) == '/' => find(&signs, at, |end| sign(end) == '\n'),
            '/' if sign(at + 1) == '*' => block_comment(&signs, at),
            '"' => string(&signs, at),
            '\'' => character_or_lifetime(&signs, at),
            begin if begin.is_alphanumeric() || begin == '_' => {
                let end = find(&signs, at, |end| !(sign(end).is_alphanumeric() || sign(end) == '_'));
                let name: String = signs[at..end].iter().collect();
                let hashes = signs[end..].iter().take_while(|hash| **hash == '#').count();
                if matches!(name.as_str(), "r" | "br" | "cr") && sign(end + hashes) == '"' {
                    raw_string(&signs, end + hashes + 1, hashes)
                } else {
                    found.push(Word { line, text: name, test: false, inner: false });
                    end
                }
            }
            begin if begin.is_whitespace() => at + 1,
            begin => {
                let pair = matches!((begin, sign(at + 1)), (':', ':') | ('-' | '=', '>'));
                let end = if pair { at + 2 } else { at + 1 };
                found.push(Word { line, text: signs[at..end].iter().collect(), test: false, inner: false });
                end
            }
        };
        let end = end.min(signs.len());
        line += signs[at..end].iter().filter(|passed| **passed == '\n').count();
        at = end;
    }
    found
}

/// The first place from `from` on where `stop` holds, or the end of the text.
fn find(signs: &[char], from: usize, stop: impl Fn(usize) -> bool) -> usize {
    (from..signs.len()).find(|at| stop(*at)).unwrap_or(signs.len())
}

fn block_comment(signs: &[char], begin: usize) -> usize {
    let (mut at, mut depth) = (begin + 2, 1);
    while at < signs.len() && depth > 0 {
        match &signs[at..(at + 2).min(signs.len())] {
            ['/', '*'] => (at, depth) = (at + 2, depth + 1),
            ['*', '/'] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    at
}

fn string(signs: &[char], begin: usize) -> usize {
    let mut at = begin + 1;
    while at < signs.len() && signs[at] != '"' {
        at += if signs[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_string(signs: &[char], begin: usize, hashes: usize) -> usize {
    let closes = |at: usize| {
        signs[at] == '"' && signs[at + 1..].iter().take(hashes).filter(|hash| **hash == '#').count() == hashes
    };
    find(signs, begin, closes) + 1 + hashes
}

fn character_or_lifetime(signs: &[char], begin: usize) -> usize {
    match (signs.get(begin + 1), signs.get(begin + 2)) {
        (Some('\\'), _) => find(signs, begin + 3, |at| signs[at] == '\'') + 1,
        (_, Some('\'')) => begin + 3,
        // A lifetime: its name is dropped with the mark, or `'static` would read as a word.
        _ => find(signs, begin + 1, |at| !(signs[at].is_alphanumeric() || signs[at] == '_')),
    }
}

/// Marks what is compiled for tests only, and what stands in an inline module.
fn mark(words: &mut [Word], all_tests: bool) {
    let reads = |words: &[Word], at: usize, wanted: &[&str]| {
        wanted.iter().enumerate().all(|(step, text)| words.get(at + step).is_some_and(|word| word.text == *text))
    };
    for at in 0..words.len() {
        if reads(words, at, CFG_TEST) {
            let end = item_end(words, at + CFG_TEST.len());
            words[at..end].iter_mut().for_each(|word| word.test = true);
        }
        if words[at].text == "mod" && words.get(at + 2).is_some_and(|word| word.text == "{") {
            let end = item_end(words, at);
            words[at + 2..end].iter_mut().for_each(|word| word.inner = true);
        }
        words[at].test |= all_tests;
    }
}

/// Behind the `;` or the closing bracket that ends the item at `at`, attributes before it included.
fn item_end(words: &[Word], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < words.len() {
        match words[at].text.as_str() {
            "{" | "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
        at += 1;
    }
    at
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Words that begin no path, but after which a `::` begins one.
const LEADS_A_PATH: &[&str] =
    &["use", "as", "in", "dyn", "impl", "mut", "return", "for", "where", "else", "match", "if"];
const CFG_TEST: &[&str] = &["#", "[", "cfg", "(", "test", ")", "]"];

#[cfg(test)]
mod tests {
    use super::{CFG_TEST, Source, words};

    fn paths(text: &str) -> Vec<String> {
        let source = Source::new("src/web/form.rs", text);
        source.paths().iter().filter(|path| path.parts.len() > 1).map(|path| path.parts.join("::")).collect()
    }

    #[test]
    fn paths_are_seen_wherever_they_stand() {
        let table: &[(&str, &[&str])] = &[
            (
                "use crate::{edge::gate::{Gate, X as Y}, flow};",
                &["crate::edge::gate::Gate", "crate::edge::gate::X", "crate::flow"],
            ),
            (
                "fn f(x: &crate::proxy::Pool) -> impl Fn() { || crate::flow::go() }",
                &["crate::proxy::Pool", "crate::flow::go"],
            ),
            (
                "macro_rules! m { () => { $crate::edge::go() } } crate :: base :: clock",
                &["crate::edge::go", "crate::base::clock"],
            ),
            (
                "let x = Vec::<crate::web::Form>::new(); let y = <T as crate::jose::X>::f();",
                &["crate::web::Form", "crate::jose::X"],
            ),
            (
                "use ::http::Response; use {a::b, c::*}; use http::{self, header::*};",
                &["http::Response", "a::b", "c::*", "http::self", "http::header::*"],
            ),
            (
                "fn f() -> ::http::Response { match crate::x::Y { crate::x::Z => 1 } }",
                &["http::Response", "crate::x::Y", "crate::x::Z"],
            ),
            ("pub(in crate::jose) fn b() {}", &["crate::jose"]),
        ];
        for (text, wanted) in table {
            assert_eq!(paths(text), *wanted, "{text}");
        }
    }

    #[test]
    fn comments_strings_and_characters_hold_no_paths() {
        for text in [
            "// crate::edge",
            "/* crate::x /* nested */ crate::y */",
            "let s = \"crate::edge \\\" crate::z\";",
            "let r = r#\"crate::\"q\"#;",
            "let b = br\"crate::x\\\";",
            "let c = '\"'; let d = '\\''; let e = '\\u{41}';",
            "fn f<'crate>(x: &'static str) {}",
        ] {
            assert_eq!(paths(text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(paths("let c = '\"'; crate::web::Z; // \""), ["crate::web::Z"]);
    }

    #[test]
    fn lines_are_counted_through_everything_that_is_dropped() {
        let text = "/* 1\n2 */ \"3\n\" r#\"4\n\"# // five\nhere";
        assert_eq!(words(text).pop().map(|word| word.line), Some(5));
    }

    #[test]
    fn code_for_tests_is_marked_and_nothing_else() {
        let text = "fn a() {}\n#[cfg(test)]\n#[expect(x, reason = \"y\")]\nmod tests {\n fn b() {}\n}\nfn c() {}";
        let source = Source::new("src/web/form.rs", text);
        let marks = |name| source.words.iter().find(|word| word.text == name).map(|word| (word.test, word.inner));
        assert_eq!(
            (marks("a"), marks("b"), marks("c")),
            (Some((false, false)), Some((true, true)), Some((false, false)))
        );
        assert_eq!((source.lines(), source.tests_begin()), (1, Some(2)));
        assert!(CFG_TEST.contains(&"cfg"));
    }
}
