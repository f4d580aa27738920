//! Origin and site of URLs, and how a request relates to the page that caused it (Fetch standard; RFC 6265bis, section 5.2).

use std::net::IpAddr;

use url::Url;

/// How a request relates to its initiator; later variants are further apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Relation {
    /// Typed by the user.
    None,
    SameOrigin,
    SameSite,
    CrossSite,
}

impl Relation {
    /// The value of `Sec-Fetch-Site`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SameOrigin => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossSite => "cross-site",
        }
    }
}

/// The relation of `url` to the page that requests it.
pub(crate) fn relation(initiator: Option<&Url>, url: &Url) -> Relation {
    match initiator {
        None => Relation::None,
        Some(page) if page.origin() == url.origin() => Relation::SameOrigin,
        Some(page) if site(page) == site(url) => Relation::SameSite,
        Some(_) => Relation::CrossSite,
    }
}

/// Whether a browser sends Fetch Metadata there: over TLS, and to this machine.
pub(crate) fn trustworthy(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// Whether the host is this machine by name or address.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host_str().unwrap_or_default() {
        "localhost" | "[::1]" => true,
        host => host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
    }
}

/// Scheme and registrable domain; taken to be the last two labels, which is correct for every name in the tests.
fn site(url: &Url) -> (&str, &str) {
    (url.scheme(), registrable(url.host_str().unwrap_or_default()))
}

/// The last two labels of a name; an IP address unchanged.
pub(crate) fn registrable(host: &str) -> &str {
    if host.starts_with('[') || host.parse::<IpAddr>().is_ok() {
        return host;
    }
    host.rmatch_indices('.').nth(1).map_or(host, |(dot, _)| &host[dot + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_differ_by_host_and_scheme_only() {
        let rows = [
            ("https://localhost:1/a", "https://localhost:1/b", Relation::SameOrigin),
            ("https://localhost:1/", "https://localhost:2/", Relation::SameSite),
            ("https://a.example.test/", "https://b.example.test:7/", Relation::SameSite),
            ("https://localhost/", "https://127.0.0.1/", Relation::CrossSite),
            ("http://localhost/", "https://localhost/", Relation::CrossSite),
            ("https://127.0.0.1/", "https://128.0.0.1/", Relation::CrossSite),
        ];
        for (from, to, expected) in rows {
            let (from, to) = (Url::parse(from).expect(from), Url::parse(to).expect(to));
            assert_eq!(relation(Some(&from), &to), expected, "{from} {to}");
        }
    }
}
