//! Problem details (RFC 9457): a refusal as JSON for scripts, in English.

use serde_json::json;

use super::{
    reply::{Content, Reply},
    request_id::RequestId,
};
use crate::reason::ReasonCode;

/// A refusal as problem details.
#[derive(Debug)]
pub(crate) struct ProblemDetails<'a> {
    /// The reason code.
    pub(crate) reason: ReasonCode,
    /// A short summary, constant for a reason code.
    pub(crate) title: &'static str,
    /// What happened and what to do next.
    pub(crate) detail: String,
    /// The identifier of the request in the log.
    pub(crate) request: RequestId,
    /// The URL where a sign-in begins, if a sign-in can help. The page must navigate to it; a fetch does not work.
    pub(crate) login: Option<&'a str>,
}

impl From<ProblemDetails<'_>> for Reply {
    fn from(problem: ProblemDetails<'_>) -> Self {
        let mut body = json!({
            // A tag URI, not a URL (RFC 9457 §3.1.1, RFC 4151): each gateway has a different origin.
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
