//! A `mod.rs` is a door: its header, its children, and which of their names the room hands out. `lib.rs` is the door of the house.
//!
//! Siblings import each other's file (`super::file`, `crate::room::file`), never what the door re-exports: a file's imports then say where
//! a thing lives, and a door can change without its own room noticing.

use std::collections::BTreeSet;

use super::reader::{Complaint, Source, Tree};

/// What stands in a door that should not, or goes through one from inside.
pub(super) fn complaints(file: &Source, tree: &Tree) -> Vec<Complaint> {
    if file.room().is_none() {
        Vec::new()
    } else if file.is_door() {
        definitions(file)
    } else {
        through_the_own_door(file, tree)
    }
}

/// Everything but `mod`, and `pub use` of one's own children.
fn definitions(file: &Source) -> Vec<Complaint> {
    let (mut at, mut children, mut handed_out) = (0, BTreeSet::new(), Vec::new());
    while at < file.words.len() {
        if file.word(at) == "#" {
            at = behind_attribute(file, at);
            continue;
        }
        let begin = at;
        if file.word(at) == "pub" {
            at += if file.word(at + 1) == "(" { 4 } else { 1 };
        }
        let end = (at..file.words.len()).find(|at| file.word(*at) == ";").unwrap_or(file.words.len());
        match file.word(at) {
            "mod" if end == at + 2 => _ = children.insert(file.word(at + 1)),
            "use" if at > begin => handed_out.push(at..end),
            other => {
                let why = format!("a door has only `mod` and `pub use`, and this is `{other}`");
                return vec![Complaint { line: file.words[begin].line, why }];
            }
        }
        at = end + 1;
    }
    let is_foreign = |parts: &[&str]| {
        let from = if parts[0] == "self" { parts.get(1) } else { parts.first() };
        from.is_none_or(|from| !children.contains(from))
    };
    let paths = file.paths();
    let foreign =
        paths.iter().filter(|path| handed_out.iter().any(|words| words.contains(&path.at)) && is_foreign(&path.parts));
    foreign
        .map(|path| Complaint {
            line: path.first.line,
            why: format!("`{}` is not of a child of this door", path.parts.join("::")),
        })
        .collect()
}

fn behind_attribute(file: &Source, begin: usize) -> usize {
    let mut depth = 0_usize;
    for at in begin..file.words.len() {
        match file.word(at) {
            "[" => depth += 1,
            "]" if depth == 1 => return at + 1,
            "]" => depth -= 1,
            _ => {}
        }
    }
    file.words.len()
}

/// `super::Thing` and `crate::own_room::Thing` where `Thing` is no file beside this one.
fn through_the_own_door(file: &Source, tree: &Tree) -> Vec<Complaint> {
    let Some((folder, _)) = file.place.rsplit_once('/') else { return Vec::new() };
    // Without a door in the folder the file is a child of `folder.rs`, and `super` is that file.
    let has_door = tree.places.contains(&format!("{folder}/mod.rs"));
    let room = file.room().map(|room| format!("src/{room}")).unwrap_or_default();
    let is_room = tree.places.contains(&format!("{room}/mod.rs"));
    let mut found = Vec::new();
    for path in file.paths().iter().filter(|path| !path.first.test && path.parts.len() > 1) {
        let beside = match path.parts.as_slice() {
            ["super", next, ..] if has_door && !path.first.inner => Some((folder, next)),
            ["crate", own, next, ..] if is_room && Some(*own) == file.room() => Some((room.as_str(), next)),
            _ => None,
        };
        if let Some((folder, next)) = beside
            && !is_file_of(tree, folder, next)
        {
            let why = format!("`{}` goes through the own door: name the file", path.parts.join("::"));
            found.push(Complaint { line: path.first.line, why });
        }
    }
    found
}

fn is_file_of(tree: &Tree, folder: &str, name: &str) -> bool {
    tree.places.contains(&format!("{folder}/{name}.rs")) || tree.places.contains(&format!("{folder}/{name}/mod.rs"))
}

#[cfg(test)]
mod tests {
    use super::{Source, Tree, complaints};

    fn wrong(place: &str, text: &str) -> usize {
        let places = ["src/jose/mod.rs", "src/jose/jwt.rs", "src/jose/hash.rs", "src/jose/jwt/tests.rs", "src/cli.rs"];
        let tree = Tree { files: Vec::new(), places: places.into_iter().map(String::from).collect() };
        complaints(&Source::new(place, text), &tree).len()
    }

    #[test]
    fn a_door_has_children_and_hands_out_their_names() {
        let good = "//! Signed tokens.\n#![forbid(unsafe_code)]\nmod hash;\npub mod jwt;\n#[cfg(test)]\nmod tests;\n\
                    pub use jwt::{Payload, Unverified};\npub(crate) use self::hash::left_half;";
        assert_eq!(wrong("src/jose/mod.rs", good), 0);
        assert_eq!(wrong("src/lib.rs", good), 0);
    }

    #[test]
    fn a_definition_in_a_door_is_refused() {
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
    fn a_door_hands_out_nothing_of_another_room() {
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
