//! The cookie jar: which cookies are stored and which are sent (RFC 6265bis, sections 5.7 and 5.8).

use std::net::IpAddr;

use url::Url;

use super::{
    set_cookie::{self, Line, SameSite},
    site::{self, Relation},
};

/// A cookie in the jar.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the attributes of a cookie are yes or no")]
pub struct Cookie {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// The host that set it, or its `Domain`.
    pub domain: String,
    /// Whether it is sent to that host only.
    pub host_only: bool,
    /// The path below which it is sent.
    pub path: String,
    /// Whether it is sent over TLS only.
    pub secure: bool,
    /// Whether it is hidden from script.
    pub http_only: bool,
    /// The `SameSite` attribute; absent and unknown count as `Lax`.
    pub same_site: SameSite,
    /// Whether the attribute was present.
    pub same_site_spelled: bool,
    /// The expiry time, in seconds since 1970; `None` for a session cookie.
    pub expires: Option<i64>,
}

/// A cookie that was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedCookie {
    /// The whole `Set-Cookie` line.
    pub line: String,
    /// The reason.
    pub reason: &'static str,
}

/// The properties of a request that matter to cookies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Travel {
    pub(crate) relation: Relation,
    /// A top-level navigation: no frame, no subresource.
    pub(crate) top_level: bool,
    /// GET, HEAD, OPTIONS or TRACE.
    pub(crate) safe_method: bool,
}

/// All cookies of one browser.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar {
    pub(crate) cookies: Vec<Cookie>,
    pub(crate) refused: Vec<RejectedCookie>,
    /// Secure cookies work on http to this machine, as in Chromium and Firefox; in Safari they do not.
    pub(crate) loopback_is_secure: bool,
}

impl Jar {
    /// Stores a `Set-Cookie` line, or rejects it.
    pub(crate) fn store(&mut self, text: &str, url: &Url, travel: Travel, now: i64) {
        let line = set_cookie::parse(text);
        if let Err(reason) = self.judge(text, &line, url, travel) {
            self.refused.push(RejectedCookie { line: text.to_owned(), reason });
            return;
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let domain = line.domain.filter(|domain| !domain.is_empty() && !is_address(&host));
        let expires = match (line.max_age, line.expires) {
            (Some(seconds), _) if seconds <= 0 => Some(i64::MIN),
            (Some(seconds), _) => Some(now + seconds.min(LONGEST)),
            (None, Some(at)) => Some(at.min(now + LONGEST)),
            (None, None) => None,
        };
        let cookie = Cookie {
            name: line.name,
            value: line.value,
            host_only: domain.is_none(),
            domain: domain.unwrap_or(host),
            path: line.path.unwrap_or_else(|| default_path(url)),
            secure: line.secure,
            http_only: line.http_only,
            same_site: line.same_site.unwrap_or(SameSite::Lax),
            same_site_spelled: line.same_site.is_some(),
            expires,
        };
        let known = self.cookies.iter_mut().find(|known| {
            (&known.name, &known.domain, known.host_only, &known.path)
                == (&cookie.name, &cookie.domain, cookie.host_only, &cookie.path)
        });
        // A replaced cookie keeps its creation time, which decides the order of sending.
        match known {
            Some(known) => *known = cookie,
            None => self.cookies.push(cookie),
        }
        self.cookies.retain(|cookie| cookie.expires.is_none_or(|at| at > now));
    }

    /// The cookies for a request, in the order of the `Cookie` field.
    pub(crate) fn sent(&self, url: &Url, travel: Travel, now: i64) -> Vec<&Cookie> {
        let mut sent: Vec<&Cookie> = self.cookies.iter().filter(|cookie| self.goes(cookie, url, travel, now)).collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        sent
    }

    fn goes(&self, cookie: &Cookie, url: &Url, travel: Travel, now: i64) -> bool {
        let host = url.host_str().unwrap_or_default();
        let host_fits = if cookie.host_only { host == cookie.domain } else { domain_matches(host, &cookie.domain) };
        let site_fits = match cookie.same_site {
            SameSite::None => true,
            SameSite::Lax => travel.relation != Relation::CrossSite || travel.top_level && travel.safe_method,
            SameSite::Strict => travel.relation != Relation::CrossSite,
        };
        let alive = cookie.expires.is_none_or(|at| at > now);
        alive
            && host_fits
            && path_matches(url.path(), &cookie.path)
            && site_fits
            && (!cookie.secure || self.secure(url))
    }

    fn judge(&self, text: &str, line: &Line, url: &Url, travel: Travel) -> Result<(), &'static str> {
        let refuse = |wrong: bool, reason| if wrong { Err(reason) } else { Ok(()) };
        let host = url.host_str().unwrap_or_default();
        let secure = self.secure(url);
        let name = line.name.to_ascii_lowercase();
        let domain = line.domain.as_deref().filter(|domain| !domain.is_empty());
        refuse(
            text.contains(|character: char| character.is_ascii_control() && character != '\t'),
            "a control character",
        )?;
        refuse(line.name.is_empty() && line.value.is_empty(), "neither name nor value")?;
        refuse(line.name.len() + line.value.len() > 4096, "longer than 4096 bytes")?;
        refuse(line.secure && !secure, "Secure over plain http")?;
        if let Some(domain) = domain {
            refuse(!domain_matches(host, domain), "a domain that is not the host's")?;
            refuse(domain != host && !site::registrable(domain).contains('.'), "a domain everybody shares")?;
        }
        let prefixed = |prefix: &str| name.starts_with(prefix);
        refuse(prefixed("__secure-") && !line.secure, "__Secure- without Secure")?;
        refuse(prefixed("__host-") && !line.secure, "__Host- without Secure")?;
        refuse(prefixed("__host-") && line.domain.is_some(), "__Host- with Domain")?;
        refuse(prefixed("__host-") && line.path.as_deref() != Some("/"), "__Host- without Path=/")?;
        refuse(line.same_site == Some(SameSite::None) && !line.secure, "SameSite=None without Secure")?;
        // Section 5.7: a top-level navigation may set them with any method.
        let across = travel.relation == Relation::CrossSite && !travel.top_level;
        refuse(across && line.same_site != Some(SameSite::None), "SameSite across sites")?;
        let shadowed = self.cookies.iter().any(|known| {
            known.secure
                && known.name == line.name
                && (domain_matches(host, &known.domain) || domain_matches(&known.domain, host))
        });
        refuse(shadowed && !secure, "would replace a Secure cookie over plain http")
    }

    fn secure(&self, url: &Url) -> bool {
        matches!(url.scheme(), "https" | "wss") || self.loopback_is_secure && site::is_loopback(url)
    }
}

/// Section 5.1.3.
fn domain_matches(host: &str, domain: &str) -> bool {
    let below = || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    host == domain || !is_address(host) && below()
}

/// Section 5.1.4.
fn path_matches(path: &str, cookie_path: &str) -> bool {
    path.strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || cookie_path.ends_with('/') || rest.starts_with('/'))
}

fn default_path(url: &Url) -> String {
    match url.path().rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(slash) => url.path()[..slash].to_owned(),
    }
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<IpAddr>().is_ok()
}

/// 400 days (section 5.5).
const LONGEST: i64 = 400 * 86_400;

#[cfg(test)]
mod tests;
