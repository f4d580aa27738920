//! What somebody gets who is signed in, and has to sign in once more: lately enough, or more strongly.

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::{ask::calling_page, cors, handler::Shared};
use crate::{
    flow::{Label, Rejection, refusal_page},
    oidc::Parameters,
    reason::ReasonCode,
    web::{Body, Reply, RequestContext, RequestKind, ReturnTo},
};

/// Sends a person to sign in once more with what `asked` demands; a script is told that it is needed.
pub(super) async fn ask(
    gateway: &Shared,
    headers: &HeaderMap,
    context: &RequestContext,
    asked: &Parameters,
    caller: Option<HeaderValue>,
) -> Result<Response<Body>, Rejection> {
    let party = &gateway.party;
    let return_to = ReturnTo::of(&context.target, party.paths().prefix());
    let (login, language) = (party.paths().login(&return_to), context.language());
    let page = || refusal_page(language, ReasonCode::StepUpRequired, context.id.to_string(), None);
    let sign_in = Label::SignIn.text(language);
    let reply = match (context.kind, &context.method, party.default_provider()) {
        (RequestKind::Navigation, &Method::GET, Some(provider)) => {
            party.step_up(context, provider, return_to, asked.clone()).await?
        }
        (RequestKind::Navigation, &Method::HEAD, _) => {
            Reply::bare(StatusCode::UNAUTHORIZED).sign_in_at(&context.origin, &login)
        }
        (RequestKind::Navigation, _, _) => {
            Reply::page(page().link(login.clone(), sign_in)).sign_in_at(&context.origin, &login)
        }
        (RequestKind::Framed, _, _) => {
            Reply::page(page().link_out_of_frame(login.clone(), sign_in)).sign_in_at(&context.origin, &login)
        }
        (RequestKind::Call, _, _) => party.step_up_needed(context, &calling_page(party, context, headers)),
    };
    let reply = match caller {
        Some(origin) => cors::readable_by(origin, reply),
        None => reply,
    };
    Ok(reply.into_response(&gateway.templates))
}
