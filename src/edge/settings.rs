//! What an operator says about the way in: whom to believe, and what lies behind which path.

use std::{net::IpAddr, sync::Arc};

use ipnet::IpNet;

use crate::{access::Rule, identity::HeaderSet, oidc::Parameters, proxy::UpstreamSettings, web::Origin};

/// The peers whose forwarded headers are believed. Nobody by default.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Vec<IpNet>);

impl TrustedProxies {
    /// Whether `peer` is one of them. An IPv4 address mapped into IPv6 is the IPv4 address (RFC 4291 §2.5.5.2).
    #[must_use]
    pub fn include(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|net| net.contains(&peer))
    }
}

/// One `[[route]]`.
#[derive(Clone, Debug)]
pub struct RouteSettings {
    /// The host it is for, in lower case; every host when absent.
    pub host: Option<String>,
    /// The path it is for, with everything below: canonical, no slash at its end but for `/` itself.
    pub path: String,
    /// Who may pass.
    pub rule: Rule,
    /// Parameters of the authorization request of sign-ins that begin here, over those of the provider.
    pub authorize: Parameters,
    /// What the application is told about who passes.
    pub headers: HeaderSet,
    /// The application.
    pub upstream: UpstreamSettings,
    /// Origins besides our own whose pages may open a WebSocket here.
    pub upgrade_origins: Arc<[Origin]>,
    /// Origins besides our own whose scripts may call here.
    pub cors_origins: Arc<[Origin]>,
    /// Whether the application may install a service worker, which would see every page of the origin.
    pub service_worker: bool,
    /// Whether the `#fragment` of a page survives the sign-in, by way of a small page with a script.
    pub keep_fragment: bool,
    /// Whether a form that is sent after the session has ended is kept until its person has signed in again.
    pub keep_posts: bool,
}
