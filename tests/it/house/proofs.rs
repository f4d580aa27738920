//! Proof types: what must be checked first is a value that only the check can make.
//!
//! Private fields let no other file make one, with these exceptions, which are refused here: a public field, a child module, a derived or
//! written `Clone`, `Default`, `Deserialize` or `From`.

use super::reader::{Complaint, Source};

/// A proof type and the one file that makes it.
const PROOFS: &[(&str, &str)] =
    &[("Payload", "src/jose/jwt.rs"), ("VerifiedIdToken", "src/oidc/id_token.rs"), ("Pass", "src/access/rule.rs")];
/// What would make, or make again, a proof without its check.
const FORGERS: &[&str] = &["Clone", "Copy", "Default", "Deserialize", "From"];

/// Where a proof could be had without its check.
pub(super) fn complaints(file: &Source) -> Vec<Complaint> {
    if file.room().is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (proof, home) in PROOFS {
        if file.place == *home {
            found.extend(at_home(file, proof));
        } else {
            found.extend(abroad(file, proof, home));
        }
        found.extend(forging_impls(file, proof));
    }
    found
}

/// The declaration has no open door.
fn at_home(file: &Source, proof: &str) -> Vec<Complaint> {
    let mut found = Vec::new();
    let Some(declared) = (0..file.words.len()).find(|at| file.reads(*at, &["struct", proof])) else {
        return vec![Complaint {
            line: 1,
            why: format!("`{proof}` is not declared here any more: mend the list of proofs"),
        }];
    };
    let end = (declared..file.words.len()).find(|at| matches!(file.word(*at), "}" | ";")).unwrap_or(file.words.len());
    for at in declared..end {
        if file.word(at) == "pub" {
            found.push(Complaint {
                line: file.words[at].line,
                why: format!("a public field lets anybody make a `{proof}`"),
            });
        }
    }
    for at in attributes_before(file, declared)..declared {
        if FORGERS.contains(&file.word(at)) {
            let why = format!("`{proof}` derives `{}`", file.word(at));
            found.push(Complaint { line: file.words[at].line, why });
        }
    }
    for at in 0..file.words.len() {
        let child = file.word(at) == "mod" && matches!(file.word(at + 2), ";" | "{") && file.word(at + 1) != "tests";
        if child {
            found.push(Complaint { line: file.words[at].line, why: format!("a child module could make a `{proof}`") });
        }
    }
    found
}

/// Where the attributes of the item at `declared` begin: behind the item before it.
fn attributes_before(file: &Source, declared: usize) -> usize {
    (0..declared).rev().find(|at| matches!(file.word(*at), ";" | "}" | "{")).map_or(0, |at| at + 1)
}

/// No other file makes one, declares its like, or hides its name.
fn abroad(file: &Source, proof: &str, home: &str) -> Vec<Complaint> {
    let mut found = Vec::new();
    for at in 0..file.words.len() {
        if file.word(at) != proof {
            continue;
        }
        let before = file.word(path_begin(file, at).wrapping_sub(1));
        let why = match file.word(at + 1) {
            "as" => format!("`{proof}` keeps its name"),
            _ if matches!(before, "struct" | "enum" | "type" | "union") => {
                format!("`{proof}` is the name of a proof of {home}")
            }
            "{" if !matches!(before, "impl" | "for" | "->" | ">" | "trait" | "mod") => {
                format!("only {home} makes a `{proof}`")
            }
            _ => continue,
        };
        found.push(Complaint { line: file.words[at].line, why });
    }
    found
}

/// The first word of the path that ends at `end`.
fn path_begin(file: &Source, mut end: usize) -> usize {
    while end > 1 && file.word(end - 1) == "::" {
        end -= 2;
    }
    end
}

/// `impl Clone for Pass`, and its like.
fn forging_impls(file: &Source, proof: &str) -> Vec<Complaint> {
    let mut found = Vec::new();
    for at in (0..file.words.len()).filter(|at| file.word(*at) == "impl") {
        let body = (at..file.words.len()).find(|at| matches!(file.word(*at), "{" | ";")).unwrap_or(file.words.len());
        let Some(target) = (at..body).find(|at| file.word(*at) == "for") else { continue };
        let to_proof = (target..body).any(|at| file.word(at) == proof);
        if to_proof && (at..target).any(|at| FORGERS.contains(&file.word(at))) {
            found.push(Complaint {
                line: file.words[at].line,
                why: format!("this trait makes a `{proof}` without its check"),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Source, complaints};

    const RULE: &str = "#[must_use]\n#[derive(Debug)]\npub struct Pass { session: u8 }\n\
                        impl Rule { pub fn decide(&self) -> Pass { Pass { session: 1 } } }\n#[cfg(test)] mod tests {}";

    fn wrong(place: &str, text: &str) -> usize {
        complaints(&Source::new(place, text)).len()
    }

    #[test]
    fn a_proof_made_at_home_is_fine() {
        assert_eq!(wrong("src/access/rule.rs", RULE), 0);
        assert_eq!(wrong("src/access/rule.rs", "pub struct Pass(Option<u8>);"), 0);
    }

    #[test]
    fn every_open_door_of_a_declaration_is_refused() {
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
    fn nobody_else_makes_one() {
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
