//! A `mod.rs` has a header, the declarations of its children, and re-exports of their names. `lib.rs` does this for the crate.
//!
//! Siblings import each other's file (`super::file`, `crate::module::file`), never what `mod.rs` re-exports: the imports of a file then
//! name the file of each item, and the re-exports can change without an effect inside the module.

use std::collections::BTreeSet;

use super::reader::{Finding, Source, Tree};

/// Definitions in a `mod.rs`, and imports that go through the own `mod.rs`.
pub(super) fn findings(file: &Source, tree: &Tree) -> Vec<Finding> {
    if file.module().is_none() {
        Vec::new()
    } else if file.is_mod_file() {
        definitions(file)
    } else {
        through_the_own_mod_file(file, tree)
    }
}

/// Everything but `mod`, and `pub use` of one's own children.
fn definitions(file: &Source) -> Vec<Finding> {
    let (mut at, mut children, mut re_exported) = (0, BTreeSet::new(), Vec::new());
    while at < file.tokens.len() {
        if file.token(at) == "#" {
            at = behind_attribute(file, at);
            continue;
        }
        let begin = at;
        if file.token(at) == "pub" {
            at += if file.token(at + 1) == "(" { 4 } else { 1 };
        }
        let end = (at..file.tokens.len()).find(|at| file.token(*at) == ";").unwrap_or(file.tokens.len());
        match file.token(at) {
            "mod" if end == at + 2 => _ = children.insert(file.token(at + 1)),
            "use" if at > begin => re_exported.push(at..end),
            other => {
                let why = format!("a `mod.rs` has only `mod` and `pub use`, and this is `{other}`");
                return vec![Finding { line: file.tokens[begin].line, why }];
            }
        }
        at = end + 1;
    }
    let is_foreign = |parts: &[&str]| {
        let from = if parts[0] == "self" { parts.get(1) } else { parts.first() };
        from.is_none_or(|from| !children.contains(from))
    };
    let paths = file.paths();
    let foreign = paths
        .iter()
        .filter(|path| re_exported.iter().any(|tokens| tokens.contains(&path.at)) && is_foreign(&path.parts));
    foreign
        .map(|path| Finding {
            line: path.first.line,
            why: format!("`{}` is not of a child of this `mod.rs`", path.parts.join("::")),
        })
        .collect()
}

fn behind_attribute(file: &Source, begin: usize) -> usize {
    let mut depth = 0_usize;
    for at in begin..file.tokens.len() {
        match file.token(at) {
            "[" => depth += 1,
            "]" if depth == 1 => return at + 1,
            "]" => depth -= 1,
            _ => {}
        }
    }
    file.tokens.len()
}

/// `super::Thing` and `crate::own_module::Thing` where `Thing` is no file beside this one.
fn through_the_own_mod_file(file: &Source, tree: &Tree) -> Vec<Finding> {
    let Some((folder, _)) = file.place.rsplit_once('/') else { return Vec::new() };
    // Without a `mod.rs` in the folder the file is a child of `folder.rs`, and `super` is that file.
    let has_mod_file = tree.places.contains(&format!("{folder}/mod.rs"));
    let module = file.module().map(|module| format!("src/{module}")).unwrap_or_default();
    let is_module = tree.places.contains(&format!("{module}/mod.rs"));
    let mut found = Vec::new();
    for path in file.paths().iter().filter(|path| !path.first.test && path.parts.len() > 1) {
        let beside = match path.parts.as_slice() {
            ["super", next, ..] if has_mod_file && !path.first.inner => Some((folder, next)),
            ["crate", own, next, ..] if is_module && Some(*own) == file.module() => Some((module.as_str(), next)),
            _ => None,
        };
        if let Some((folder, next)) = beside
            && !is_file_of(tree, folder, next)
        {
            let why = format!("`{}` goes through the own `mod.rs`: name the file", path.parts.join("::"));
            found.push(Finding { line: path.first.line, why });
        }
    }
    found
}

fn is_file_of(tree: &Tree, folder: &str, name: &str) -> bool {
    tree.places.contains(&format!("{folder}/{name}.rs")) || tree.places.contains(&format!("{folder}/{name}/mod.rs"))
}

#[cfg(test)]
mod tests {
    use super::{Source, Tree, findings};

    fn wrong(place: &str, text: &str) -> usize {
        let places = ["src/jose/mod.rs", "src/jose/jwt.rs", "src/jose/hash.rs", "src/jose/jwt/tests.rs", "src/cli.rs"];
        let tree = Tree { files: Vec::new(), places: places.into_iter().map(String::from).collect() };
        findings(&Source::new(place, text), &tree).len()
    }

    #[test]
    fn a_mod_file_declares_and_re_exports_children() {
        let good = "//! Signed tokens.\n#![forbid(unsafe_code)]\nmod hash;\npub mod jwt;\n#[cfg(test)]\nmod tests;\n\
                    pub use jwt::{Payload, Unverified};\npub(crate) use self::hash::left_half;";
        assert_eq!(wrong("src/jose/mod.rs", good), 0);
        assert_eq!(wrong("src/lib.rs", good), 0);
    }

    #[test]
    fn a_definition_in_a_mod_file_is_refused() {
        for text in [
            "pub fn f() {}",
            "struct S;",
            "mod jwt;\npub enum E { A }",
            "pub trait T {}",
            "impl X for Y {}",
            "const N: u8 = 1;",
            "static N: u8 = 1;",
            "pub type A = u8;",
            "macro_rules! m { () => {} }",
            "use std::fs;",
            "mod inline { }",
        ] {
            assert_eq!(wrong("src/jose/mod.rs", text), 1, "{text}");
        }
    }

    #[test]
    fn a_mod_file_re_exports_no_other_module() {
        for text in
            ["mod jwt; pub use crate::base::Clock;", "pub use serde::Serialize;", "mod jwt; pub use {jwt::A, http::B};"]
        {
            assert_eq!(wrong("src/jose/mod.rs", text), 1, "{text}");
        }
    }

    #[test]
    fn siblings_name_each_others_file() {
        for text in [
            "use super::hash::left_half;",
            "use super::{hash, hash::x};",
            "use crate::jose::hash::left_half;",
            "use crate::base::Clock;",
            "#[cfg(test)] mod tests { use super::*; use super::decode; use crate::jose::Payload; }",
            "mod inner { use super::X; }",
        ] {
            assert_eq!(wrong("src/jose/jwt.rs", text), 0, "{text}");
        }
        for text in
            ["use super::*;", "use super::Payload;", "use super::{hash::x, Payload};", "use crate::jose::Payload;"]
        {
            assert_eq!(wrong("src/jose/jwt.rs", text), 1, "{text}");
        }
        assert_eq!(wrong("src/jose/jwt/tests.rs", "use super::decode;"), 0);
    }
}
