//! Every bad ending becomes one answer, one log line and one audit line, with one reason code in all three.

use std::net::IpAddr;

use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::json;

use super::gate::Gateway;
use crate::{
    base::chain,
    flow::{Problem, Reason, Stopped, find_reason, report},
    proxy::ForwardError,
    telemetry::audit,
    web::{Body, FormError, Manner, Page, Reply, RequestId, ReturnTo, Visit},
};

/// Why a request is not answered as it wished.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A flow stopped.
    Flow(Stopped),
    /// The application's answer is not there.
    Forward(ForwardError),
    /// Nothing of a form was sent to the application; it is still kept, and offered there.
    Unsent(ForwardError, ReturnTo),
    /// For this reason.
    Reason(&'static str),
    /// The path takes only these methods.
    Method(&'static str),
    /// The page is at another address.
    Moved(String),
}

/// Who asked, as far as that is known.
pub(super) struct Asker<'a> {
    pub(super) id: RequestId,
    pub(super) client: IpAddr,
    pub(super) manner: Manner,
    pub(super) origin: &'a str,
    pub(super) visit: Option<&'a Visit>,
}

impl From<Stopped> for Refusal {
    fn from(stopped: Stopped) -> Self {
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
pub(super) fn answer(asker: &Asker<'_>, gateway: &Gateway, refusal: Refusal) -> Response<Body> {
    let (reason, detail) = match &refusal {
        Refusal::Moved(to) => return moved(to),
        Refusal::Flow(stopped) => (stopped.problem.reason(), stopped.problem.detail()),
        Refusal::Forward(error) | Refusal::Unsent(error, _) => (find_reason(error.reason()), chain(error)),
        Refusal::Reason(code) => (find_reason(code), String::new()),
        Refusal::Method(_) => (find_reason("method-not-allowed"), String::new()),
    };
    let about = audit::About { request: &asker.id, client: asker.client, origin: asker.origin };
    report(about, reason, &detail);
    let reply = match asker.manner {
        Manner::Call => program(asker, reason),
        Manner::Navigation | Manner::Framed => person(asker, gateway, reason, &refusal),
    };
    let reply = match refusal {
        Refusal::Flow(stopped) => reply.cookies(stopped.cookies),
        Refusal::Method(allowed) => reply.field(header::ALLOW, HeaderValue::from_static(allowed)),
        _ => reply,
    };
    reply.into_response()
}

/// 308 (RFC 9110 §15.4.9): the same request again, there.
fn moved(to: &str) -> Response<Body> {
    Reply { location: Some(to.to_owned()), ..Reply::bare(StatusCode::PERMANENT_REDIRECT) }.into_response()
}

fn program(asker: &Asker<'_>, reason: &Reason) -> Reply {
    Reply::json(json!({ "error": reason.code, "reason": reason.code, "request": asker.id.to_string() }))
        .status(status(reason))
}

fn person(asker: &Asker<'_>, gateway: &Gateway, reason: &Reason, refusal: &Refusal) -> Reply {
    let page = Page::new(reason.heading).paragraph(reason.text).facts(reason.code, asker.id.to_string());
    let page = match way_on(asker, gateway, refusal) {
        Some((href, label)) => page.link(href, label),
        None => page,
    };
    Reply::page(page).status(status(reason))
}

/// Where the person may go from here.
fn way_on(asker: &Asker<'_>, gateway: &Gateway, refusal: &Refusal) -> Option<(String, &'static str)> {
    let paths = gateway.party.paths();
    let visit = asker.visit?;
    match refusal {
        Refusal::Flow(stopped) => match (&*stopped.problem, &stopped.return_to) {
            (Problem::Forbidden, _) => Some((paths.logout(), "Sign in as somebody else")),
            (Problem::KeptGone, Some(page)) => Some((page.as_str().to_owned(), "Go to the page")),
            (Problem::KeptGone | Problem::ForeignSend, _) => Some(("/".to_owned(), "Go to the front page")),
            (Problem::ForeignSignOut, _) => Some((paths.logout(), "Go to the sign-out page")),
            (_, Some(return_to)) => Some((paths.login(return_to), "Try again")),
            (_, None) => Some((paths.login(&ReturnTo::of(&visit.target, paths.prefix())), "Start again")),
        },
        Refusal::Forward(_) if visit.method == Method::GET => {
            Some((visit.target.path_and_query().as_str().to_owned(), "Try again"))
        }
        Refusal::Unsent(_, offer) => Some((offer.as_str().to_owned(), "Try again")),
        _ => Some(("/".to_owned(), "Go to the front page")),
    }
}

fn status(reason: &Reason) -> StatusCode {
    StatusCode::from_u16(reason.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
