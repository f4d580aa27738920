//! The operator's settings of trusted proxies and routes.

use std::{net::IpAddr, sync::Arc};

use http::HeaderName;
use ipnet::IpNet;

use crate::{access::Rule, identity::HeaderSet, oidc::Parameters, proxy::UpstreamSettings, web::Origin};

/// The peers whose forwarded headers are used. None by default.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustedProxies(pub(crate) Vec<IpNet>);

impl TrustedProxies {
    /// Whether `peer` is a trusted proxy. An IPv4-mapped IPv6 address is compared as the IPv4 address (RFC 4291 §2.5.5.2).
    #[must_use]
    pub(crate) fn include(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|net| net.contains(&peer))
    }
}

/// One `[[route]]`.
#[derive(Clone, Debug)]
pub(crate) struct RouteSettings {
    /// The host, in lower case; every host when `None`.
    pub(crate) host: Option<String>,
    /// The path prefix, of whole segments: canonical, and without a slash at its end except for `/` itself.
    pub(crate) path: String,
    /// The rule.
    pub(crate) rule: Rule,
    /// Parameters of the authorization request; they take precedence over those of the provider.
    pub(crate) authorize: Parameters,
    /// The identity headers of the application.
    pub(crate) headers: HeaderSet,
    /// Further header names that are removed from every request, of this route and of all others.
    pub(crate) strip_headers: Vec<HeaderName>,
    /// The upstreams; `None` when requests are decided here and forwarded by another proxy.
    pub(crate) upstream: Option<UpstreamSettings>,
    /// Further origins whose pages may open a WebSocket.
    pub(crate) upgrade_origins: Arc<[Origin]>,
    /// Further origins whose scripts may send requests.
    pub(crate) cors_origins: Arc<[Origin]>,
    /// Whether the application may install a service worker, which sees every page of the origin.
    pub(crate) service_worker: bool,
    /// Whether the `#fragment` of a page's URL is preserved during a sign-in, by a page with a script.
    pub(crate) keep_fragment: bool,
    /// Whether a form that is sent without a session is preserved until the person has signed in.
    pub(crate) keep_posts: bool,
}
