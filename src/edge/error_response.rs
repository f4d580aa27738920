//! The response to a failed request: a page or problem details, a log line and an audit line, all with one reason code.

use std::net::IpAddr;

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;

use super::{
    cors,
    error::{FailedRequest, RequestError},
    forwarded::Received,
    shared::Shared,
};
use crate::{
    base::chain,
    flow::{FlowError, Label, NextLink, Rejection, problem_details, refusal_page, report},
    reason::ReasonCode,
    telemetry::audit::About,
    web::{Body, Language, Reply, RequestContext, RequestId, RequestKind, ReturnTo, Templates},
};

/// What is known about the sender of a failed request.
pub(super) struct Requester<'a> {
    pub(super) client: IpAddr,
    id: RequestId,
    kind: RequestKind,
    origin: &'a str,
    language: Language,
    context: Option<&'a RequestContext>,
}

impl<'a> Requester<'a> {
    /// The sender of a request with a context.
    pub(super) fn of(context: &'a RequestContext) -> Self {
        Self {
            client: context.client,
            id: context.id,
            kind: context.kind,
            origin: context.origin.as_str(),
            language: context.language(),
            context: Some(context),
        }
    }

    /// The sender of a request that was refused before it had a context.
    pub(super) fn without_context(received: Received, request: &Request<Incoming>) -> Self {
        Self {
            client: received.peer.address.ip().to_canonical(),
            id: received.id,
            kind: RequestKind::read(request.headers()),
            origin: "-",
            language: Language::preferred(request.headers().get(header::ACCEPT_LANGUAGE)),
            context: None,
        }
    }
}

/// Builds the response to a failed request, and logs the failure.
pub(super) fn error_response(requester: &Requester<'_>, shared: &Shared, failed: FailedRequest) -> Response<Body> {
    let FailedRequest { error, cors_origin } = failed;
    let (reason, detail) = match &error {
        RequestError::Moved(to) => return moved(to, &shared.templates),
        RequestError::Flow(rejection) => (rejection.error.reason(), rejection.error.detail()),
        RequestError::Forward(error) | RequestError::NotSent(error, _) => (error.reason(), chain(error)),
        RequestError::Reason(reason) => (*reason, String::new()),
        RequestError::Detailed(reason, detail) => (*reason, detail.clone()),
        RequestError::Method(_) => (ReasonCode::MethodNotAllowed, String::new()),
    };
    report(
        &shared.audit,
        About { request: &requester.id, client: requester.client, origin: requester.origin },
        reason,
        &detail,
    );
    let reply = match requester.kind {
        RequestKind::Call => Reply::from(problem_details(reason, requester.id, None)),
        RequestKind::Navigation | RequestKind::Framed => {
            let next = next_link(requester, shared, &error);
            Reply::page(refusal_page(requester.language, reason, requester.id.to_string(), next))
                .status(reason.status())
        }
    };
    let reply = match error {
        RequestError::Flow(rejection) => reply.cookies(rejection.cookies),
        RequestError::Method(allowed) => reply
            .field(header::ALLOW, HeaderValue::from_static(allowed))
            .field(header::CONTENT_SECURITY_POLICY, OPAQUE_ORIGIN),
        _ => reply,
    };
    let is_busy = matches!(reason, ReasonCode::TooManyRequests | ReasonCode::UpstreamBusy);
    let reply = if is_busy { reply.field(header::RETRY_AFTER, BUSY_FOR) } else { reply };
    cors::readable_by(cors_origin, reply).into_response(&shared.templates)
}

/// 308 (RFC 9110 §15.4.9): the client repeats the request at `to`.
fn moved(to: &str, templates: &Templates) -> Response<Body> {
    Reply { location: Some(to.to_owned()), ..Reply::bare(StatusCode::PERMANENT_REDIRECT) }.into_response(templates)
}

/// The link to the next step for the person.
fn next_link(requester: &Requester<'_>, shared: &Shared, error: &RequestError) -> Option<NextLink> {
    let context = requester.context?;
    let paths = shared.party.paths();
    match error {
        RequestError::Flow(rejection) => Some(next_link_of_flow(rejection, shared, context)),
        RequestError::Forward(_) if context.method == Method::GET => {
            Some((context.target.path_and_query().as_str().to_owned(), Label::TryAgain))
        }
        RequestError::NotSent(_, page) => Some((page.as_str().to_owned(), Label::TryAgain)),
        _ => Some((paths.front().as_str().to_owned(), Label::ToFrontPage)),
    }
}

fn next_link_of_flow(rejection: &Rejection, shared: &Shared, context: &RequestContext) -> NextLink {
    let paths = shared.party.paths();
    match (&*rejection.error, &rejection.return_to) {
        (error, _) if error.reason() == ReasonCode::OtherPerson => (paths.logout(), Label::SignOut),
        // The session stays until the other sign-in succeeds.
        (FlowError::OtherProvider { required, .. }, page) => {
            let page = page.clone().unwrap_or_else(|| ReturnTo::of(&context.target, paths.prefix()));
            (paths.login(Some(required), &page), Label::SignInWithOtherAccount)
        }
        (FlowError::Forbidden, _) => (paths.logout(), Label::SignInWithOtherAccount),
        (FlowError::PreservedPostGone, Some(page)) => (page.as_str().to_owned(), Label::ToPage),
        (FlowError::PreservedPostGone | FlowError::ForeignRestore, _) => {
            (paths.front().as_str().to_owned(), Label::ToFrontPage)
        }
        (FlowError::ForeignSignOut, _) => (paths.logout(), Label::ToSignOutPage),
        // Without account selection the provider would use the account that it has just refused.
        (error, Some(return_to)) if error.reason() == ReasonCode::ProviderDenied => {
            (paths.login_with_account_choice(return_to), Label::TryOtherAccount)
        }
        (_, Some(return_to)) => (paths.login(None, return_to), Label::TryAgain),
        (_, None) => (paths.login(None, &ReturnTo::of(&context.target, paths.prefix())), Label::StartAgain),
    }
}

/// Gives a page an origin of its own, so that no script of the site can read its URL. At the callback the URL may hold a
/// code that was not redeemed, in the query or the fragment: `response_mode` can be changed in the URL of a sign-in.
const OPAQUE_ORIGIN: HeaderValue = HeaderValue::from_static("sandbox");

/// When a client may try again whose request waited for an application in vain (RFC 9110 §10.2.3), in seconds.
const BUSY_FOR: HeaderValue = HeaderValue::from_static("5");
