//! The gateway's own paths and methods, and the flow behind each. What is not here does not exist.

use std::sync::Arc;

use http::{Method, Request, Response, header};
use hyper::body::Incoming;

use super::{
    ask::calling_page,
    failure::Refusal,
    gate::Core,
    whole::{self, Unread},
};
use crate::{
    flow::{Admission, RelyingParty, not_in_a_frame},
    oidc::Parameters,
    provider::Provider,
    session::Tag,
    web::{Body, Form, FormError, Manner, RESUME, Reply, ReturnTo, Target, Visit},
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
        (RESUME, &Method::GET) => resume(core, visit).await?,
        (RESUME | "/me" | "/logout/done", _) => return Err(Refusal::Method("GET")),
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

/// Offers to send what was kept.
async fn resume(core: &Core, visit: &Visit) -> Result<Reply, Refusal> {
    let party = &core.gateway.party;
    match (unless_top_level_get(party, visit)?, party.default_provider()) {
        (Some(other), _) => Ok(other),
        (None, Some(provider)) => Ok(party.offer(visit, provider, &query(visit)?).await?),
        (None, None) => Err(NOT_FOUND),
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
    let wanted = query.value("return_to").map(|text| ReturnTo::parse(text, party.paths().prefix()));
    let return_to = wanted.unwrap_or_else(|| party.paths().front());
    let target = Target::parse(return_to.page()).ok();
    let site = target.and_then(|target| core.routes.find(&visit.origin, &target).ok());
    let passed = Parameters::passed(&query, &provider.settings().pass_through);
    let parameters = site.map_or_else(|| passed.clone(), |site| passed.over(site.authorize()));
    let parameters = if query.value("account") == Some("choose") { parameters.choosing() } else { parameters };
    // Whoever wants to be asked by the provider is asked, signed in or not.
    let is_wish = passed.value("prompt").is_some_and(|prompt| prompt != "none");
    match site.filter(|_| !is_wish) {
        None => {}
        Some(site) => match party.admit(visit, site.rule()).await {
            // Who is signed in already, and may go there, goes there.
            Ok(Admission::Pass(pass)) if pass.identity().is_some() => return Ok(Reply::see_other(return_to.as_str())),
            Ok(Admission::StepUp) => return Ok(party.step_up(visit, provider, return_to, parameters).await?),
            _ => {}
        },
    }
    let begun = party.sign_in(visit, provider, return_to, parameters).await?;
    let given_up = query.value("instead").and_then(Tag::parse);
    Ok(begun.cookies(given_up.map(|tag| party.give_up(visit, &tag))))
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
        Manner::Call => Ok(Some(party.sign_in_needed(visit, &party.paths().front()))),
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
    let bytes = match whole::read(request.into_body(), most).await {
        Ok(bytes) => bytes,
        Err(Unread::TooLarge) => return Err(Refusal::Reason(too_large)),
        Err(Unread::Incomplete) => return Err(Refusal::Reason("request-incomplete")),
    };
    Ok(Form::parse(&bytes)?)
}

const NOT_FOUND: Refusal = Refusal::Reason("not-found");

/// The largest answer of a provider: a code and an `id_token` full of groups.
const ANSWER: usize = 256 * 1024;

/// The largest form of our own.
const SMALL_FORM: usize = 8 * 1024;
