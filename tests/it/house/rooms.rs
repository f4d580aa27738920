//! Which room may name which.
//!
//! Every path that leaves a room starts with `crate`, so every one is read, `use` or not; what could hide an arrow is refused: `super` out
//! of a room, `crate` renamed or globbed, `#[path]`, `include!`. What a check cannot see is a type reached by inference; hence doors hand
//! out nothing but their own children (`doors`).

use std::collections::BTreeSet;

use super::reader::{Complaint, Named, Source, Tree};

/// A room, and what it may name besides itself: always rooms further down this list.
pub(super) const MAP: &[(&str, &str)] = &[
    ("lib", ""),
    ("main", "cli"),
    ("cli", "app config telemetry reason base"),
    ("app", "config edge server flow provider session proxy oidc access jose identity web telemetry reason base"),
    ("config", "edge server flow provider session proxy oidc access jose identity web telemetry reason base"),
    ("edge", "flow provider session proxy oidc access identity web telemetry reason base"),
    ("server", "telemetry base"),
    ("flow", "provider session proxy oidc access jose identity web telemetry reason base"),
    ("provider", "oidc jose identity web telemetry reason base"),
    ("session", "oidc identity web telemetry reason base"),
    ("proxy", "access identity web telemetry reason base"),
    ("oidc", "jose identity web reason base"),
    ("access", "identity web reason base"),
    ("jose", "reason base"),
    ("identity", "reason base"),
    ("web", "reason base"),
    ("telemetry", "reason base"),
    ("reason", "base"),
    ("base", ""),
];

/// What the file names that its room may not know.
pub(super) fn complaints(file: &Source, tree: &Tree) -> Vec<Complaint> {
    let Some(room) = file.room() else { return Vec::new() };
    let Some((_, may)) = MAP.iter().find(|(name, _)| *name == room) else {
        return vec![Complaint { line: 1, why: format!("room `{room}` is not on the map") }];
    };
    let mut found = hidden(file, tree);
    for (line, to) in named(file) {
        if to != room && !may.split(' ').any(|allowed| allowed == to) {
            found.push(Complaint { line, why: format!("`{room}` may not name `{to}`") });
        }
    }
    found
}

/// The arrows that a file draws: from its room to another.
pub(super) fn arrows(file: &Source) -> BTreeSet<(String, String)> {
    let Some(room) = file.room() else { return BTreeSet::new() };
    named(file).into_iter().filter(|(_, to)| *to != room).map(|(_, to)| (room.into(), to.into())).collect()
}

/// The rooms that a file names. The binary names the library's by the crate's name.
fn named(file: &Source) -> Vec<(usize, &str)> {
    let paths = file.paths();
    let leaves = paths.iter().filter(|path| leaves_the_room(path) && path.parts.len() > 1);
    leaves.map(|path| (path.first.line, path.parts[1])).collect()
}

fn leaves_the_room(path: &Named<'_>) -> bool {
    matches!(path.parts[0], "crate" | "vestibule")
}

/// What could hide an arrow from the check above.
fn hidden(file: &Source, tree: &Tree) -> Vec<Complaint> {
    let mut found = Vec::new();
    let mut complain = |line, why: &str| found.push(Complaint { line, why: why.into() });
    for path in file.paths() {
        let line = path.first.line;
        if leaves_the_room(&path) && path.parts.get(1).is_none_or(|next| *next == "*") && !is_visibility(file, path.at)
        {
            complain(line, "the crate's root is renamed, globbed or bare");
        }
        if path.parts.iter().filter(|part| **part == "super").count() > 1 {
            complain(line, "`super::super`: name the room");
        }
        if leads_out_of_the_house(file, &path, tree) {
            complain(line, "`super` names the crate's root here: name the room");
        }
    }
    for at in 0..file.words.len() {
        if file.reads(at, &["[", "path", "="]) {
            complain(file.words[at].line, "`#[path]`");
        }
        if file.reads(at, &["include", "!"]) {
            complain(file.words[at].line, "`include!`");
        }
    }
    found
}

/// `pub(crate)`.
fn is_visibility(file: &Source, at: usize) -> bool {
    at > 1 && file.reads(at - 2, &["pub", "(", "crate", ")"])
}

/// `super::` in a file that stands beside `lib.rs`, or in a room's door.
fn leads_out_of_the_house(file: &Source, path: &Named<'_>, tree: &Tree) -> bool {
    let inside = file.place.trim_start_matches("src/");
    let room_door = inside.matches('/').count() == 1 && inside.ends_with("/mod.rs");
    let beside_root = !inside.contains('/') && tree.places.contains(&file.place);
    path.parts[0] == "super" && path.parts.len() > 1 && !path.first.inner && (room_door || beside_root)
}

#[cfg(test)]
mod tests {
    use super::{Source, Tree, arrows, complaints};

    fn tree(places: &[&str]) -> Tree {
        Tree { files: Vec::new(), places: places.iter().map(|place| (*place).into()).collect() }
    }

    fn wrong(place: &str, text: &str) -> Vec<String> {
        complaints(&Source::new(place, text), &tree(&[place])).into_iter().map(|complaint| complaint.why).collect()
    }

    #[test]
    fn an_arrow_up_is_refused_however_it_is_written() {
        for text in [
            "use crate::flow::login;",
            "use crate::{base::Clock, flow::{login, logout}};",
            "fn f() { crate::flow::login::begin() }",
            "fn f(x: &dyn crate::flow::X) -> u8 { 1 }",
            "macro_rules! m { () => { $crate::flow::go() } }",
            "#[cfg(test)] mod tests { use crate::flow::login; }",
            "pub(in crate::flow) fn f() {}",
            "use vestibule::flow::login;",
        ] {
            assert!(wrong("src/jose/jwt.rs", text).contains(&"`jose` may not name `flow`".into()), "{text}");
        }
    }

    #[test]
    fn an_arrow_down_and_the_own_room_are_allowed() {
        let text = "use crate::{base::Clock, jose::hash}; use super::hash::x; pub(crate) fn f() {} // crate::flow";
        assert_eq!(wrong("src/jose/jwt.rs", text), Vec::<String>::new());
        let drawn = arrows(&Source::new("src/jose/jwt.rs", text));
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [("jose".into(), "base".into())]);
    }

    #[test]
    fn what_could_hide_an_arrow_is_refused() {
        for (place, text) in [
            ("src/jose/jwt.rs", "use crate as c;"),
            ("src/jose/jwt.rs", "extern crate self as c; use crate::*;"),
            ("src/jose/jwt.rs", "use crate::{self as c};"),
            ("src/jose/jwt.rs", "use super::super::edge;"),
            ("src/jose/jwt.rs", "mod x { use super::super::super::edge; }"),
            ("src/jose/jwt.rs", "#[path = \"../edge/gate.rs\"] mod g;"),
            ("src/jose/jwt.rs", "include!(\"x.rs\");"),
            ("src/jose/mod.rs", "pub use super::edge;"),
            ("src/cli.rs", "use super::edge;"),
            ("src/kitchen/pot.rs", ""),
        ] {
            assert_ne!(wrong(place, text), Vec::<String>::new(), "{place}: {text}");
        }
        assert_eq!(wrong("src/cli.rs", "#[cfg(test)] mod tests { use super::run; }"), Vec::<String>::new());
    }

    #[test]
    fn the_map_has_no_circle() {
        for (at, (room, may)) in super::MAP.iter().enumerate() {
            for to in may.split(' ').filter(|to| !to.is_empty()) {
                assert!(super::MAP[at + 1..].iter().any(|(below, _)| *below == to), "{room} -> {to} runs back up");
            }
        }
    }
}
