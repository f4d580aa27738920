//! The gateway's own paths and methods, and the flow behind each. What is not here does not exist.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;

use super::{failure::Refusal, gate::Core, site::calling_page};
use crate::{
    flow::{Admission, RelyingParty, not_in_a_frame},
    provider::Provider,
    web::{Body, Form, FormError, Manner, Reply, ReturnTo, Target, Visit},
};

/// Answers a request for `own`, the path below the prefix.
pub(super) async fn answer(
    core: &Core,
    own: &str,
    request: Request<Incoming>,
    visit: &Visit,
) -> Result<Response<Body>, Refusal> {
    let party = &core.gateway.party;
    let reply = match (own, &visit.method) {
        ("/me", &Method::GET) => party.me(visit, &calling_page(party, visit, request.headers())).await?,
        ("/logout", &Method::GET) => party.ask_to_leave(visit).await?,
        ("/logout", &Method::POST) => party.leave(visit, &posted(request, SMALL_FORM, "body-too-large").await?).await?,
        ("/logout/done", &Method::GET) => party.left(visit, &query(visit)?),
        ("/me" | "/logout/done", _) => return Err(Refusal::Method("GET")),
        ("/logout", _) => return Err(Refusal::Method("GET, POST")),
        _ if own.starts_with("/logout/") => ended_at_provider(party, own, request, visit).await?,
        _ => login(core, own, request, visit).await?,
    };
    Ok(reply.into_response(&core.gateway.templates))
}

/// `/login`, `/login/{provider}`, and below it `/callback` and `/continue`.
async fn login(core: &Core, own: &str, request: Request<Incoming>, visit: &Visit) -> Result<Reply, Refusal> {
    let party = &core.gateway.party;
    let mut segments = own.split('/').skip(1);
    if segments.next() != Some("login") {
        return Err(NOT_FOUND);
    }
    let provider = match segments.next() {
        None => party.default_provider(),
        Some(name) => party.provider(name),
    }
    .ok_or(NOT_FOUND)?;
    match (segments.next(), segments.next()) {
        (None, _) => begin(core, provider, visit).await,
        (Some("callback"), None) => callback(party, provider, request, visit).await,
        (Some("continue"), None) => proceed(party, provider, visit).await,
        _ => Err(NOT_FOUND),
    }
}

/// `/logout/{provider}/frontchannel`.
async fn ended_at_provider(
    party: &RelyingParty,
    own: &str,
    request: Request<Incoming>,
    visit: &Visit,
) -> Result<Reply, Refusal> {
    let name = own.strip_prefix("/logout/").and_then(|rest| rest.strip_suffix("/frontchannel"));
    let provider = name.and_then(|name| party.provider(name)).ok_or(NOT_FOUND)?;
    // Front-Channel Logout §2 has a GET; Entra's B2C posts.
    let parameters = match visit.method {
        Method::GET => query(visit)?,
        Method::POST => posted(request, SMALL_FORM, "body-too-large").await?,
        _ => return Err(Refusal::Method("GET, POST")),
    };
    Ok(party.ended_at_provider(visit, provider, &parameters).await?)
}

async fn begin(core: &Core, provider: &Provider, visit: &Visit) -> Result<Reply, Refusal> {
    if let Some(other) = unless_top_level_get(&core.gateway.party, visit)? {
        return Ok(other);
    }
    let party = &core.gateway.party;
    let query = query(visit)?;
    let return_to = ReturnTo::parse(query.value("return_to").unwrap_or("/"), party.paths().prefix());
    // Who is signed in already, and may go there, goes there.
    let target = Target::parse(return_to.as_str()).ok();
    let site = target.and_then(|target| core.routes.find(&visit.origin, &target).ok());
    if let Some(site) = site
        && let Ok(Admission::Pass(pass)) = party.admit(visit, site.rule()).await
        && pass.identity().is_some()
    {
        return Ok(Reply::see_other(return_to.as_str()));
    }
    if query.value("account") == Some("choose") {
        return Ok(party.begin_with_a_choice(visit, provider, return_to).await?);
    }
    Ok(party.begin(visit, provider, return_to).await?)
}

async fn callback(
    party: &Arc<RelyingParty>,
    provider: &Arc<Provider>,
    request: Request<Incoming>,
    visit: &Visit,
) -> Result<Reply, Refusal> {
    match (provider.settings().flow.is_form_post(), &visit.method) {
        (true, &Method::POST) => {
            let form = posted(request, ANSWER, "answer-too-large").await?;
            Ok(party.receive(visit, provider, &form).await?)
        }
        (false, &Method::GET) => Ok(party.receive_query(visit, provider, query(visit)).await),
        (true, _) => Err(Refusal::Method("POST")),
        (false, _) => Err(Refusal::Method("GET")),
    }
}

async fn proceed(party: &Arc<RelyingParty>, provider: &Arc<Provider>, visit: &Visit) -> Result<Reply, Refusal> {
    match unless_top_level_get(party, visit)? {
        Some(other) => Ok(other),
        None => Ok(party.complete(visit, provider, &query(visit)?).await?),
    }
}

/// What is answered instead, unless a person moves to this page in a whole tab.
fn unless_top_level_get(party: &RelyingParty, visit: &Visit) -> Result<Option<Reply>, Refusal> {
    if visit.method != Method::GET {
        return Err(Refusal::Method("GET"));
    }
    match visit.manner {
        Manner::Navigation => Ok(None),
        Manner::Framed => {
            let same_step = visit.target.path_and_query().as_str();
            Ok(Some(Reply::page(not_in_a_frame(visit.language(), same_step))))
        }
        Manner::Call => Ok(Some(party.sign_in_needed(visit, &ReturnTo::root()))),
    }
}

fn query(visit: &Visit) -> Result<Form, FormError> {
    Form::parse(visit.target.query().unwrap_or_default().as_bytes())
}

/// The form in the body of `request`.
async fn posted(request: Request<Incoming>, most: usize, too_large: &'static str) -> Result<Form, Refusal> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Refusal::Reason("answer-wrong-type"));
    }
    let body = tokio::time::timeout(BODY_TIME, Limited::new(request.into_body(), most).collect()).await;
    let bytes: Bytes = match body {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Refusal::Reason(too_large)),
        Ok(Err(_)) | Err(_) => return Err(Refusal::Reason("request-incomplete")),
    };
    Ok(Form::parse(&bytes)?)
}

const NOT_FOUND: Refusal = Refusal::Reason("not-found");

/// The largest answer of a provider: a code and an `id_token` full of groups.
const ANSWER: usize = 256 * 1024;

/// The largest form of our own.
const SMALL_FORM: usize = 8 * 1024;

/// The time for a form to come in whole.
const BODY_TIME: Duration = Duration::from_secs(10);
