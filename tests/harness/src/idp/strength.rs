//! Authentication levels, and what a client may request about them and about the sign-in itself (Core 1.0, sections 3.1.2.1, 5.5 and 5.5.1.1).

use serde_json::{Map, Value, json};

use super::{router::Call, world::Request};

/// Levels and contexts: those of a request, or those of a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strength {
    acr: Vec<String>,
    acrs: Vec<String>,
}

impl Strength {
    /// Those of a request: `acr_values`, and the claims `acr` and `acrs`.
    pub(crate) fn asked(call: &Call) -> Self {
        let values = call.param("acr_values").unwrap_or_default().split(' ').filter(|value| !value.is_empty());
        let mut acr: Vec<String> = values.map(str::to_owned).collect();
        let claims = call.param("claims").and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or_default();
        acr.extend(claim_values(&claims["id_token"]["acr"]));
        Self { acr, acrs: claim_values(&claims["id_token"]["acrs"]) }
    }

    /// Those of a session after a sign-in with this request: the first requested ones.
    pub(crate) fn reached(&self) -> Self {
        let first = |values: &[String]| values.iter().take(1).cloned().collect();
        Self { acr: first(&self.acr), acrs: first(&self.acrs) }
    }

    /// Whether a session with these satisfies a request.
    pub(crate) fn serves(&self, request: &Request) -> bool {
        let one_of =
            |has: &[String], asked: &[String]| asked.is_empty() || has.iter().any(|value| asked.contains(value));
        one_of(&self.acr, &request.strength.acr) && one_of(&self.acrs, &request.strength.acrs)
    }

    /// The claims of a session with these.
    pub(crate) fn claims(&self) -> Map<String, Value> {
        let mut claims = Map::new();
        if let Some(acr) = self.acr.first() {
            claims.insert("acr".to_owned(), json!(acr));
        }
        if !self.acrs.is_empty() {
            claims.insert("acrs".to_owned(), json!(self.acrs));
        }
        claims
    }
}

/// The problems of the parameters about authentication.
pub(crate) fn problems(call: &Call) -> Vec<&'static str> {
    let mut problems = Vec::new();
    let mut complain = |wrong: bool, text| {
        if wrong {
            problems.push(text);
        }
    };
    let prompts: Vec<&str> = call.param("prompt").map(|prompt| prompt.split(' ').collect()).unwrap_or_default();
    let known = ["none", "login", "consent", "select_account"];
    complain(!prompts.iter().all(|prompt| known.contains(prompt)), "prompt: unknown");
    complain(prompts.contains(&"none") && prompts.len() > 1, "prompt: none goes with no other");
    // The behaviour of Entra ID.
    let hinted = call.param("login_hint").is_some();
    complain(prompts.contains(&"select_account") && hinted, "login_hint: not together with select_account");
    complain(call.param("max_age").is_some_and(|age| age.parse::<u32>().is_err()), "max_age: no number of seconds");
    let claims = call.param("claims").map(serde_json::from_str::<Map<String, Value>>);
    complain(claims.is_some_and(|claims| claims.is_err()), "claims: no JSON object");
    let length: usize = call.query.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    complain(length > LONGEST, "the request is too long");
    problems
}

/// The values of one claim in a claims request.
fn claim_values(asked: &Value) -> Vec<String> {
    let several = asked["values"].as_array().map(Vec::as_slice).unwrap_or_default();
    several.iter().chain(asked.get("value")).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The limit of servers for a request line.
const LONGEST: usize = 8 * 1024;
