//! The audit trail: who came in, who went out, who was refused and why. One JSON line each, target `audit`.

use std::{fmt::Display, net::IpAddr};

use tracing::info;

use crate::reason::ReasonCode;

/// Of which request an audit line speaks.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// The request's name.
    pub request: &'a dyn Display,
    /// Where it came from.
    pub client: IpAddr,
    /// On which origin.
    pub origin: &'a str,
}

/// Somebody signed in.
pub fn signed_in(about: About<'_>, provider: &str, subject: &str) {
    let About { request, client, origin } = about;
    info!(target: "audit", event = "signed-in", %request, %client, origin, provider, subject);
}

/// Somebody signed out.
pub fn signed_out(about: About<'_>, provider: &str, subject: &str) {
    let About { request, client, origin } = about;
    info!(target: "audit", event = "signed-out", %request, %client, origin, provider, subject);
}

/// The session of somebody ended, because its provider would not renew it.
pub fn ended(about: About<'_>, provider: &str, subject: &str, reason: ReasonCode) {
    let About { request, client, origin } = about;
    info!(target: "audit", event = "session-ended", %request, %client, origin, provider, subject, %reason);
}

/// A provider ended so many sessions.
pub fn ended_at_provider(about: About<'_>, provider: &str, sessions: usize) {
    let About { request, client, origin } = about;
    info!(target: "audit", event = "ended-at-provider", %request, %client, origin, provider, sessions);
}

/// Something was refused, for the reason that stands on the page.
pub fn refused(about: About<'_>, reason: ReasonCode) {
    let About { request, client, origin } = about;
    info!(target: "audit", event = "refused", %request, %client, origin, %reason);
}
