//! Reads Rust source as tokens and paths, without compiling it.
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
    /// The path from the root of the project, with `/`.
    pub(super) place: String,
    pub(super) text: String,
    pub(super) tokens: Vec<Token>,
}

/// A name, a number, `::`, `->`, `=>`, or one other sign.
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) text: String,
    /// Compiled for tests only.
    pub(super) test: bool,
    /// Stands inside a `mod x { … }` of its file.
    pub(super) inner: bool,
}

/// A path `a::b::c` in a `use` or elsewhere; one for each leaf of a group.
pub(super) struct Named<'a> {
    pub(super) first: &'a Token,
    /// The place of `first` among the tokens.
    pub(super) at: usize,
    /// The last may be `*`.
    pub(super) parts: Vec<&'a str>,
}

/// A violation of a rule, with its line.
#[derive(Debug, PartialEq)]
pub(super) struct Finding {
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
        Ok(Self::of(files))
    }

    pub(super) fn of(files: Vec<Source>) -> Self {
        let places = files.iter().map(|file| file.place.clone()).collect();
        Self { files, places }
    }

    pub(super) fn file(&self, place: &str) -> Option<&Source> {
        self.files.iter().find(|file| file.place == place)
    }

    /// The files of the product that are not for tests only.
    pub(super) fn product(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().filter(|file| file.is_product())
    }
}

impl Source {
    pub(super) fn new(place: &str, text: &str) -> Self {
        let mut tokens = tokens(text);
        mark(&mut tokens, place.ends_with("/tests.rs") || !place.starts_with("src/"));
        Self { place: place.into(), text: text.into(), tokens }
    }

    /// The module of the product that the file belongs to: `jose` for `src/jose/jwt.rs`, `cli` for `src/cli.rs`.
    pub(super) fn module(&self) -> Option<&str> {
        let inside = self.place.strip_prefix("src/")?;
        Some(inside.split_once('/').map_or(inside.trim_end_matches(".rs"), |(module, _)| module))
    }

    /// Whether the file belongs to the product and is not for tests only.
    pub(super) fn is_product(&self) -> bool {
        let for_tests =
            self.place.contains("/tests/") || ["/tests.rs", "/testing.rs"].iter().any(|end| self.place.ends_with(end));
        self.module().is_some() && !for_tests
    }

    pub(super) fn is_mod_file(&self) -> bool {
        self.place.ends_with("/mod.rs") || self.place == "src/lib.rs"
    }

    /// The text of the token at `at`; nothing beyond the ends.
    pub(super) fn token(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    /// Whether these tokens follow one another from `at` on.
    pub(super) fn reads(&self, at: usize, wanted: &[&str]) -> bool {
        wanted.iter().enumerate().all(|(step, text)| self.token(at + step) == *text)
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
        (0..self.tokens.len()).find(|at| self.reads(*at, CFG_TEST)).map(|at| self.tokens[at].line)
    }

    /// Every path in the file, `use` or not.
    pub(super) fn paths(&self) -> Vec<Named<'_>> {
        let (mut at, mut found) = (0, Vec::new());
        while at < self.tokens.len() {
            let group = self.token(at) == "{" && at > 0 && matches!(self.token(at - 1), "use" | "::");
            let name = is_name(self.token(at)) && !LEADS_A_PATH.contains(&self.token(at));
            if (name || group) && !self.continues_a_path(at) {
                at = self.unfold(at, &mut Vec::new(), &mut found);
            } else {
                at += 1;
            }
        }
        found
    }

    /// Whether the token at `at` stands behind the `::` of a path that began earlier.
    fn continues_a_path(&self, at: usize) -> bool {
        if at < 2 || self.token(at - 1) != "::" {
            return false;
        }
        let before = self.token(at - 2);
        before == ">" || (is_name(before) && !LEADS_A_PATH.contains(&before))
    }

    /// Adds what begins at `at` behind `prefix`; returns where it ends.
    fn unfold<'a>(&'a self, mut at: usize, prefix: &mut Vec<usize>, found: &mut Vec<Named<'a>>) -> usize {
        let depth = prefix.len();
        loop {
            match self.token(at) {
                "{" => {
                    at += 1;
                    while !matches!(self.token(at), "}" | "") {
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
                    if self.token(at) != "::"
                        || !(is_name(self.token(at + 1)) || matches!(self.token(at + 1), "{" | "*"))
                    {
                        break;
                    }
                    at += 1;
                }
            }
        }
        let first = prefix[0];
        let parts = prefix.iter().map(|part| self.token(*part)).collect();
        found.push(Named { first: &self.tokens[first], at: first, parts });
        prefix.truncate(depth);
        at
    }

    /// From the end of a leaf (and its `as` name) to the next leaf, or to the bracket that ends the group.
    fn behind_the_comma(&self, mut at: usize) -> usize {
        while !matches!(self.token(at), "," | "}" | "") {
            at += 1;
        }
        if self.token(at) == "," { at + 1 } else { at }
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

/// Cuts the text into tokens; what cannot hold a path is dropped.
fn tokens(text: &str) -> Vec<Token> {
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
                    found.push(Token { line, text: name, test: false, inner: false });
                    end
                }
            }
            begin if begin.is_whitespace() => at + 1,
            begin => {
                let pair = matches!((begin, sign(at + 1)), (':', ':') | ('-' | '=', '>'));
                let end = if pair { at + 2 } else { at + 1 };
                found.push(Token { line, text: signs[at..end].iter().collect(), test: false, inner: false });
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
        // A lifetime: its name is dropped with the mark, or `'static` would read as a token.
        _ => find(signs, begin + 1, |at| !(signs[at].is_alphanumeric() || signs[at] == '_')),
    }
}

/// Marks what is compiled for tests only, and what stands in an inline module.
fn mark(tokens: &mut [Token], all_tests: bool) {
    let reads = |tokens: &[Token], at: usize, wanted: &[&str]| {
        wanted.iter().enumerate().all(|(step, text)| tokens.get(at + step).is_some_and(|token| token.text == *text))
    };
    for at in 0..tokens.len() {
        if reads(tokens, at, CFG_TEST) {
            let end = item_end(tokens, at + CFG_TEST.len());
            tokens[at..end].iter_mut().for_each(|token| token.test = true);
        }
        if tokens[at].text == "mod" && tokens.get(at + 2).is_some_and(|token| token.text == "{") {
            let end = item_end(tokens, at);
            tokens[at + 2..end].iter_mut().for_each(|token| token.inner = true);
        }
        tokens[at].test |= all_tests;
    }
}

/// Behind the `;` or the closing bracket that ends the item at `at`, attributes before it included.
fn item_end(tokens: &[Token], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
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
    use super::{CFG_TEST, Source, tokens};

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
        assert_eq!(tokens(text).pop().map(|token| token.line), Some(5));
    }

    #[test]
    fn code_for_tests_is_marked_and_nothing_else() {
        let text = "fn a() {}\n#[cfg(test)]\n#[expect(x, reason = \"y\")]\nmod tests {\n fn b() {}\n}\nfn c() {}";
        let source = Source::new("src/web/form.rs", text);
        let marks = |name| source.tokens.iter().find(|token| token.text == name).map(|token| (token.test, token.inner));
        assert_eq!(
            (marks("a"), marks("b"), marks("c")),
            (Some((false, false)), Some((true, true)), Some((false, false)))
        );
        assert_eq!((source.lines(), source.tests_begin()), (1, Some(2)));
        assert!(CFG_TEST.contains(&"cfg"));
    }
}
