//! The audit trail: sign-ins, sign-outs, ended sessions and refusals. One log line each, with the target `audit`.
//!
//! Values are rendered with `Display`. The methods that log also count, so that log and counters agree; a session
//! cookie that was sent again has no counter.

use std::{fmt::Display, net::IpAddr, sync::Arc};

use tracing::info;

use super::metrics::Metrics;
use crate::reason::ReasonCode;

/// The request that an audit line is about.
#[derive(Clone, Copy)]
pub(crate) struct About<'a> {
    /// The identifier of the request.
    pub(crate) request: &'a dyn Display,
    /// The address of the client.
    pub(crate) client: IpAddr,
    /// The public origin of the request.
    pub(crate) origin: &'a str,
}

/// Writes the audit trail, and counts what it writes. Clones share the counters.
#[derive(Clone)]
pub(crate) struct AuditLog {
    metrics: Arc<Metrics>,
}

impl AuditLog {
    /// An audit trail that counts in `metrics`.
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics }
    }

    /// Logs that `subject` signed in at `provider` and a session began.
    pub(crate) fn signed_in(&self, about: About<'_>, provider: &str, subject: &str) {
        let About { request, client, origin } = about;
        info!(target: "audit", event = "signed-in", %request, %client, origin, provider, subject);
        self.metrics.sessions_started.add(1);
    }

    /// Logs that the session cookie of a completed sign-in was sent again, to the browser that brought the authorization response
    /// of that sign-in.
    #[expect(clippy::unused_self, reason = "a line of the audit trail like the others; no counter counts it")]
    pub(crate) fn session_cookie_repeated(&self, about: About<'_>, provider: &str, subject: &str) {
        let About { request, client, origin } = about;
        info!(target: "audit", event = "session-cookie-repeated", %request, %client, origin, provider, subject);
    }

    /// Logs that `subject` signed out and the session ended.
    pub(crate) fn signed_out(&self, about: About<'_>, provider: &str, subject: &str) {
        let About { request, client, origin } = about;
        info!(target: "audit", event = "signed-out", %request, %client, origin, provider, subject);
        self.metrics.sessions_ended.add(1);
    }

    /// Logs that a session of `subject` ended because `provider` rejected its refresh.
    pub(crate) fn ended(&self, about: About<'_>, provider: &str, subject: &str, reason: ReasonCode) {
        let About { request, client, origin } = about;
        info!(target: "audit", event = "session-ended", %request, %client, origin, provider, subject, %reason);
        self.metrics.sessions_ended.add(1);
    }

    /// Logs that `provider` ended a number of sessions by front-channel logout.
    pub(crate) fn ended_at_provider(&self, about: About<'_>, provider: &str, sessions: usize) {
        let About { request, client, origin } = about;
        info!(target: "audit", event = "ended-at-provider", %request, %client, origin, provider, sessions);
        self.metrics.sessions_ended.add(sessions as u64);
    }

    /// Logs that a request was refused; `reason` is the reason code on its page.
    pub(crate) fn refused(&self, about: About<'_>, reason: ReasonCode) {
        let About { request, client, origin } = about;
        info!(target: "audit", event = "refused", %request, %client, origin, %reason);
        self.metrics.refusals.of(reason).add(1);
    }
}
