//! What somebody gets who is signed in, and has to sign in once more: lately enough, or more strongly.

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::{ask::calling_page, cors, gate::Gateway};
use crate::{
    flow::{Label, Stopped, find_reason, refusal_page},
    oidc::Parameters,
    web::{Body, Manner, Reply, ReturnTo, Visit},
};

/// Sends a person to sign in once more with what `asked` demands; a script is told that it is needed.
pub(super) async fn ask(
    gateway: &Gateway,
    headers: &HeaderMap,
    visit: &Visit,
    asked: &Parameters,
    caller: Option<HeaderValue>,
) -> Result<Response<Body>, Stopped> {
    let party = &gateway.party;
    let return_to = ReturnTo::of(&visit.target, party.paths().prefix());
    let (login, language) = (party.paths().login(&return_to), visit.language());
    let page = || refusal_page(language, find_reason("step-up-required"), visit.id.to_string(), None);
    let sign_in = Label::SignIn.text(language);
    let reply = match (visit.manner, &visit.method, party.default_provider()) {
        (Manner::Navigation, &Method::GET, Some(provider)) => {
            party.step_up(visit, provider, return_to, asked.clone()).await?
        }
        (Manner::Navigation, &Method::HEAD, _) => {
            Reply::bare(StatusCode::UNAUTHORIZED).sign_in_at(&visit.origin, &login)
        }
        (Manner::Navigation, _, _) => {
            Reply::page(page().link(login.clone(), sign_in)).sign_in_at(&visit.origin, &login)
        }
        (Manner::Framed, _, _) => {
            Reply::page(page().link_out_of_frame(login.clone(), sign_in)).sign_in_at(&visit.origin, &login)
        }
        (Manner::Call, _, _) => party.step_up_needed(visit, &calling_page(party, visit, headers)),
    };
    let reply = match caller {
        Some(origin) => cors::readable_by(origin, reply),
        None => reply,
    };
    Ok(reply.into_response(&gateway.templates))
}
