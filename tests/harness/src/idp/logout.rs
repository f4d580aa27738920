//! Sign-out at the provider (RP-Initiated Logout 1.0).

use http::{Response, StatusCode, header};

use super::{
    event::Event,
    login, pages,
    router::{Call, page, see_other},
    world::Shared,
};
use crate::{
    body::Body,
    encoding::{first, form_text},
};

/// Ends the browser's session without confirmation, and redirects.
pub(crate) fn end_session(shared: &Shared, call: &Call) -> Response<Body> {
    // Section 2: GET with a query, or POST with a form.
    let params = if call.query.is_empty() { call.form.clone() } else { call.query.clone() };
    let problems = problems(shared, &params);
    shared.record(Event::EndSession { params: params.clone(), problems: problems.clone() });
    if !problems.is_empty() {
        return page(StatusCode::BAD_REQUEST, pages::refused("This sign-out request is not right", &problems));
    }
    let cookie = login::end(shared, call);
    let mut response = match first(&params, "post_logout_redirect_uri") {
        None => page(StatusCode::OK, pages::signed_out()),
        Some(target) => match first(&params, "state") {
            None => see_other(target),
            Some(state) => {
                let join = if target.contains('?') { '&' } else { '?' };
                see_other(&format!("{target}{join}{}", form_text(&[("state", state)])))
            }
        },
    };
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

fn problems(shared: &Shared, params: &[(String, String)]) -> Vec<String> {
    let mut problems = Vec::new();
    let hint = first(params, "id_token_hint");
    let client = first(params, "client_id");
    let world = shared.world();
    if hint.is_some_and(|hint| !world.id_tokens.iter().any(|known| known == hint)) {
        problems.push("id_token_hint: not a token of this provider".to_owned());
    }
    if client.is_some_and(|client| client != shared.options.client_id) {
        problems.push("client_id: unknown client".to_owned());
    }
    if let Some(target) = first(params, "post_logout_redirect_uri") {
        if hint.is_none() && client.is_none() {
            problems.push("post_logout_redirect_uri: needs id_token_hint or client_id".to_owned());
        }
        if !world.post_logout_redirect_uris.iter().any(|known| known == target) {
            problems.push("post_logout_redirect_uri: not registered for this client".to_owned());
        }
    }
    problems
}
