//! The state that all workers share.

use std::sync::Arc;

use super::settings::{RouteSettings, TrustedProxies};
use crate::{
    base::{Clock, Random},
    flow::RelyingParty,
    telemetry::audit::AuditLog,
    web::{Origin, Templates},
};

/// The state of the gateway that all workers share. It never changes.
pub struct Shared {
    /// The relying party.
    pub party: Arc<RelyingParty>,
    /// The public origins.
    pub origins: Vec<Arc<Origin>>,
    /// The peers whose forwarded headers count.
    pub trust: TrustedProxies,
    /// The routes.
    pub routes: Vec<RouteSettings>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The templates of the gateway's pages.
    pub templates: Templates,
    /// The source of randomness.
    pub random: Arc<dyn Random>,
    /// The audit trail.
    pub audit: AuditLog,
}
