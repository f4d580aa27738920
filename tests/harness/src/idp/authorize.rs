//! The authorization endpoint: checks the request and redirects the browser with the response (Core 1.0, sections 3.1.2 and 3.3.2; Form Post 1.0).

use std::{collections::HashSet, sync::Arc};

use http::{Response, StatusCode};
use url::Url;

use super::{
    event::Event,
    fault::FaultPoint,
    login, mint, pages,
    router::{Call, page, see_other},
    strength::{self, Strength},
    world::{Grant, Request, Session, Shared},
};
use crate::{
    body::Body,
    encoding::{first, form_text},
};

/// An authorization response that is not sent yet.
pub(crate) struct Answer {
    /// The fields, in order.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) mode: Mode,
    /// The `enctype` of the form; the default one if absent.
    pub(crate) enctype: Option<&'static str>,
    pub(crate) redirect_uri: String,
    /// A second valid code.
    pub(crate) spare_code: String,
}

/// The response mode.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    FormPost,
    Fragment,
    Query,
}

impl Answer {
    /// Sets a field to one value.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        match self.fields.iter_mut().find(|(known, _)| known == name) {
            Some(field) => value.clone_into(&mut field.1),
            None => self.add(name, value),
        }
    }

    /// Adds a field, also when one of that name is present.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.fields.push((name.to_owned(), value.to_owned()));
    }

    /// Removes a field.
    pub(crate) fn remove(&mut self, name: &str) {
        self.fields.retain(|(known, _)| known != name);
    }

    /// The first value of a field; empty if it is absent.
    pub(crate) fn value(&self, name: &str) -> String {
        first(&self.fields, name).unwrap_or_default().to_owned()
    }

    /// Replaces everything but state and issuer by an error.
    pub(crate) fn fail(&mut self, error: &str) {
        self.fields.retain(|(name, _)| name == "state" || name == "iss");
        self.add("error", error);
    }
}

/// A GET of the authorization endpoint.
pub(crate) fn authorize(shared: &Shared, call: &Call) -> Response<Body> {
    let problems = problems(shared, call);
    shared.record(Event::Authorize { params: call.query.clone(), problems: problems.clone() });
    if !problems.is_empty() {
        return page(StatusCode::BAD_REQUEST, pages::refused("This sign-in request is not right", &problems));
    }
    let request = Request {
        authority: Arc::clone(&call.authority),
        response_type: sorted_words(call.param("response_type").unwrap_or_default()),
        response_mode: call.param("response_mode").map(str::to_owned),
        redirect_uri: call.param("redirect_uri").unwrap_or_default().to_owned(),
        scope: call.param("scope").unwrap_or_default().to_owned(),
        state: call.param("state").map(str::to_owned),
        nonce: call.param("nonce").map(str::to_owned),
        code_challenge: call.param("code_challenge").map(str::to_owned),
        login_hint: call.param("login_hint").map(str::to_owned),
        strength: Strength::asked(call),
    };
    shared.world().nonces.extend(request.nonce.clone());
    let now = shared.clock.now();
    let oldest = call.param("max_age").and_then(|age| age.parse::<i64>().ok()).map_or(i64::MIN, |age| now - age);
    let running = login::session(shared, call);
    let session = running.clone().filter(|session| session.auth_time >= oldest && session.strength.serves(&request));
    let prompts = |word: &str| call.param("prompt").unwrap_or_default().split(' ').any(|prompt| prompt == word);
    match session {
        Some(session) if !prompts("login") && !prompts("select_account") => send_back(shared, &request, Ok(&session)),
        None if prompts("none") && running.is_some_and(|running| running.auth_time >= oldest) => {
            send_back(shared, &request, Err("interaction_required"))
        }
        None if prompts("none") => send_back(shared, &request, Err("login_required")),
        _ => login::show(shared, request),
    }
}

/// Sends the browser back to the client with the response or with an error.
pub(crate) fn send_back(shared: &Shared, request: &Request, outcome: Result<&Session, &str>) -> Response<Body> {
    if outcome.is_ok_and(|session| !(shared.dialect.admits)(&request.authority, &session.user)) {
        let problems = ["this account is not known in this tenant (AADSTS50020)".to_owned()];
        return page(StatusCode::BAD_REQUEST, pages::refused("You cannot sign in here", &problems));
    }
    let mut answer = match outcome {
        Ok(session) => good_answer(shared, request, session),
        Err(error) => bare_answer(request, vec![("error".to_owned(), error.to_owned())]),
    };
    if let Some(state) = &request.state {
        answer.add("state", state);
    }
    // RFC 9207, section 2.
    answer.add("iss", &request.authority.issuer);
    (shared.dialect.answer)(&mut answer);
    for fault in shared.faults_at(FaultPoint::Response) {
        fault.change_answer(&mut answer);
    }
    let names = answer.fields.iter().map(|(name, _)| name.clone()).collect();
    let faults = shared.world().faults.iter().map(|fault| fault.id()).collect();
    shared.record(Event::Answered { names, faults });
    deliver(&answer)
}

fn good_answer(shared: &Shared, request: &Request, session: &Session) -> Answer {
    let now = shared.clock.now();
    let code = shared.world().issue_code(request, session, now);
    let mut answer = bare_answer(request, Vec::new());
    answer.spare_code = shared.world().issue_code(request, session, now);
    let wants = |part: &str| request.response_type.split(' ').any(|wanted| wanted == part);
    if wants("code") {
        answer.add("code", &code);
    }
    if wants("id_token") {
        let grant = Grant { request: request.clone(), session: session.clone(), expires: now, used: false };
        answer.add("id_token", &mint::id_token(shared, FaultPoint::Front, &grant, &code, ""));
    }
    answer
}

fn bare_answer(request: &Request, fields: Vec<(String, String)>) -> Answer {
    let mode = match request.response_mode.as_deref() {
        Some("form_post") => Mode::FormPost,
        Some("query") => Mode::Query,
        // Multiple Response Types 1.0, section 3: a response that holds an ID token is not sent in the query by default.
        None if request.response_type == "code" => Mode::Query,
        _ => Mode::Fragment,
    };
    let redirect_uri = request.redirect_uri.clone();
    Answer { fields, mode, enctype: None, redirect_uri, spare_code: String::new() }
}

fn deliver(answer: &Answer) -> Response<Body> {
    let text = form_text(&answer.fields);
    match answer.mode {
        Mode::FormPost => page(StatusCode::OK, pages::form_post(&answer.redirect_uri, answer.enctype, &answer.fields)),
        Mode::Fragment => see_other(&format!("{}#{text}", answer.redirect_uri)),
        Mode::Query => {
            let join = if answer.redirect_uri.contains('?') { '&' } else { '?' };
            see_other(&format!("{}{join}{text}", answer.redirect_uri))
        }
    }
}

/// The problems of an authorization request.
fn problems(shared: &Shared, call: &Call) -> Vec<String> {
    let mut problems = Vec::new();
    let mut complain = |wrong: bool, text: &str| {
        if wrong {
            problems.push(text.to_owned());
        }
    };
    let mut seen = HashSet::new();
    complain(!call.query.iter().all(|(name, _)| seen.insert(name)), "a parameter stands there twice");
    complain(call.param("client_id") != Some(&shared.options.client_id), "client_id: unknown client");
    let redirect_uri = call.param("redirect_uri").unwrap_or_default();
    complain(
        !shared.world().redirect_uris.iter().any(|known| known == redirect_uri),
        "redirect_uri: not registered for this client",
    );
    complain(Url::parse(redirect_uri).is_err(), "redirect_uri: not an absolute URL");
    let response_type = sorted_words(call.param("response_type").unwrap_or_default());
    let (wants_code, wants_token) = (response_type.contains("code"), response_type.contains("id_token"));
    complain(
        !["code", "id_token", "code id_token"].contains(&response_type.as_str()),
        "response_type: must be code, id_token or code id_token",
    );
    let mode = call.param("response_mode");
    complain(
        !matches!(mode, None | Some("query" | "fragment" | "form_post")),
        "response_mode: must be query, fragment or form_post",
    );
    complain(mode == Some("query") && wants_token, "response_mode: an ID token does not travel in the query");
    let scopes = call.param("scope").unwrap_or_default();
    complain(!scopes.split(' ').any(|scope| scope == "openid"), "scope: openid is missing");
    complain(call.param("state").is_none_or(|state| state.len() < SHORTEST), "state: missing or short");
    complain(call.param("nonce").is_none_or(|nonce| nonce.len() < SHORTEST), "nonce: missing or short");
    for problem in strength::problems(call) {
        complain(true, problem);
    }
    if wants_code {
        complain(call.param("code_challenge_method") != Some("S256"), "code_challenge_method: must be S256");
        complain(
            call.param("code_challenge").is_none_or(|challenge| challenge.len() != 43),
            "code_challenge: must be a SHA-256 hash in base64url",
        );
    }
    problems
}

/// Space-separated words in alphabetical order, because their order has no meaning (Multiple Response Types 1.0, section 3).
fn sorted_words(text: &str) -> String {
    let mut words: Vec<&str> = text.split(' ').collect();
    words.sort_unstable();
    words.join(" ")
}

/// 128 bits in base64url.
const SHORTEST: usize = 22;
