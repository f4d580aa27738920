//! The state that all workers share.

use std::sync::Arc;

use super::{
    proxied_requests::ProxiedRequests,
    settings::{RouteSettings, TrustedProxies},
};
use crate::{
    base::{Clock, Random},
    flow::RelyingParty,
    stream::Streams,
    telemetry::audit::AuditLog,
    web::{Origin, Templates},
};

/// The state of the gateway that all workers share. It never changes.
pub(crate) struct Shared {
    /// The relying party.
    pub(crate) party: Arc<RelyingParty>,
    /// The public origins.
    pub(crate) origins: Vec<Arc<Origin>>,
    /// The peers whose forwarded headers are used.
    pub(crate) trust: TrustedProxies,
    /// The routes.
    pub(crate) routes: Vec<RouteSettings>,
    /// The clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// The templates of the gateway's pages.
    pub(crate) templates: Templates,
    /// The bodies under way.
    pub(crate) streams: Arc<Streams>,
    /// The requests of clients behind trusted proxies.
    pub(crate) proxied_requests: ProxiedRequests,
    /// The source of randomness.
    pub(crate) random: Arc<dyn Random>,
    /// The audit trail.
    pub(crate) audit: AuditLog,
}
