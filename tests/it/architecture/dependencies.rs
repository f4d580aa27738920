//! Which module may name which.
//!
//! Every path to another module starts with `crate`, in a `use` or elsewhere, and is read. Whatever could hide a dependency is refused:
//! `super` out of a module, `crate` renamed or globbed, `#[path]`, `include!`. A type that is reached by inference is not seen; therefore a
//! `mod.rs` re-exports nothing but its own children (`mod_files`).

use std::collections::BTreeSet;

use super::reader::{Finding, Named, Source, Tree};

/// A module, and what it may name besides itself: always modules further down this list.
pub(super) const MAP: &[(&str, &str)] = &[
    ("lib", ""),
    ("main", "cli"),
    ("cli", "process app config telemetry reason base"),
    ("process", "app config server signals telemetry base"),
    (
        "app",
        "config edge server flow provider session proxy oidc access jose identity web stream telemetry reason base",
    ),
    ("config", "edge server flow provider session proxy oidc access jose identity web stream telemetry reason base"),
    ("edge", "flow provider session proxy oidc access identity web stream telemetry reason base"),
    ("server", "stream telemetry reason base"),
    ("flow", "provider session proxy oidc access jose identity web telemetry reason base"),
    ("provider", "oidc jose identity web telemetry reason base"),
    ("session", "oidc identity web telemetry reason base"),
    ("proxy", "access identity web stream telemetry reason base"),
    ("oidc", "jose identity web reason base"),
    ("access", "identity web reason base"),
    ("jose", "reason base"),
    ("identity", "reason base"),
    ("web", "reason base"),
    ("stream", "telemetry reason base"),
    ("signals", ""),
    ("telemetry", "reason base"),
    ("reason", "base"),
    ("base", ""),
];

/// The modules that a file names although its own module may not depend on them.
pub(super) fn findings(file: &Source, tree: &Tree) -> Vec<Finding> {
    let Some(module) = file.module() else { return Vec::new() };
    let Some((_, may)) = MAP.iter().find(|(name, _)| *name == module) else {
        return vec![Finding { line: 1, why: format!("module `{module}` is not in the module map") }];
    };
    let mut found = hidden(file, tree);
    for (line, to) in named(file) {
        if to != module && !may.split(' ').any(|allowed| allowed == to) {
            found.push(Finding { line, why: format!("`{module}` may not name `{to}`") });
        }
    }
    found
}

/// The dependencies of a file: from its module to another.
pub(super) fn dependencies(file: &Source) -> BTreeSet<(String, String)> {
    let Some(module) = file.module() else { return BTreeSet::new() };
    named(file).into_iter().filter(|(_, to)| *to != module).map(|(_, to)| (module.into(), to.into())).collect()
}

/// The modules that a file names. The binary names the library's by the crate's name.
fn named(file: &Source) -> Vec<(usize, &str)> {
    let paths = file.paths();
    let leaves = paths.iter().filter(|path| leaves_the_module(path) && path.parts.len() > 1);
    leaves.map(|path| (path.first.line, path.parts[1])).collect()
}

fn leaves_the_module(path: &Named<'_>) -> bool {
    matches!(path.parts[0], "crate" | "vestibule")
}

/// Constructs that could hide a dependency from this check.
fn hidden(file: &Source, tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut report = |line, why: &str| found.push(Finding { line, why: why.into() });
    for path in file.paths() {
        let line = path.first.line;
        if leaves_the_module(&path)
            && path.parts.get(1).is_none_or(|next| *next == "*")
            && !is_visibility(file, path.at)
        {
            report(line, "the crate's root is renamed, globbed or bare");
        }
        if path.parts.iter().filter(|part| **part == "super").count() > 1 {
            report(line, "`super::super`: name the module");
        }
        if leads_to_the_root(file, &path, tree) {
            report(line, "`super` names the crate's root here: name the module");
        }
    }
    for at in 0..file.tokens.len() {
        if file.reads(at, &["[", "path", "="]) {
            report(file.tokens[at].line, "`#[path]`");
        }
        if file.reads(at, &["include", "!"]) {
            report(file.tokens[at].line, "`include!`");
        }
    }
    found
}

/// `pub(crate)`.
fn is_visibility(file: &Source, at: usize) -> bool {
    at > 1 && file.reads(at - 2, &["pub", "(", "crate", ")"])
}

/// `super::` in a file that stands beside `lib.rs`, or in the `mod.rs` of a module.
fn leads_to_the_root(file: &Source, path: &Named<'_>, tree: &Tree) -> bool {
    let inside = file.place.trim_start_matches("src/");
    let mod_file = inside.matches('/').count() == 1 && inside.ends_with("/mod.rs");
    let beside_root = !inside.contains('/') && tree.places.contains(&file.place);
    path.parts[0] == "super" && path.parts.len() > 1 && !path.first.inner && (mod_file || beside_root)
}

#[cfg(test)]
mod tests {
    use super::{Source, Tree, dependencies, findings};

    fn tree(places: &[&str]) -> Tree {
        Tree { files: Vec::new(), places: places.iter().map(|place| (*place).into()).collect() }
    }

    fn wrong(place: &str, text: &str) -> Vec<String> {
        findings(&Source::new(place, text), &tree(&[place])).into_iter().map(|finding| finding.why).collect()
    }

    #[test]
    fn a_dependency_on_a_higher_module_is_refused() {
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
    fn lower_modules_and_the_own_module_are_allowed() {
        let text = "use crate::{base::Clock, jose::hash}; use super::hash::x; pub(crate) fn f() {} // crate::flow";
        assert_eq!(wrong("src/jose/jwt.rs", text), Vec::<String>::new());
        let drawn = dependencies(&Source::new("src/jose/jwt.rs", text));
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [("jose".into(), "base".into())]);
    }

    #[test]
    fn what_could_hide_a_dependency_is_refused() {
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
        for (at, (module, may)) in super::MAP.iter().enumerate() {
            for to in may.split(' ').filter(|to| !to.is_empty()) {
                assert!(
                    super::MAP[at + 1..].iter().any(|(below, _)| *below == to),
                    "{module} -> {to} is a dependency on a higher module"
                );
            }
        }
    }
}
