//! The settings of forwarding: the upstreams of a route, and the headers that a route sends and accepts.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use rustls::ClientConfig;
use url::{Host, Url};

use super::{
    capacity::{Capacity, CapacityLimits},
    strip::StripList,
};
use crate::{identity::HeaderSet, web::Origin};

/// The upstreams of a route and how they are connected to.
#[derive(Clone, Debug)]
pub(crate) struct UpstreamSettings {
    /// The upstream addresses, used round robin. An upstream that cannot be reached is tried last for 5 s.
    pub(crate) upstreams: Vec<Upstream>,
    /// How long the head of a response may take, from the last progress of the request body.
    pub(crate) response_timeout: Duration,
    /// How long the application may send no byte of a response body.
    pub(crate) idle_limit: Duration,
    /// The maximum length of a request body, in bytes.
    pub(crate) max_body: u64,
    /// Up to which length request bodies are read completely before the application is asked; `None` sends them as they
    /// arrive.
    pub(crate) collect_up_to: Option<u64>,
    /// How many connections to each upstream may be open.
    pub(crate) capacity: CapacityLimits,
    /// The capacities of the upstreams, which all workers share.
    pub(super) capacities: HashMap<Upstream, Arc<Capacity>>,
    /// How long and how many connections to each upstream stay open without a request, in each worker.
    pub(crate) keep_alive: KeepAlive,
    /// How long TCP connect and TLS handshake together may take.
    pub(crate) connect_timeout: Duration,
    /// Whose requests a connection carries.
    pub(crate) connection_use: ConnectionUse,
    /// Whether a connection may carry another request after a POST, PUT or PATCH with a body.
    pub(crate) reuse_after_body: bool,
    /// The TLS configuration for `https` upstreams. Without it, connections to them fail.
    pub(crate) tls: Option<Arc<ClientConfig>>,
}

impl UpstreamSettings {
    /// Settings for `upstreams` with the default timeouts: 60 s for a response, 5 s to connect.
    #[must_use]
    pub(crate) fn new(upstreams: Vec<Upstream>) -> Self {
        Self {
            upstreams,
            response_timeout: Duration::from_secs(60),
            idle_limit: Duration::from_secs(60 * 60),
            max_body: u64::MAX,
            collect_up_to: None,
            keep_alive: KeepAlive::default(),
            capacity: CapacityLimits::default(),
            capacities: HashMap::new(),
            connect_timeout: Duration::from_secs(5),
            connection_use: ConnectionUse::Shared,
            reuse_after_body: false,
            tls: None,
        }
    }

    /// The capacity of `upstream`: the shared one, or one of its own if none was assigned.
    pub(super) fn capacity_of(&self, upstream: &Upstream) -> Arc<Capacity> {
        self.capacities.get(upstream).map_or_else(|| Arc::new(Capacity::new(self.capacity)), Arc::clone)
    }
}

/// How long and how many connections stay open without a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeepAlive {
    /// How long a connection may be idle.
    pub(crate) timeout: Duration,
    /// How many connections may be idle.
    pub(crate) connections: usize,
}

impl Default for KeepAlive {
    /// Common servers (Node.js, Apache) close an idle connection after 5 s. One second is left for the interval at which idle
    /// connections are closed here.
    fn default() -> Self {
        Self { timeout: Duration::from_secs(4), connections: 64 }
    }
}

/// The capacities of all upstreams, which the routes share that name an upstream with equal limits.
#[derive(Debug, Default)]
pub(crate) struct Capacities(HashMap<(Upstream, CapacityLimits), Arc<Capacity>>);

impl Capacities {
    /// Gives the upstreams of a route their capacities.
    pub(crate) fn assign(&mut self, settings: &mut UpstreamSettings) {
        for upstream in &settings.upstreams {
            let key = (upstream.clone(), settings.capacity);
            let capacity = self.0.entry(key).or_insert_with(|| Arc::new(Capacity::new(settings.capacity)));
            settings.capacities.insert(upstream.clone(), Arc::clone(capacity));
        }
    }
}

/// Whose requests a connection to an upstream carries. A later variant is stricter, and takes precedence: per client also
/// keeps what the client signed in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ConnectionUse {
    /// Those of all clients.
    Shared,
    /// One request.
    PerRequest,
    /// Those of one client connection with one session, in turn.
    PerClient,
}

/// What a route adds to requests and responses, and what it removes from them.
#[derive(Clone, Debug)]
pub(crate) struct RouteHeaders {
    /// The names that are removed from every request; one list for all routes.
    pub(crate) strip: Arc<StripList>,
    /// The identity headers that the application gets.
    pub(crate) identity: HeaderSet,
    /// Whether the route's rule allows anyone, signed in or not. Responses then depend on the session cookie.
    pub(crate) allows_anyone: bool,
    /// Origins besides the public origin whose pages may open a WebSocket.
    pub(crate) upgrade_origins: Arc<[Origin]>,
}

/// The address of an upstream: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Upstream {
    https: bool,
    host: Box<str>,
    port: u16,
    authority: Box<str>,
}

/// Why a text is not the address of an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UpstreamError {
    /// Not an `http` or `https` URL with a host.
    #[error("is not an http:// or https:// URL with a host")]
    NotAUrl,
    /// The URL has more than scheme, host and port. With a path, the application would see paths that differ from those of
    /// the rules.
    #[error("has more than scheme, host and port")]
    MoreThanAddress,
}

impl Upstream {
    /// Parses an address such as `http://127.0.0.1:8080`. The port defaults to the scheme's port.
    pub(crate) fn parse(text: &str) -> Result<Self, UpstreamError> {
        let url = Url::parse(text).map_err(|_| UpstreamError::NotAUrl)?;
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(UpstreamError::NotAUrl),
        };
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(UpstreamError::NotAUrl);
        };
        let address_only = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !address_only || !url.username().is_empty() || url.password().is_some() {
            return Err(UpstreamError::MoreThanAddress);
        }
        let authority = format!("{host}:{port}").into();
        let host = match host {
            Host::Domain(name) => name.into(),
            Host::Ipv4(address) => address.to_string().into(),
            Host::Ipv6(address) => address.to_string().into(),
        };
        Ok(Self { https, host, port, authority })
    }

    /// Whether the upstream is connected to over TLS.
    #[must_use]
    pub(crate) fn is_https(&self) -> bool {
        self.https
    }

    /// The host name or IP address, an IPv6 address without brackets. The server certificate must be valid for this host.
    #[must_use]
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    #[must_use]
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// `host:port`, an IPv6 address in brackets.
    #[must_use]
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.https { "https" } else { "http" }, self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::{Upstream, UpstreamError};

    #[test]
    fn an_upstream_is_scheme_host_and_port() {
        for (text, shown, host, port) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1", 8080),
            ("http://App.internal/", "http://app.internal:80", "app.internal", 80),
            ("https://app.internal", "https://app.internal:443", "app.internal", 443),
            ("https://[::1]:8443", "https://[::1]:8443", "::1", 8443),
        ] {
            let upstream = Upstream::parse(text).expect(text);
            assert_eq!(
                (upstream.to_string().as_str(), upstream.host(), upstream.port()),
                (shown, host, port),
                "{text}"
            );
            assert_eq!(upstream.is_https(), text.starts_with("https"));
        }
        for (text, error) in [
            ("127.0.0.1:8080", UpstreamError::NotAUrl),
            ("ftp://a", UpstreamError::NotAUrl),
            ("http://", UpstreamError::NotAUrl),
            ("http://a/app", UpstreamError::MoreThanAddress),
            ("http://a/?x", UpstreamError::MoreThanAddress),
            ("http://u:p@a", UpstreamError::MoreThanAddress),
        ] {
            assert_eq!(Upstream::parse(text), Err(error), "{text}");
        }
    }
}
