//! The public items of the crate: names of types are unique, and public items are counted.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::reader::{Finding, Source, Tree};

/// A type is declared with one of these.
const TYPES: &[&str] = &["struct", "enum", "trait", "type", "union"];
/// An item is declared with one of these, behind `pub`.
const ITEMS: &[&str] =
    &["struct", "enum", "trait", "type", "union", "fn", "const", "static", "async", "unsafe", "mod", "extern"];

/// A type that is visible outside its file and has the name of another one.
pub(super) fn doubled_types(tree: &Tree) -> Vec<(String, Finding)> {
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    let mut found = Vec::new();
    for file in tree.product() {
        for (line, name) in types(file) {
            match seen.entry(name) {
                Entry::Vacant(first) => _ = first.insert(format!("{}:{line}", file.place)),
                Entry::Occupied(first) => {
                    let why = format!("`{name}` is also the name of a type in {}", first.get());
                    found.push((file.place.clone(), Finding { line, why }));
                }
            }
        }
    }
    found
}

/// The types of a file that are visible outside it.
fn types(file: &Source) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for at in (0..file.tokens.len()).filter(|at| file.token(*at) == "pub" && !file.tokens[*at].test) {
        let kind = behind_visibility(file, at);
        let name = file.token(kind + 1);
        if TYPES.contains(&file.token(kind)) && name.starts_with(char::is_alphabetic) {
            found.push((file.tokens[kind].line, name));
        }
    }
    found
}

/// Behind `pub` or `pub(…)`.
fn behind_visibility(file: &Source, at: usize) -> usize {
    if file.token(at + 1) != "(" {
        return at + 1;
    }
    (at..file.tokens.len()).find(|at| file.token(*at) == ")").map_or(file.tokens.len(), |close| close + 1)
}

/// How many items are `pub` without a restriction in files whose items can be named from outside the crate: by public modules, or by a
/// re-export.
pub(super) fn count(tree: &Tree) -> usize {
    let mut open = vec!["src/lib.rs".to_owned()];
    let mut reached = BTreeSet::new();
    while let Some(place) = open.pop() {
        let Some(file) = tree.file(&place).filter(|file| file.is_product()) else { continue };
        if reached.insert(place) {
            open.extend(shown_children(file).into_iter().flat_map(|child| places_of_child(file, child)));
        }
    }
    reached.iter().filter_map(|place| tree.file(place)).map(items).sum()
}

/// The children of a file that it makes public, whole or in part.
fn shown_children(file: &Source) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for at in 0..file.tokens.len() {
        if file.reads(at, &["pub", "mod"]) && !file.tokens[at].test {
            found.insert(file.token(at + 2));
        }
    }
    for path in file.paths().iter().filter(|path| path.parts.len() > 1) {
        let begin = (0..path.at).rev().find(|at| matches!(file.token(*at), ";" | "}" | "]")).map_or(0, |at| at + 1);
        if file.reads(begin, &["pub", "use"]) {
            found.insert(if path.parts[0] == "self" { path.parts[1] } else { path.parts[0] });
        }
    }
    found
}

fn places_of_child(file: &Source, child: &str) -> [String; 2] {
    let folder = match file.place.rsplit_once('/') {
        Some((folder, "mod.rs" | "lib.rs")) => folder.to_owned(),
        _ => file.place.trim_end_matches(".rs").to_owned(),
    };
    [format!("{folder}/{child}.rs"), format!("{folder}/{child}/mod.rs")]
}

/// The unrestricted public items of a file, methods included.
fn items(file: &Source) -> usize {
    let public = |at: &usize| file.token(*at) == "pub" && !file.tokens[*at].test;
    (0..file.tokens.len()).filter(public).filter(|at| ITEMS.contains(&file.token(at + 1))).count()
}

#[cfg(test)]
mod tests {
    use super::{Source, Tree, count, doubled_types};

    fn tree(files: &[(&str, &str)]) -> Tree {
        Tree::of(files.iter().map(|(place, text)| Source::new(place, text)).collect())
    }

    #[test]
    fn two_public_types_of_one_name_are_refused() {
        let one = ("src/oidc/response.rs", "pub struct Answer;");
        for other in [
            "pub enum Answer { A }",
            "pub(crate) struct Answer<T>(T);",
            "pub(in crate::session) trait Answer {}",
            "mod inner { pub type Answer = u8; }",
        ] {
            let found = doubled_types(&tree(&[one, ("src/session/store.rs", other)]));
            assert_eq!(found.len(), 1, "{other}");
            assert_eq!(found[0].0, "src/session/store.rs");
        }
        for other in [
            "struct Answer;",
            "pub struct Response;",
            "pub fn answer() {}",
            "pub use crate::oidc::Answer;",
            "#[cfg(test)] mod tests { pub struct Answer; }",
            "impl X for Y { type Answer = u8; }",
        ] {
            assert_eq!(doubled_types(&tree(&[one, ("src/session/store.rs", other)])), [], "{other}");
        }
        assert_eq!(doubled_types(&tree(&[one, ("src/session/testing.rs", one.1), ("tests/it/x.rs", one.1)])), []);
    }

    #[test]
    fn only_items_that_can_be_named_outside_are_counted() {
        let files = [
            ("src/lib.rs", "pub mod jose; mod hidden; pub(crate) mod inner;"),
            (
                "src/jose/mod.rs",
                "mod jwt; mod hash; mod key; pub use jwt::{Payload, Unverified}; pub(crate) use hash::Hash;",
            ),
            (
                "src/jose/jwt.rs",
                "pub struct Payload { pub field: u8 } impl Payload { pub fn new() {} pub(crate) fn x() {} fn y() {} }",
            ),
            ("src/jose/hash.rs", "pub struct Hash;"),
            ("src/jose/key.rs", "pub struct Key;"),
            ("src/hidden.rs", "pub struct Hidden;"),
            ("src/inner.rs", "pub struct Inner;"),
        ];
        // `pub mod jose`, `Payload` and `Payload::new`.
        assert_eq!(count(&tree(&files)), 3);
    }
}
