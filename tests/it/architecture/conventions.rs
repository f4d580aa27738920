//! Constructs that the crate, or some of its modules, do not use.

use super::reader::{Finding, Source};

/// Modules of plain functions, which are never asynchronous.
const NEVER_WAIT: &[&str] = &["oidc", "jose", "identity", "access", "web", "base", "reason"];
/// Modules that build no HTTP response: they return a result, and `edge` makes the response.
const SAY_NO_ANSWER: &[&str] = &["flow", "session", "oidc", "jose", "access", "identity", "config"];
/// Folders on the machine of a developer or of a build.
const MACHINE_FOLDERS: &[&str] = &["root", "work", "Users", "workspace", "builds"];

/// `async` and `await` in a module of plain functions.
pub(super) fn waiting(file: &Source) -> Vec<Finding> {
    if !file.module().is_some_and(|module| NEVER_WAIT.contains(&module)) {
        return Vec::new();
    }
    findings_at(file, |at| matches!(file.token(at), "async" | "await"), "this module never waits")
}

/// Responses built outside the edge.
pub(super) fn answers(file: &Source) -> Vec<Finding> {
    let Some(module) = file.module() else { return Vec::new() };
    let mut found = Vec::new();
    if SAY_NO_ANSWER.contains(&module) {
        for path in file.paths().iter().filter(|path| !path.first.test) {
            let foreign = path.parts[0] == "http" && path.parts.last().is_some_and(|last| *last == "Response");
            if foreign || path.parts.contains(&"StatusCode") {
                let why =
                    format!("`{module}` says what happened, not how it is answered (`{}`)", path.parts.join("::"));
                found.push(Finding { line: path.first.line, why });
            }
        }
    }
    let converts = |at| file.token(at) == "impl" && converts_an_error(file, at);
    found.extend(findings_at(
        file,
        converts,
        "an error becomes a response in edge/error_response.rs, not by a conversion",
    ));
    found
}

/// `impl From<LoginError> for Response<Body>` and `impl IntoResponse for LoginError`.
fn converts_an_error(file: &Source, at: usize) -> bool {
    let head: Vec<&str> = (at..file.tokens.len()).map(|at| file.token(at)).take_while(|token| *token != "{").collect();
    let Some(middle) = head.iter().position(|token| *token == "for") else { return false };
    let (made_from, target) = head.split_at(middle);
    let is_error =
        |token: &&str| ["Error", "Problem", "Refusal", "Rejection", "Denial"].iter().any(|end| token.ends_with(end));
    let is_answer = |token: &&str| matches!(*token, "Response" | "Reply");
    (made_from.contains(&"From") && made_from.iter().any(is_error) && target.iter().any(is_answer))
        || made_from.contains(&"IntoResponse")
}

/// A lint silenced without a reason that fails when it is no longer needed.
pub(super) fn silenced(file: &Source) -> Vec<Finding> {
    let silences = |at| {
        file.reads(at, &["#", "[", "allow", "("])
            || file.reads(at, &["#", "!", "[", "allow", "("])
            || (file.reads(at, &["allow", "("]) && in_cfg_attr(file, at))
    };
    findings_at(file, silences, "`#[expect(…, reason = \"…\")]`, never `allow`")
}

fn in_cfg_attr(file: &Source, at: usize) -> bool {
    let line = file.tokens[at].line;
    (0..at).rev().take_while(|before| file.tokens[*before].line == line).any(|before| file.token(before) == "cfg_attr")
}

/// Panics and unfinished code in the product.
pub(super) fn unfinished(file: &Source) -> Vec<Finding> {
    let panics = |at: usize| {
        let ships = file.module().is_some() && !file.tokens[at].test;
        let shouts = matches!(file.token(at), "todo" | "unimplemented" | "dbg") && file.token(at + 1) == "!";
        ships && (shouts || file.reads(at, &[".", "unwrap", "(", ")"]))
    };
    findings_at(file, panics, "code that ships neither panics nor is unfinished")
}

/// `use …::*`, except a test module's `super::*`.
pub(super) fn globs(file: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for path in file.paths().iter().filter(|path| path.parts.last() == Some(&"*") && path.parts.len() > 1) {
        if !(path.parts == ["super", "*"] && path.first.test) {
            found.push(Finding {
                line: path.first.line,
                why: format!("`{}`: name what is used", path.parts.join("::")),
            });
        }
    }
    found
}

/// `fn get_…`: a getter has the name of its value.
pub(super) fn getters(file: &Source) -> Vec<Finding> {
    let getter = |at| file.token(at) == "fn" && file.token(at + 1).starts_with("get_");
    findings_at(file, getter, "a getter is named for what it gives, without `get_`")
}

/// Absolute paths of a machine, in any text of the project.
pub(super) fn machine_paths(text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for folder in MACHINE_FOLDERS {
            if names_folder(line, folder) {
                found.push(Finding { line: at + 1, why: format!("the path of a machine (`{folder}`)") });
            }
        }
    }
    found
}

/// `/folder/` at the beginning of a path: not behind a host, a variable or another folder.
fn names_folder(line: &str, folder: &str) -> bool {
    let wanted = format!("/{folder}/");
    line.match_indices(&wanted).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|before| !(before.is_alphanumeric() || "/.-_~}*>)".contains(before)))
    })
}

fn findings_at(file: &Source, wrong: impl Fn(usize) -> bool, why: &str) -> Vec<Finding> {
    (0..file.tokens.len())
        .filter(|at| wrong(*at))
        .map(|at| Finding { line: file.tokens[at].line, why: why.into() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Finding, Source};

    /// Each text breaks the rule once; the same text elsewhere, or corrected, does not.
    fn table(rule: fn(&Source) -> Vec<Finding>, broken: &[(&str, &str)], kept: &[(&str, &str)]) {
        for (place, text) in broken {
            assert_eq!(rule(&Source::new(place, text)).len(), 1, "{place}: {text}");
        }
        for (place, text) in kept {
            assert_eq!(rule(&Source::new(place, text)), Vec::<Finding>::new(), "{place}: {text}");
        }
    }

    #[test]
    fn plain_modules_are_synchronous() {
        let broken = [
            ("src/oidc/tokens.rs", "async fn f() {}"),
            ("src/web/form.rs", "fn f() { g().await }"),
            ("src/reason/code.rs", "async fn f() {}"),
        ];
        table(
            super::waiting,
            &broken,
            &[("src/provider/keys.rs", "async fn f() {}"), ("src/oidc/tokens.rs", "// async")],
        );
    }

    #[test]
    fn only_the_edge_builds_responses() {
        let broken = [
            ("src/flow/login.rs", "use http::Response;"),
            ("src/flow/login.rs", "use http::{HeaderMap, StatusCode};"),
            ("src/oidc/response.rs", "fn f() -> http::response::Response { g() }"),
            ("src/edge/gate.rs", "impl From<LoginError> for Response<Body> {}"),
            ("src/web/reply.rs", "impl From<&crate::base::SealError> for Reply {}"),
            ("src/edge/gate.rs", "impl IntoResponse for LoginError {}"),
            ("src/edge/error_response.rs", "impl From<Rejection> for Reply {}"),
        ];
        let kept = [
            ("src/oidc/response.rs", "pub struct Response { code: Code }"),
            ("src/provider/fetch.rs", "use http::{Response, StatusCode};"),
            ("src/flow/problem.rs", "impl From<StoreError> for LoginError {}"),
        ];
        table(super::answers, &broken, &kept);
    }

    #[test]
    fn a_lint_is_expected_not_allowed() {
        let broken = [
            ("src/web/form.rs", "#[allow(dead_code)] fn f() {}"),
            ("tests/it/login.rs", "#![allow(clippy::all)]"),
            ("src/web/form.rs", "#[cfg_attr(test, allow(x))] fn f() {}"),
        ];
        table(super::silenced, &broken, &[("src/web/form.rs", "#[expect(x, reason = \"y\")] fn f() { allow(1) }")]);
    }

    #[test]
    fn code_that_ships_is_finished() {
        let broken = [
            ("src/web/form.rs", "fn f() { g().unwrap() }"),
            ("src/web/form.rs", "fn f() { todo!() }"),
            ("src/web/form.rs", "fn f() { unimplemented!() }"),
            ("src/web/form.rs", "fn f() { dbg!(1) }"),
        ];
        let kept = [
            ("src/web/form.rs", "#[cfg(test)] mod tests { fn f() { g().unwrap() } }"),
            ("src/web/form.rs", "fn f() { g().unwrap_or(1) }"),
            ("src/web/form/tests.rs", "fn f() { g().unwrap() }"),
            ("tests/it/login.rs", "fn f() { g().unwrap() }"),
        ];
        table(super::unfinished, &broken, &kept);
    }

    #[test]
    fn what_is_used_is_named() {
        let broken = [
            ("src/web/form.rs", "use std::collections::*;"),
            ("src/web/form.rs", "use http::{header::*, Method};"),
            ("src/web/form.rs", "use super::*;"),
            ("src/web/form.rs", "pub use form::*;"),
        ];
        let kept =
            [("src/web/form.rs", "#[cfg(test)] mod tests { use super::*; }"), ("src/web/form.rs", "let x = a * b;")];
        table(super::globs, &broken, &kept);
    }

    #[test]
    fn getters_have_the_name_of_their_value() {
        let kept = [("src/web/form.rs", "fn get() {} fn target() {} fn f() { x.get_mut() }")];
        table(super::getters, &[("src/web/form.rs", "pub fn get_value(&self) {}")], &kept);
    }

    #[test]
    fn no_machine_is_named() {
        let path = |folder: &str| format!("/{folder}/x");
        for folder in super::MACHINE_FOLDERS {
            for line in [path(folder), format!("see `{}`", path(folder)), format!("\"{}\"", path(folder))] {
                assert_eq!(super::machine_paths(&format!("\n{line}"))[0].line, 2, "{line}");
            }
            for line in
                [format!("https://example.com{}", path(folder)), format!("$HOME{}", path(folder)), (*folder).to_owned()]
            {
                assert!(super::machine_paths(&line).is_empty(), "{line}");
            }
        }
    }
}
