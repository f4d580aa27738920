//! One route: its rule, the parameters of a sign-in for it, and its upstream.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use tokio_util::sync::CancellationToken;

use super::{cors, settings::RouteSettings};
use crate::{
    access::{Decision, Rule},
    base::Timestamp,
    flow::{Rejection, RelyingParty},
    oidc::Parameters,
    proxy::{Forwarder, RouteHeaders, StripList},
    stream::Streams,
    web::{Origin, RequestContext},
};

/// A route as a worker uses it. Without an upstream its requests are decided and not forwarded.
pub(super) struct Route {
    pub(super) rule: Rule,
    /// The parameters of a sign-in for this route, with at least what the rule requires.
    pub(super) authorize: Parameters,
    pub(super) allows_service_worker: bool,
    pub(super) cors_origins: Arc<[Origin]>,
    pub(super) keep_fragment: bool,
    pub(super) keep_posts: bool,
    pub(super) upstream: Option<Arc<Forwarder>>,
}

impl Route {
    /// The route of `settings`. Header names in `strip` are removed from every request. Cancelling `shutdown` closes the
    /// tunnels of the route.
    pub(super) fn new(
        settings: &RouteSettings,
        strip: Arc<StripList>,
        streams: Arc<Streams>,
        shutdown: CancellationToken,
    ) -> Self {
        let headers = RouteHeaders {
            strip,
            identity: settings.headers.clone(),
            allows_anyone: settings.rule.allows_anyone(),
            upgrade_origins: Arc::clone(&settings.upgrade_origins),
        };
        let authorize = match settings.rule.authn_requirement() {
            Some(requirement) => settings.authorize.requiring(requirement),
            None => settings.authorize.clone(),
        };
        let upstream = settings.upstream.as_ref();
        Self {
            rule: settings.rule.clone(),
            authorize,
            allows_service_worker: settings.service_worker,
            cors_origins: Arc::clone(&settings.cors_origins),
            keep_fragment: settings.keep_fragment,
            keep_posts: settings.keep_posts,
            upstream: upstream.map(|upstream| Arc::new(Forwarder::new(upstream, headers, streams, shutdown))),
        }
    }

    /// Decides about a request: the session that it presents, against the rule of this route. The caller renders the
    /// decision, for example by forwarding the request.
    pub(super) async fn decide(&self, party: &RelyingParty, context: &RequestContext) -> Result<Decision, Rejection> {
        party.decide(context, &self.rule).await
    }

    /// The origin whose script sent the request, if it is listed. That script may read the gateway's responses.
    pub(super) fn cors_origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        cors::listed_origin(&self.cors_origins, headers)
    }

    /// Closes idle upstream connections.
    pub(super) fn reap(&self, now: Timestamp) {
        if let Some(upstream) = &self.upstream {
            upstream.reap(now);
        }
    }
}
