//! The gateway's own paths and methods, and the flow behind each. What is not here does not exist.

use std::sync::Arc;

use http::{Method, Request, Response, header};
use hyper::body::Incoming;

use super::{
    ask::calling_page,
    error_response::Refusal,
    handler::Worker,
    read_body::{self, Unread},
};
use crate::{
    flow::{Admission, RelyingParty, no_sign_in_in_frame},
    oidc::Parameters,
    provider::Provider,
    reason::ReasonCode,
    session::Tag,
    web::{Body, Form, FormError, RESUME, Reply, RequestContext, RequestKind, ReturnTo, Target},
};

/// Answers a request for `own`, the path below the prefix.
pub(super) async fn answer(
    core: &Worker,
    own: &str,
    request: Request<Incoming>,
    context: &RequestContext,
) -> Result<Response<Body>, Refusal> {
    let party = &core.gateway.party;
    let reply = match (own, &context.method) {
        ("/me", &Method::GET) => party.me(context, &calling_page(party, context, request.headers())).await?,
        ("/logout", &Method::GET) => party.ask_to_leave(context).await?,
        ("/logout", &Method::POST) => {
            party.leave(context, &posted(request, SMALL_FORM, ReasonCode::BodyTooLarge).await?).await?
        }
        ("/logout/done", &Method::GET) => party.left(context, &query(context)?),
        (RESUME, &Method::GET) => resume(core, context).await?,
        (RESUME | "/me" | "/logout/done", _) => return Err(Refusal::Method("GET")),
        ("/logout", _) => return Err(Refusal::Method("GET, POST")),
        _ if own.starts_with("/logout/") => ended_at_provider(party, own, request, context).await?,
        _ => login(core, own, request, context).await?,
    };
    Ok(reply.into_response(&core.gateway.templates))
}

/// `/login`, `/login/{provider}`, and below it `/callback` and `/continue`.
async fn login(
    core: &Worker,
    own: &str,
    request: Request<Incoming>,
    context: &RequestContext,
) -> Result<Reply, Refusal> {
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
        (None, _) => begin(core, provider, context).await,
        (Some("callback"), None) => callback(party, provider, request, context).await,
        (Some("continue"), None) => proceed(party, provider, context).await,
        _ => Err(NOT_FOUND),
    }
}

/// Offers to send what was kept.
async fn resume(core: &Worker, context: &RequestContext) -> Result<Reply, Refusal> {
    let party = &core.gateway.party;
    match (unless_top_level_get(party, context)?, party.default_provider()) {
        (Some(other), _) => Ok(other),
        (None, Some(provider)) => Ok(party.offer(context, provider, &query(context)?).await?),
        (None, None) => Err(NOT_FOUND),
    }
}

/// `/logout/{provider}/frontchannel`.
async fn ended_at_provider(
    party: &RelyingParty,
    own: &str,
    request: Request<Incoming>,
    context: &RequestContext,
) -> Result<Reply, Refusal> {
    let name = own.strip_prefix("/logout/").and_then(|rest| rest.strip_suffix("/frontchannel"));
    let provider = name.and_then(|name| party.provider(name)).ok_or(NOT_FOUND)?;
    // Front-Channel Logout §2 has a GET; Entra's B2C posts.
    let parameters = match context.method {
        Method::GET => query(context)?,
        Method::POST => posted(request, SMALL_FORM, ReasonCode::BodyTooLarge).await?,
        _ => return Err(Refusal::Method("GET, POST")),
    };
    Ok(party.ended_at_provider(context, provider, &parameters).await?)
}

async fn begin(core: &Worker, provider: &Provider, context: &RequestContext) -> Result<Reply, Refusal> {
    if let Some(other) = unless_top_level_get(&core.gateway.party, context)? {
        return Ok(other);
    }
    let party = &core.gateway.party;
    let query = query(context)?;
    let wanted = query.value("return_to").map(|text| ReturnTo::parse(text, party.paths().prefix()));
    let return_to = wanted.unwrap_or_else(|| party.paths().front());
    let target = Target::parse(return_to.page()).ok();
    let site = target.and_then(|target| core.routes.find(&context.origin, &target).ok());
    let passed = Parameters::passed_through(&query, &provider.settings().pass_through);
    let parameters = site.map_or_else(|| passed.clone(), |site| passed.merged_over(site.authorize()));
    let parameters =
        if query.value("account") == Some("choose") { parameters.with_account_selection() } else { parameters };
    // Whoever wants to be asked by the provider is asked, signed in or not.
    let is_wish = passed.value("prompt").is_some_and(|prompt| prompt != "none");
    match site.filter(|_| !is_wish) {
        None => {}
        Some(site) => match party.admit(context, site.rule()).await {
            // Who is signed in already, and may go there, goes there.
            Ok(Admission::Pass(pass)) if pass.identity().is_some() => return Ok(Reply::see_other(return_to.as_str())),
            Ok(Admission::StepUp) => return Ok(party.step_up(context, provider, return_to, parameters).await?),
            _ => {}
        },
    }
    let begun = party.sign_in(context, provider, return_to, parameters).await?;
    let given_up = query.value("instead").and_then(Tag::parse);
    Ok(begun.cookies(given_up.map(|tag| party.give_up(context, &tag))))
}

async fn callback(
    party: &Arc<RelyingParty>,
    provider: &Arc<Provider>,
    request: Request<Incoming>,
    context: &RequestContext,
) -> Result<Reply, Refusal> {
    match (provider.settings().flow.is_form_post(), &context.method) {
        (true, &Method::POST) => {
            let form = posted(request, ANSWER, ReasonCode::AnswerTooLarge).await?;
            Ok(party.receive(context, provider, &form).await?)
        }
        (false, &Method::GET) => Ok(party.receive_query(context, provider, query(context)).await),
        (true, _) => Err(Refusal::Method("POST")),
        (false, _) => Err(Refusal::Method("GET")),
    }
}

async fn proceed(
    party: &Arc<RelyingParty>,
    provider: &Arc<Provider>,
    context: &RequestContext,
) -> Result<Reply, Refusal> {
    match unless_top_level_get(party, context)? {
        Some(other) => Ok(other),
        None => Ok(party.complete(context, provider, &query(context)?).await?),
    }
}

/// What is answered instead, unless a person moves to this page in a whole tab.
fn unless_top_level_get(party: &RelyingParty, context: &RequestContext) -> Result<Option<Reply>, Refusal> {
    if context.method != Method::GET {
        return Err(Refusal::Method("GET"));
    }
    match context.kind {
        RequestKind::Navigation => Ok(None),
        RequestKind::Framed => {
            let same_step = context.target.path_and_query().as_str();
            Ok(Some(Reply::page(no_sign_in_in_frame(context.language(), same_step))))
        }
        RequestKind::Call => Ok(Some(party.sign_in_needed(context, &party.paths().front()))),
    }
}

fn query(context: &RequestContext) -> Result<Form, FormError> {
    Form::parse(context.target.query().unwrap_or_default().as_bytes())
}

/// The form in the body of `request`.
async fn posted(request: Request<Incoming>, most: usize, too_large: ReasonCode) -> Result<Form, Refusal> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Refusal::Reason(ReasonCode::AnswerWrongType));
    }
    let bytes = match read_body::read(request.into_body(), most).await {
        Ok(bytes) => bytes,
        Err(Unread::TooLarge) => return Err(Refusal::Reason(too_large)),
        Err(Unread::Incomplete) => return Err(Refusal::Reason(ReasonCode::RequestIncomplete)),
    };
    Ok(Form::parse(&bytes)?)
}

const NOT_FOUND: Refusal = Refusal::Reason(ReasonCode::NotFound);

/// The largest answer of a provider: a code and an `id_token` full of groups.
const ANSWER: usize = 256 * 1024;

/// The largest form of our own.
const SMALL_FORM: usize = 8 * 1024;
