//! What somebody gets who is signed in, and has to sign in once more: lately enough, or more strongly.

use http::{Method, StatusCode};

use crate::{
    flow::{RelyingParty, Stopped, find_reason},
    oidc::Parameters,
    web::{Manner, Page, Reply, ReturnTo, Visit},
};

/// Sends a person to sign in once more with what `asked` demands; a script is told that it is needed.
pub(super) async fn ask(party: &RelyingParty, visit: &Visit, asked: &Parameters) -> Result<Reply, Stopped> {
    let return_to = ReturnTo::of(&visit.target, party.paths().prefix());
    let (login, reason) = (party.paths().login(&return_to), find_reason("step-up-required"));
    let page = || Page::new(reason.heading).paragraph(reason.text).facts(reason.code, visit.id.to_string());
    let reply = match (visit.manner, &visit.method, party.default_provider()) {
        (Manner::Navigation, &Method::GET, Some(provider)) => {
            return party.step_up(visit, provider, return_to, asked.clone()).await;
        }
        (Manner::Navigation, &Method::HEAD, _) => Reply::bare(StatusCode::UNAUTHORIZED),
        (Manner::Navigation, _, _) => Reply::page(page().link(login, "Sign in")),
        (Manner::Framed, _, _) => Reply::page(page().link_out_of_frame(login, "Sign in")),
        (Manner::Call, _, _) => Reply::sign_in_needed(reason.code, &party.paths().login(&party.paths().front())),
    };
    Ok(reply.status(StatusCode::UNAUTHORIZED))
}
