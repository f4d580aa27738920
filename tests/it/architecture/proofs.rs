//! Proof types: what must be checked first is a value that only the check can make.
//!
//! Private fields let no other file make one, with these exceptions, which are refused here: a public field, a child module, a derived or
//! written `Clone`, `Default`, `Deserialize` or `From`.

use super::reader::{Finding, Source};

/// A proof type and the one file that makes it.
const PROOFS: &[(&str, &str)] =
    &[("Payload", "src/jose/jwt.rs"), ("VerifiedIdToken", "src/oidc/id_token.rs"), ("Pass", "src/access/rule.rs")];
/// Traits that create or copy a proof without its check.
const FORGERS: &[&str] = &["Clone", "Copy", "Default", "Deserialize", "From"];

/// Code that could create a proof without its check.
pub(super) fn findings(file: &Source) -> Vec<Finding> {
    if file.module().is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (proof, its_file) in PROOFS {
        if file.place == *its_file {
            found.extend(in_its_file(file, proof));
        } else {
            found.extend(in_other_files(file, proof, its_file));
        }
        found.extend(forging_impls(file, proof));
    }
    found
}

/// Code that lets another file create the proof: a public field, a derived trait, a child module.
fn in_its_file(file: &Source, proof: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let Some(declared) = (0..file.tokens.len()).find(|at| file.reads(*at, &["struct", proof])) else {
        return vec![Finding {
            line: 1,
            why: format!("`{proof}` is not declared here any more: correct the list of proofs"),
        }];
    };
    let end =
        (declared..file.tokens.len()).find(|at| matches!(file.token(*at), "}" | ";")).unwrap_or(file.tokens.len());
    for at in declared..end {
        if file.token(at) == "pub" {
            found.push(Finding {
                line: file.tokens[at].line,
                why: format!("a public field lets any file make a `{proof}`"),
            });
        }
    }
    for at in attributes_before(file, declared)..declared {
        if FORGERS.contains(&file.token(at)) {
            let why = format!("`{proof}` derives `{}`", file.token(at));
            found.push(Finding { line: file.tokens[at].line, why });
        }
    }
    for at in 0..file.tokens.len() {
        let child = file.token(at) == "mod" && matches!(file.token(at + 2), ";" | "{") && file.token(at + 1) != "tests";
        if child {
            found.push(Finding { line: file.tokens[at].line, why: format!("a child module could make a `{proof}`") });
        }
    }
    found
}

/// Where the attributes of the item at `declared` begin: after the item before it.
fn attributes_before(file: &Source, declared: usize) -> usize {
    (0..declared).rev().find(|at| matches!(file.token(*at), ";" | "}" | "{")).map_or(0, |at| at + 1)
}

/// No other file makes one, declares its like, or hides its name.
fn in_other_files(file: &Source, proof: &str, its_file: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for at in 0..file.tokens.len() {
        if file.token(at) != proof {
            continue;
        }
        let before = file.token(path_begin(file, at).wrapping_sub(1));
        let why = match file.token(at + 1) {
            "as" => format!("`{proof}` keeps its name"),
            _ if matches!(before, "struct" | "enum" | "type" | "union") => {
                format!("`{proof}` is the name of a proof of {its_file}")
            }
            "{" if !matches!(before, "impl" | "for" | "->" | ">" | "trait" | "mod") => {
                format!("only {its_file} makes a `{proof}`")
            }
            _ => continue,
        };
        found.push(Finding { line: file.tokens[at].line, why });
    }
    found
}

/// The first token of the path that ends at `end`.
fn path_begin(file: &Source, mut end: usize) -> usize {
    while end > 1 && file.token(end - 1) == "::" {
        end -= 2;
    }
    end
}

/// `impl Clone for Pass`, and its like.
fn forging_impls(file: &Source, proof: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for at in (0..file.tokens.len()).filter(|at| file.token(*at) == "impl") {
        let body = (at..file.tokens.len()).find(|at| matches!(file.token(*at), "{" | ";")).unwrap_or(file.tokens.len());
        let Some(target) = (at..body).find(|at| file.token(*at) == "for") else { continue };
        let to_proof = (target..body).any(|at| file.token(at) == proof);
        if to_proof && (at..target).any(|at| FORGERS.contains(&file.token(at))) {
            found.push(Finding {
                line: file.tokens[at].line,
                why: format!("this trait makes a `{proof}` without its check"),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Source, findings};

    const RULE: &str = "#[must_use]\n#[derive(Debug)]\npub struct Pass { session: u8 }\n\
                        impl Rule { pub fn decide(&self) -> Pass { Pass { session: 1 } } }\n#[cfg(test)] mod tests {}";

    fn wrong(place: &str, text: &str) -> usize {
        findings(&Source::new(place, text)).len()
    }

    #[test]
    fn a_proof_made_in_its_file_is_accepted() {
        assert_eq!(wrong("src/access/rule.rs", RULE), 0);
        assert_eq!(wrong("src/access/rule.rs", "pub struct Pass(Option<u8>);"), 0);
    }

    #[test]
    fn every_way_around_the_check_is_refused() {
        for (from, to) in [
            ("session: u8", "pub session: u8"),
            ("session: u8", "pub(crate) session: u8"),
            ("{ session: u8 }", "(pub u8);"),
            ("derive(Debug)", "derive(Debug, Clone)"),
            ("derive(Debug)", "derive(Default)"),
            ("derive(Debug)", "derive(serde::Deserialize)"),
            ("#[cfg(test)] mod tests", "mod forge"),
            ("#[cfg(test)]", "impl From<u8> for Pass { }"),
            ("#[cfg(test)]", "impl<'de> Deserialize<'de> for Pass { }"),
            ("struct Pass ", "struct Passport "),
        ] {
            assert_eq!(wrong("src/access/rule.rs", &RULE.replacen(from, to, 1)), 1, "{to}");
        }
    }

    #[test]
    fn no_other_file_makes_a_proof() {
        for text in [
            "fn f() { send(request, Pass { session: None }) }",
            "let p = crate::access::Pass { ..p };",
            "use crate::access::Pass as P;",
            "struct Pass;",
            "impl Default for Pass { }",
        ] {
            assert_eq!(wrong("src/proxy/forward.rs", text), 1, "{text}");
        }
        for text in [
            "fn f() -> Pass { g() }",
            "fn f() -> crate::access::Pass { g() }",
            "impl Debug for Pass { }",
            "match decision { Decision::Allow(Pass) => {} }",
            "// Pass { }",
        ] {
            assert_eq!(wrong("src/proxy/forward.rs", text), 0, "{text}");
        }
    }
}
