//! The files of a module import each other without a circle. Tests are left out.
//!
//! A file depends on another file of its module by every path that leads there: `super::file`, `crate::module::file`, `child::item`. A path
//! to a nested `mod.rs` counts as a path to the file that defines the re-exported item.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::{Named, Source, Tree};

/// Each circle: the files that all depend on each other, directly or through other files.
pub(super) fn circles(tree: &Tree) -> Vec<Vec<String>> {
    let edges: BTreeMap<&str, BTreeSet<String>> =
        tree.product().map(|file| (file.place.as_str(), dependencies(file, tree))).collect();
    let reached: BTreeMap<&str, BTreeSet<&str>> = edges.keys().map(|file| (*file, reachable(file, &edges))).collect();
    let circles: BTreeSet<Vec<String>> = edges
        .keys()
        .filter(|file| reached[*file].contains(*file))
        .map(|file| {
            let mutual =
                reached[file].iter().filter(|other| reached.get(*other).is_some_and(|back| back.contains(file)));
            mutual.map(|other| (*other).to_owned()).collect()
        })
        .collect();
    circles.into_iter().collect()
}

/// The other files of the own module that a file names outside its tests.
fn dependencies(file: &Source, tree: &Tree) -> BTreeSet<String> {
    if file.is_mod_file() {
        return BTreeSet::new();
    }
    let module = file.module().map(str::to_owned);
    let paths = file.paths();
    let leading = paths.iter().filter(|path| !path.first.test && path.parts.len() > 1);
    let mut found: BTreeSet<String> = leading.filter_map(|path| target(file, path, tree)).collect();
    found.retain(|place| *place != file.place && tree.file(place).and_then(Source::module) == module.as_deref());
    found
}

/// The file that a path leads to.
fn target(file: &Source, path: &Named<'_>, tree: &Tree) -> Option<String> {
    let own = module_path(&file.place);
    match path.parts.as_slice() {
        ["crate", rest @ ..] => resolve(&[], rest, tree),
        // In an inline module `super` is the file itself.
        ["super", rest @ ..] if path.first.inner => resolve(&own, rest, tree),
        ["super", rest @ ..] => resolve(&own[..own.len().saturating_sub(1)], rest, tree),
        ["self", rest @ ..] => resolve(&own, rest, tree),
        [child, ..] => {
            let is_child = place_of(&[&own[..], &[*child]].concat(), tree).is_some();
            is_child.then(|| resolve(&own, &path.parts, tree)).flatten()
        }
        [] => None,
    }
}

/// The file that defines the item `rest` of the module `base`.
fn resolve(base: &[&str], rest: &[&str], tree: &Tree) -> Option<String> {
    let mut at = base.to_vec();
    let mut deepest = place_of(&at, tree);
    for (step, part) in rest.iter().enumerate() {
        at.push(part);
        if let Some(place) = place_of(&at, tree) {
            deepest = Some(place);
            continue;
        }
        at.pop();
        let mod_file = deepest.as_deref().and_then(|place| tree.file(place)).filter(|file| file.is_mod_file());
        let Some(re_export) = mod_file.and_then(|file| re_export(file, part)) else { break };
        return resolve(&at, &[&re_export[..], &rest[step + 1..]].concat(), tree);
    }
    deepest
}

/// The path behind the `use` of a `mod.rs` that ends in `name`.
fn re_export<'a>(file: &'a Source, name: &str) -> Option<Vec<&'a str>> {
    let mut paths = file.paths();
    paths.retain(|path| path.parts.len() > 1 && path.parts.last() == Some(&name) && path.parts[0] != "crate");
    paths.pop().map(|path| path.parts.into_iter().filter(|part| *part != "self").collect())
}

/// `[jose, jwt]` for `src/jose/jwt.rs`, `[jose]` for `src/jose/mod.rs`, nothing for `src/lib.rs`.
fn module_path(place: &str) -> Vec<&str> {
    let inside = place.trim_start_matches("src/").trim_end_matches(".rs");
    let mut path: Vec<&str> = inside.split('/').collect();
    path.retain(|part| !matches!(*part, "mod" | "lib" | "main"));
    path
}

/// The file of a module path.
fn place_of(path: &[&str], tree: &Tree) -> Option<String> {
    let joined = path.join("/");
    [format!("src/{joined}.rs"), format!("src/{joined}/mod.rs")].into_iter().find(|place| tree.places.contains(place))
}

/// All files that `from` depends on, directly or through other files.
fn reachable<'a>(from: &str, edges: &'a BTreeMap<&str, BTreeSet<String>>) -> BTreeSet<&'a str> {
    let mut open: Vec<&str> = edges.get(from).into_iter().flatten().map(String::as_str).collect();
    let mut reached = BTreeSet::new();
    while let Some(file) = open.pop() {
        if reached.insert(file) {
            open.extend(edges.get(file).into_iter().flatten().map(String::as_str));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::{Source, Tree, circles};

    fn found(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        circles(&Tree::of(files.iter().map(|(place, text)| Source::new(place, text)).collect()))
    }

    #[test]
    fn files_without_a_circle_are_accepted() {
        let kept = [
            ("src/jose/mod.rs", "mod hash; mod jwt; pub use jwt::Payload; pub use hash::Hash;"),
            (
                "src/jose/jwt.rs",
                "use super::hash::Hash; use crate::base::Clock; #[cfg(test)] mod tests { use super::Payload; }",
            ),
            (
                "src/jose/hash.rs",
                "fn f(jwt: u8) {} #[cfg(test)] mod tests { use super::super::jwt; use crate::jose::jwt::X; }",
            ),
            ("src/jose/hash/tests.rs", "use crate::jose::jwt::X;"),
            ("src/base/mod.rs", "mod clock; pub use clock::Clock;"),
            ("src/base/clock.rs", "pub struct Clock;"),
        ];
        assert_eq!(found(&kept), Vec::<Vec<String>>::new());
    }

    #[test]
    fn every_kind_of_path_can_close_a_circle() {
        for (one, other) in [
            ("use super::hash::Hash;", "use super::jwt::Payload;"),
            ("use super::{hash, x};", "fn f() -> crate::jose::jwt::Payload { g() }"),
            ("use crate::jose::hash;", "use crate::{base::Clock, jose::{jwt::X}};"),
            ("mod inner { use crate::jose::hash::X; }", "use super::jwt::Payload;"),
        ] {
            let files =
                [("src/jose/mod.rs", "mod jwt; mod hash;"), ("src/jose/jwt.rs", one), ("src/jose/hash.rs", other)];
            assert_eq!(found(&files), [["src/jose/hash.rs", "src/jose/jwt.rs"]], "{one} {other}");
        }
    }

    #[test]
    fn a_circle_through_several_files_is_one() {
        let files = [
            ("src/flow/a.rs", "use super::b::B;"),
            ("src/flow/b.rs", "use super::c::C;"),
            ("src/flow/c.rs", "use super::a::A;"),
            ("src/flow/d.rs", "use super::a::A;"),
            ("src/flow/mod.rs", "mod a; mod b; mod c; mod d;"),
        ];
        assert_eq!(found(&files), [["src/flow/a.rs", "src/flow/b.rs", "src/flow/c.rs"]]);
    }

    #[test]
    fn nested_modules_and_children_are_followed() {
        let nested = [
            ("src/flow/mod.rs", "mod pages; mod texts;"),
            ("src/flow/pages.rs", "use super::texts::Message;"),
            ("src/flow/texts/mod.rs", "mod message; mod words; pub use message::Message;"),
            ("src/flow/texts/message.rs", "use crate::flow::pages::Page;"),
            ("src/flow/texts/words.rs", "use crate::flow::pages::Page;"),
        ];
        assert_eq!(found(&nested), [["src/flow/pages.rs", "src/flow/texts/message.rs"]]);
        let child = [
            ("src/jose/mod.rs", "mod jwks;"),
            ("src/jose/jwks.rs", "mod read; fn f() { read::key() }"),
            ("src/jose/jwks/read.rs", "use super::Key;"),
        ];
        assert_eq!(found(&child), [["src/jose/jwks.rs", "src/jose/jwks/read.rs"]]);
    }
}
