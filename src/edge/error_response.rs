//! Every bad ending becomes one answer, one log line and one audit line, with one reason code in all three.

use std::net::IpAddr;

use http::{HeaderValue, Method, Response, StatusCode, header};

use super::{cors, handler::Shared};
use crate::{
    base::chain,
    flow::{FlowError, Label, NextLink, Rejection, problem_details, refusal_page, report},
    proxy::ForwardError,
    reason::ReasonCode,
    telemetry::audit,
    web::{Body, FormError, Language, Reply, RequestContext, RequestId, RequestKind, ReturnTo, Templates},
};

/// Why a request is not answered as it wished.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A flow stopped.
    Flow(Rejection),
    /// The application's answer is not there.
    Forward(ForwardError),
    /// Nothing of a form was sent to the application; it is still kept, and offered there.
    Unsent(ForwardError, ReturnTo),
    /// For this reason.
    Reason(ReasonCode),
    /// The path takes only these methods.
    Method(&'static str),
    /// The page is at another address.
    Moved(String),
}

/// A refusal, and the other origin whose script may read the answer.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) why: Refusal,
    pub(super) caller: Option<HeaderValue>,
}

/// Who asked, as far as that is known.
pub(super) struct Asker<'a> {
    pub(super) id: RequestId,
    pub(super) client: IpAddr,
    pub(super) kind: RequestKind,
    pub(super) origin: &'a str,
    pub(super) language: Language,
    pub(super) context: Option<&'a RequestContext>,
}

impl From<Refusal> for Refused {
    fn from(why: Refusal) -> Self {
        Self { why, caller: None }
    }
}

impl From<Rejection> for Refusal {
    fn from(stopped: Rejection) -> Self {
        Self::Flow(stopped)
    }
}

impl From<FormError> for Refusal {
    fn from(error: FormError) -> Self {
        Self::Flow(error.into())
    }
}

impl From<ForwardError> for Refusal {
    fn from(error: ForwardError) -> Self {
        Self::Forward(error)
    }
}

/// Writes the answer for a refused request, and tells the operator.
pub(super) fn answer(asker: &Asker<'_>, gateway: &Shared, refused: Refused) -> Response<Body> {
    let Refused { why: refusal, caller } = refused;
    let (reason, detail) = match &refusal {
        Refusal::Moved(to) => return moved(to, &gateway.templates),
        Refusal::Flow(stopped) => (stopped.problem.reason(), stopped.problem.detail()),
        Refusal::Forward(error) | Refusal::Unsent(error, _) => (error.reason(), chain(error)),
        Refusal::Reason(reason) => (*reason, String::new()),
        Refusal::Method(_) => (ReasonCode::MethodNotAllowed, String::new()),
    };
    let about = audit::About { request: &asker.id, client: asker.client, origin: asker.origin };
    report(about, reason, &detail);
    let reply = match asker.kind {
        RequestKind::Call => Reply::from(problem_details(reason, asker.id, None)),
        RequestKind::Navigation | RequestKind::Framed => person(asker, gateway, reason, &refusal),
    };
    let reply = match refusal {
        Refusal::Flow(stopped) => reply.cookies(stopped.cookies),
        Refusal::Method(allowed) => reply.field(header::ALLOW, HeaderValue::from_static(allowed)),
        _ => reply,
    };
    let reply = match caller {
        Some(origin) => cors::readable_by(origin, reply),
        None => reply,
    };
    reply.into_response(&gateway.templates)
}

/// 308 (RFC 9110 §15.4.9): the same request again, there.
fn moved(to: &str, templates: &Templates) -> Response<Body> {
    Reply { location: Some(to.to_owned()), ..Reply::bare(StatusCode::PERMANENT_REDIRECT) }.into_response(templates)
}

fn person(asker: &Asker<'_>, gateway: &Shared, reason: ReasonCode, refusal: &Refusal) -> Reply {
    let page = refusal_page(asker.language, reason, asker.id.to_string(), next_link(asker, gateway, refusal));
    Reply::page(page).status(reason.status())
}

/// Where the person may go from here.
fn next_link(asker: &Asker<'_>, gateway: &Shared, refusal: &Refusal) -> Option<NextLink> {
    let paths = gateway.party.paths();
    let context = asker.context?;
    match refusal {
        Refusal::Flow(stopped) => match (&*stopped.problem, &stopped.return_to) {
            (problem, _) if problem.reason() == ReasonCode::OtherPerson => Some((paths.logout(), Label::SignOut)),
            (FlowError::Forbidden, _) => Some((paths.logout(), Label::SignInWithOtherAccount)),
            (FlowError::KeptGone, Some(page)) => Some((page.as_str().to_owned(), Label::ToPage)),
            (FlowError::KeptGone | FlowError::ForeignSend, _) => Some(("/".to_owned(), Label::ToFrontPage)),
            (FlowError::ForeignSignOut, _) => Some((paths.logout(), Label::ToSignOutPage)),
            // With the account that the provider knows already, it would only say no again.
            (problem, Some(return_to)) if problem.reason() == ReasonCode::ProviderDenied => {
                Some((paths.login_with_a_choice(return_to), Label::TryOtherAccount))
            }
            (_, Some(return_to)) => Some((paths.login(return_to), Label::TryAgain)),
            (_, None) => Some((paths.login(&ReturnTo::of(&context.target, paths.prefix())), Label::StartAgain)),
        },
        Refusal::Forward(_) if context.method == Method::GET => {
            Some((context.target.path_and_query().as_str().to_owned(), Label::TryAgain))
        }
        Refusal::Unsent(_, offer) => Some((offer.as_str().to_owned(), Label::TryAgain)),
        _ => Some((paths.front().as_str().to_owned(), Label::ToFrontPage)),
    }
}
