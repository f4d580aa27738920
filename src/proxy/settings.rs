//! Where the application is, and what one site tells it and allows.

use std::{fmt, sync::Arc, time::Duration};

use rustls::ClientConfig;
use url::{Host, Url};

use super::strip::StripList;
use crate::{identity::HeaderSet, web::Origin};

/// How an application is reached.
#[derive(Clone, Debug)]
pub struct UpstreamSettings {
    /// Where it is. Several are used in turn; one that cannot be reached is passed over for a while.
    pub upstreams: Vec<Upstream>,
    /// How long the head of an answer may take, counted from the last byte of the request that moved.
    pub response_timeout: Duration,
    /// How long a connection, its TLS handshake included, may take.
    pub connect_timeout: Duration,
    /// Whom to trust for `https` upstreams; none can be reached without.
    pub tls: Option<Arc<ClientConfig>>,
}

impl UpstreamSettings {
    /// The application at `upstreams`: 60 s for an answer, 5 s for a connection.
    #[must_use]
    pub fn new(upstreams: Vec<Upstream>) -> Self {
        Self {
            upstreams,
            response_timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(5),
            tls: None,
        }
    }
}

/// What one site tells its application, and what it lets through.
#[derive(Clone, Debug)]
pub struct RouteHeaders {
    /// The names that no browser may set, of every site.
    pub strip: Arc<StripList>,
    /// Which identity headers the application gets.
    pub identity: HeaderSet,
    /// Whether anyone may pass, signed in or not: answers then depend on the cookie.
    pub open: bool,
    /// Origins besides the site's own whose pages may open a WebSocket.
    pub upgrade_origins: Arc<[Origin]>,
}

/// The address of an application: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    https: bool,
    host: Box<str>,
    port: u16,
    authority: Box<str>,
}

/// Why a text is no address of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// It is no `http` or `https` URL with a host.
    #[error("is not an http:// or https:// URL with a host")]
    NotAUrl,
    /// It has more than scheme, host and port. A path would make the application see other paths than the rules did.
    #[error("has more than scheme, host and port")]
    MoreThanAddress,
}

impl Upstream {
    /// Reads an address as an operator writes it: `http://127.0.0.1:8080`.
    pub fn parse(text: &str) -> Result<Self, UpstreamError> {
        let url = Url::parse(text).map_err(|_| UpstreamError::NotAUrl)?;
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(UpstreamError::NotAUrl),
        };
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(UpstreamError::NotAUrl);
        };
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
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

    /// Whether it is spoken to over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Name or address, the latter without brackets: what is looked up, and what a certificate must be for.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `host:port`, an IPv6 address in brackets.
    #[must_use]
    pub fn authority(&self) -> &str {
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
