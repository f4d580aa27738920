//! The audit trail: sign-ins, sign-outs, ended sessions and refusals. One log line each, with the target `audit`.
//!
//! Values are rendered with `Display`.

use std::{fmt::Display, net::IpAddr};

use tracing::info;

use crate::reason::ReasonCode;

/// The request that an audit line is about.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// The identifier of the request.
    pub request: &'a dyn Display,
    /// The address of the client.
    pub client: IpAddr,
    /// The public origin of the request.
    pub origin: &'a str,
}

/// Logs that `subject` signed in at `provider` and a session began.
pub(crate) fn signed_in(about: About<'_>, provider: &str, subject: &str) {
    let About { request, client, origin } = about;
    info!(target: "audit", event = "signed-in", %request, %client, origin, provider, subject);
}

/// Logs that the session cookie of a completed sign-in was sent again, to the browser that brought the authorization response
/// of that sign-in.
pub(crate) fn session_cookie_repeated(about: About<'_>, provider: &str, subject: &str) {
    let About { request, client, origin } = about;
    info!(target: "audit", event = "session-cookie-repeated", %request, %client, origin, provider, subject);
}

/// Logs that `subject` signed out and the session ended.
pub(crate) fn signed_out(about: About<'_>, provider: &str, subject: &str) {
    let About { request, client, origin } = about;
    info!(target: "audit", event = "signed-out", %request, %client, origin, provider, subject);
}

/// Logs that a session of `subject` ended because `provider` rejected its refresh.
pub(crate) fn ended(about: About<'_>, provider: &str, subject: &str, reason: ReasonCode) {
    let About { request, client, origin } = about;
    info!(target: "audit", event = "session-ended", %request, %client, origin, provider, subject, %reason);
}

/// Logs that `provider` ended a number of sessions by front-channel logout.
pub(crate) fn ended_at_provider(about: About<'_>, provider: &str, sessions: usize) {
    let About { request, client, origin } = about;
    info!(target: "audit", event = "ended-at-provider", %request, %client, origin, provider, sessions);
}

/// Logs that a request was refused; `reason` is the reason code on its page.
pub(crate) fn refused(about: About<'_>, reason: ReasonCode) {
    let About { request, client, origin } = about;
    info!(target: "audit", event = "refused", %request, %client, origin, %reason);
}
