//! Public origins of the gateway: scheme, host and port (RFC 6454 §4).

use std::{fmt, net::IpAddr};

use url::{Host, Url};

use super::cookies::{CookieName, CookieNames, DEFAULT_PREFIX};

/// A public origin of the gateway, with the names of its cookies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    text: Box<str>,
    authority_at: usize,
    https: bool,
    host: Box<str>,
    port: u16,
    cookies: CookieNames,
}

/// Why a text is not an origin that the gateway can serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OriginError {
    /// Not an absolute `http` or `https` URL with a host.
    #[error("is not an https:// URL with a host")]
    NotAUrl,
    /// A URL with user information, path, query or fragment.
    #[error("has more than scheme, host and port")]
    MoreThanOrigin,
    /// Plain `http` with a host that is not a loopback address.
    #[error(
        "uses plain http, which is accepted only for a loopback address: cookies and tokens would be sent unprotected"
    )]
    PlainHttp,
}

impl Origin {
    /// Parses an origin of the configuration file, such as `https://intranet.example.com` or `https://a.example:8443`.
    pub(crate) fn parse(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_| OriginError::NotAUrl)?;
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(OriginError::NotAUrl),
        };
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(OriginError::NotAUrl);
        };
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !is_bare || !url.username().is_empty() || url.password().is_some() {
            return Err(OriginError::MoreThanOrigin);
        }
        if !https && !is_loopback_host(&url) {
            return Err(OriginError::PlainHttp);
        }
        let host = host.trim_end_matches('.');
        let scheme = if https { "https://" } else { "http://" };
        let port_text = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self {
            text: format!("{scheme}{host}{port_text}").into(),
            authority_at: scheme.len(),
            https,
            host: host.into(),
            port,
            cookies: CookieNames::new(https, DEFAULT_PREFIX),
        })
    }

    /// This origin with the cookie names of a gateway whose endpoints are below `prefix`.
    #[must_use]
    pub(crate) fn with_prefix(self, prefix: &str) -> Self {
        Self { cookies: CookieNames::new(self.https, prefix), ..self }
    }

    /// The name of a cookie of the gateway on this origin, or its first part: see [`CookieName`].
    #[must_use]
    pub(crate) fn cookie(&self, name: CookieName) -> &str {
        self.cookies.text(name)
    }

    /// `https://host` or `https://host:port`, as in the `Origin` field of browsers.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// `host` or `host:port`, as in the `Host` field of browsers.
    #[must_use]
    pub(crate) fn authority(&self) -> &str {
        &self.text[self.authority_at..]
    }

    /// Whether the scheme is `https`.
    #[must_use]
    pub(crate) fn is_https(&self) -> bool {
        self.https
    }

    /// The host in lower case, without port.
    #[must_use]
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Whether a request with `authority` (of the `Host` field or the request target) is for this origin. Letter case, one
    /// trailing dot of the host and an explicit default port make no difference.
    #[must_use]
    pub(crate) fn serves(&self, authority: &str) -> bool {
        if authority.eq_ignore_ascii_case(self.authority()) {
            return true;
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let port = match port {
            None => Some(if self.https { 443 } else { 80 }),
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
            Some(_) => None,
        };
        port == Some(self.port) && host.strip_suffix('.').unwrap_or(host).eq_ignore_ascii_case(&self.host)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether the host of `url` is a loopback host: in 127.0.0.0/8, `::1`, or `localhost` (RFC 6761 §6.3).
#[must_use]
fn is_loopback_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, OriginError};

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (text, as_str, authority) in [
            ("https://Intranet.Example.com", "https://intranet.example.com", "intranet.example.com"),
            ("https://a.example:443/", "https://a.example", "a.example"),
            ("https://a.example.:8443", "https://a.example:8443", "a.example:8443"),
            ("http://127.0.0.1:4180", "http://127.0.0.1:4180", "127.0.0.1:4180"),
            ("http://[::1]:80", "http://[::1]", "[::1]"),
        ] {
            let origin = Origin::parse(text).expect(text);
            assert_eq!((origin.as_str(), origin.authority()), (as_str, authority), "{text}");
        }
        for (text, error) in [
            ("intranet.example.com", OriginError::NotAUrl),
            ("ftp://a.example", OriginError::NotAUrl),
            ("https://a.example/app", OriginError::MoreThanOrigin),
            ("https://a.example?x", OriginError::MoreThanOrigin),
            ("https://u:p@a.example", OriginError::MoreThanOrigin),
            ("http://a.example", OriginError::PlainHttp),
            ("http://127.0.0.1.example", OriginError::PlainHttp),
        ] {
            assert_eq!(Origin::parse(text), Err(error), "{text}");
        }
    }

    // Covers: CVE-A15, CVE-A16.
    #[test]
    fn equivalent_hosts_are_one_origin() {
        let origin = Origin::parse("https://app.example.com").expect("an origin");
        for same in
            ["app.example.com", "APP.example.COM", "app.example.com.", "app.example.com:443", "App.example.com.:443"]
        {
            assert!(origin.serves(same), "{same}");
        }
        for other in [
            "",
            "app.example.com:80",
            "app.example.com:+443",
            "evil.example.com",
            "app.example.com..",
            "app.example.com:",
        ] {
            assert!(!origin.serves(other), "{other}");
        }
        let v6 = Origin::parse("http://[::1]:4180").expect("an origin");
        assert!(v6.serves("[::1]:4180") && !v6.serves("[::1]"));
    }
}
