//! Group C: the authorization response (Core 1.0, section 3.3.2.5; Form Post 1.0; RFC 9207).

use super::table::{Row, fields};
use crate::idp::authorize::{Answer, Mode};

pub(crate) const ROWS: &[Row] = &[
    fields("C01", "state is missing", |answer| answer.remove("state")),
    fields("C02a", "state is unknown", |answer| answer.set("state", "a state that was never issued anywhere")),
    fields("C02b", "state has its last character changed", |answer| {
        let mut state = answer.value("state");
        let last = state.pop();
        state.push(if last == Some('A') { 'B' } else { 'A' });
        answer.set("state", &state);
    }),
    fields("C02c", "state is percent-encoded once more", |answer| {
        let state = answer.value("state").replace('A', "%41").replace('e', "%65");
        answer.set("state", &state);
    }),
    fields("C07", "code is missing", |answer| answer.remove("code")),
    fields("C08", "id_token is missing", |answer| answer.remove("id_token")),
    fields("C09a", "code is empty", |answer| answer.set("code", "")),
    fields("C09b", "code is 10 kB long", |answer| answer.set("code", &"c".repeat(10_000))),
    fields("C09c", "code has control characters", |answer| answer.set("code", "code\r\n\u{0}")),
    fields("C10a", "state stands there twice, the same", |answer| twice(answer, "state", None)),
    fields("C10b", "state stands there twice, not the same", |answer| twice(answer, "state", Some("other"))),
    fields("C10c", "code stands there twice, the same", |answer| twice(answer, "code", None)),
    fields("C10d", "code stands there twice, not the same", |answer| twice(answer, "code", Some("other"))),
    fields("C10e", "id_token stands there twice, the same", |answer| twice(answer, "id_token", None)),
    fields("C10f", "id_token stands there twice, not the same", |answer| twice(answer, "id_token", Some("a.b.c"))),
    fields("C11", "fields that were not requested (ignored)", |answer| {
        answer.add("session_state", "a.b");
        answer.add("scope", "openid profile");
        answer.add("foo", "bar");
    }),
    fields("C12", "an access token that was not requested", |answer| {
        answer.add("access_token", "an access token");
        answer.add("token_type", "Bearer");
    }),
    fields("C13", "the answer comes in the query", |answer| answer.mode = Mode::Query),
    fields("C14", "the answer comes in the fragment", |answer| answer.mode = Mode::Fragment),
    fields("C15", "another state stands in the query as well", |answer| {
        answer.redirect_uri.push_str("?state=other&code=other");
    }),
    fields("C16a", "the form is multipart/form-data", |answer| answer.enctype = Some("multipart/form-data")),
    fields("C16b", "the form is text/plain", |answer| answer.enctype = Some("text/plain")),
    fields("C18", "the form has ten thousand fields", |answer| {
        for number in 0..10_000 {
            answer.add(&format!("field{number}"), "x");
        }
    }),
    fields("C22", "error=access_denied with a description and a link", |answer| {
        answer.fail("access_denied");
        answer.add("error_description", "The person said no");
        answer.add("error_uri", "https://attacker.example/help");
    }),
    fields("C22b", "error=access_denied with error_subcode=cancel, as Entra ID writes it", |answer| {
        entra(answer, "access_denied", "AADSTS65004: User declined to consent to access the app.");
        answer.add("error_subcode", "cancel");
    }),
    fields("C23a", "error=login_required", |answer| answer.fail("login_required")),
    fields("C23b", "error=interaction_required", |answer| answer.fail("interaction_required")),
    fields("C23c", "error=consent_required", |answer| answer.fail("consent_required")),
    fields("C23d", "error=account_selection_required", |answer| answer.fail("account_selection_required")),
    fields("C23e", "error=user_authentication_required", |answer| answer.fail("user_authentication_required")),
    fields("C24a", "error=server_error", |answer| answer.fail("server_error")),
    fields("C24b", "error=temporarily_unavailable", |answer| answer.fail("temporarily_unavailable")),
    fields("C25", "an error together with code and id_token", |answer| answer.add("error", "access_denied")),
    fields("C26a", "an error without state", |answer| {
        answer.fail("access_denied");
        answer.remove("state");
    }),
    fields("C26b", "an error with an unknown state", |answer| {
        answer.fail("access_denied");
        answer.set("state", "a state that was never issued anywhere");
    }),
    fields("C27", "an error of an unknown name, the reason only in the description", |answer| {
        answer.fail("something_unheard_of");
        answer.add("error_description", "AADSTS50105: The signed in user is not assigned to a role.");
    }),
    fields("C28", "an error description with script, escape sequences and line breaks", |answer| {
        answer.fail("access_denied");
        answer.add("error_description", "<script>alert(1)</script>\u{1b}[31m\r\nlevel=error forged line");
    }),
    fields("C29", "iss is another issuer", |answer| answer.set("iss", "https://attacker.example")),
    fields("C30", "iss is missing", |answer| answer.remove("iss")),
    fields("C32", "iss stands there twice", |answer| twice(answer, "iss", None)),
    fields("C33", "an error whose iss is another issuer", |answer| {
        answer.fail("access_denied");
        answer.set("iss", "https://attacker.example");
    }),
    // Without a row: responses of Entra ID.
    fields("C41a", "error=unsupported_response: ID tokens are not enabled for this client", |answer| {
        entra(answer, "unsupported_response", HYBRID_OFF);
    }),
    fields("C41b", "error=unsupported_response_type: the same in the other spelling", |answer| {
        entra(answer, "unsupported_response_type", HYBRID_OFF);
    }),
    fields("C42a", "error=unauthorized_client", |answer| answer.fail("unauthorized_client")),
    fields("C42b", "error=invalid_request", |answer| answer.fail("invalid_request")),
    fields("C42c", "error=invalid_scope", |answer| answer.fail("invalid_scope")),
    fields("C42d", "error=invalid_resource", |answer| answer.fail("invalid_resource")),
    fields("C42e", "error=invalid_client", |answer| answer.fail("invalid_client")),
    fields("C43a", "error=interaction_required: the person is not assigned to a role", |answer| {
        entra(answer, "interaction_required", "AADSTS50105: The signed in user is not assigned to a role.");
    }),
    fields("C43b", "error=interaction_required: a policy wants more", |answer| {
        entra(answer, "interaction_required", "AADSTS53000: The device is not compliant.");
    }),
    fields("C43c", "error=interaction_required under an unknown number", |answer| {
        entra(answer, "interaction_required", "AADSTS4711000: access_denied invalid_client server_error");
    }),
];

/// An error in the format of Entra ID.
fn entra(answer: &mut Answer, error: &str, description: &str) {
    answer.fail(error);
    answer.add("error_description", &entra_description(description));
    answer.add("error_uri", "https://login.microsoftonline.com/error?code=50105");
}

/// A description with the further lines of Entra ID.
pub(super) fn entra_description(text: &str) -> String {
    format!("{text}\r\nTrace ID: {TRACE}\r\nCorrelation ID: {CORRELATION}\r\nTimestamp: 2026-11-22 08:00:00Z")
}

pub(super) const TRACE: &str = "5a1b8f5e-6a52-4b0c-9a1a-2f8f1f1c0100";
pub(super) const CORRELATION: &str = "0d5a7f0c-3c55-4d6b-8d52-6f5b8a0f0200";
const HYBRID_OFF: &str = "AADSTS700054: The provided value for the input parameter 'response_type' is not allowed for \
     this client. Expected value is 'code'";
/// Repeats the field with an equal or another value.
fn twice(answer: &mut Answer, name: &str, other: Option<&str>) {
    let value = answer.value(name);
    answer.add(name, other.unwrap_or(&value));
}
