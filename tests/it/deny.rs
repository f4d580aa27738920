//! Checks the dependency tree against `deny.toml`: banned crates, lowest versions and licences.
//!
//! `cargo deny check` does this and also reads the advisories; this test needs no additional tool.

use std::{fs, path::Path, process::Command};

use toml::{Table, Value};

/// A crate of the dependency tree.
struct Dependency {
    name: String,
    version: String,
    licence: String,
}

#[test]
fn no_dependency_is_banned() {
    let rules = rules();
    let bans: Vec<&str> = rules["bans"]["deny"].as_array().expect("a list").iter().filter_map(spec).collect();
    assert!(bans.len() > 10, "deny.toml lists its bans");
    let found = dependencies();
    let wrong: Vec<_> = found.iter().filter(|found| bans.iter().any(|ban| is_banned(found, ban))).collect();
    let named: Vec<_> = wrong.iter().map(|wrong| format!("{} {}", wrong.name, wrong.version)).collect();
    assert!(named.is_empty(), "banned in deny.toml: {named:?}");
}

#[test]
fn every_licence_is_allowed() {
    let rules = rules();
    let allowed: Vec<&str> =
        rules["licenses"]["allow"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    for Dependency { name, licence, .. } in dependencies() {
        assert!(is_allowed(&licence, &allowed), "{name}: `{licence}` is not allowed in deny.toml");
    }
}

#[test]
fn bans_match_a_crate_or_lower_versions() {
    let found = |version: &str| Dependency { name: "h2".into(), version: version.into(), licence: String::new() };
    for (version, ban, wanted) in [
        ("0.4.15", "h2:<0.4.16", true),
        ("0.4.16", "h2:<0.4.16", false),
        ("0.10.0", "h2:<0.4.16", false),
        ("0.4.20+build", "h2:<0.4.16", false),
        ("0.4.16-rc.1", "h2:<0.4.16", true),
        ("9.9.9", "h2", true),
        ("0.1.0", "h2o", false),
    ] {
        assert_eq!(is_banned(&found(version), ban), wanted, "{version} {ban}");
    }
}

#[test]
fn licence_expressions_are_parsed() {
    for (licence, wanted) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("(GPL-3.0 OR MIT) AND ISC", true),
        ("MIT OR GPL-3.0 AND GPL-2.0", true),
        ("(MIT OR ISC) AND (GPL-3.0 OR GPL-2.0)", false),
        ("GPL-2.0 WITH Classpath-exception-2.0", false),
        ("Apache-2.0 WITH LLVM-exception", false),
        ("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", true),
        ("", false),
    ] {
        assert_eq!(is_allowed(licence, &["MIT", "ISC", "Apache-2.0"]), wanted, "{licence}");
    }
}

/// All crates built on this platform, including those for tests and build scripts.
fn dependencies() -> Vec<Dependency> {
    let tree = ["tree", "--workspace", "--locked", "--offline", "--edges", "normal,build,dev", "--prefix", "none"];
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(tree)
        .args(["--no-dedupe", "--format", "{p}|{l}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.sort_unstable();
    lines.dedup();
    assert!(lines.len() > 20, "the tree is not empty");
    lines.into_iter().map(dependency).collect()
}

/// Parses `moka v0.12.16|(MIT OR Apache-2.0) AND Apache-2.0`.
fn dependency(line: &str) -> Dependency {
    let (package, licence) = line.split_once('|').expect("a licence behind the package");
    let mut words = package.split(' ');
    let mut word = || words.next().unwrap_or_default();
    Dependency { name: word().into(), version: word().trim_start_matches('v').into(), licence: licence.trim().into() }
}

fn rules() -> Table {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml");
    fs::read_to_string(file).expect("deny.toml can be read").parse().expect("deny.toml is TOML")
}

/// The banned crate, unless the ban lists crates that may use it (`wrappers`): only `cargo deny` checks those.
fn spec(ban: &Value) -> Option<&str> {
    if ban.get("wrappers").is_some() { None } else { ban.get("crate").and_then(Value::as_str) }
}

/// Whether the crate matches `name`, or `name:<version`.
fn is_banned(found: &Dependency, ban: &str) -> bool {
    match ban.split_once(":<") {
        None => found.name == ban,
        Some((name, lowest)) => found.name == name && version(&found.version) < version(lowest),
    }
}

/// The three numbers of a version, and whether it is a release: a pre-release is lower than its release.
fn version(text: &str) -> (Vec<u64>, bool) {
    let text = text.split('+').next().unwrap_or_default();
    let (numbers, released) = text.split_once('-').map_or((text, true), |(numbers, _)| (numbers, false));
    (numbers.split('.').map(|number| number.parse().expect("a number")).collect(), released)
}

/// Whether the allowed licences satisfy an SPDX expression; AND binds tighter than OR.
fn is_allowed(licence: &str, allowed: &[&str]) -> bool {
    let spaced = licence.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (holds, end) = any_of(&words, 0, allowed);
    holds && end == words.len()
}

fn any_of(words: &[&str], begin: usize, allowed: &[&str]) -> (bool, usize) {
    let (mut holds, mut at) = all_of(words, begin, allowed);
    while words.get(at) == Some(&"OR") {
        let (other, end) = all_of(words, at + 1, allowed);
        (holds, at) = (holds || other, end);
    }
    (holds, at)
}

fn all_of(words: &[&str], begin: usize, allowed: &[&str]) -> (bool, usize) {
    let (mut holds, mut at) = licence_term(words, begin, allowed);
    while words.get(at) == Some(&"AND") {
        let (other, end) = licence_term(words, at + 1, allowed);
        (holds, at) = (holds && other, end);
    }
    (holds, at)
}

fn licence_term(words: &[&str], at: usize, allowed: &[&str]) -> (bool, usize) {
    match words.get(at) {
        Some(&"(") => {
            let (holds, end) = any_of(words, at + 1, allowed);
            (holds, end + 1)
        }
        // A licence with an exception counts as a licence of its own.
        Some(_) if words.get(at + 1) == Some(&"WITH") => {
            (allowed.contains(&&*words[at..words.len().min(at + 3)].join(" ")), at + 3)
        }
        Some(licence) => (allowed.contains(licence), at + 1),
        None => (false, at),
    }
}
