//! A refusal as a script reads it: problem details (RFC 9457), in English, for programmers.

use serde_json::json;

use super::{
    reply::{Content, Reply},
    request_id::RequestId,
};
use crate::reason::ReasonCode;

/// What a script is told.
#[derive(Debug)]
pub struct ProblemDetails<'a> {
    /// The reason code.
    pub reason: ReasonCode,
    /// The same for every request with this reason.
    pub title: &'static str,
    /// What happened, and what to do.
    pub detail: String,
    /// The request's name in the log.
    pub request: RequestId,
    /// Where a sign-in begins, if that would help: an address to move the page to, not to fetch.
    pub login: Option<&'a str>,
}

impl From<ProblemDetails<'_>> for Reply {
    fn from(problem: ProblemDetails<'_>) -> Self {
        let mut body = json!({
            // A name, not an address (RFC 9457 §3.1.1, RFC 4151): each gateway is somewhere else.
            "type": format!("tag:vestibule,2026:{}", problem.reason),
            "title": problem.title,
            "status": problem.reason.status().as_u16(),
            "detail": problem.detail,
            "reason": problem.reason.as_str(),
            "request": problem.request.to_string(),
        });
        if let Some(login) = problem.login {
            body["login"] = login.into();
        }
        Self { content: Content::Problem(body), ..Self::bare(problem.reason.status()) }
    }
}
