//! Validation of the URLs of a provider, before the gateway requests them or redirects a browser to them.
//!
//! OpenID Connect Discovery §3 and §7.1 (https), RFC 6749 §3.1 (no fragment). Link-local hosts are refused, and so are
//! loopback hosts unless the issuer itself is on loopback: a document must not make the gateway call internal services
//! (server-side request forgery).

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Why a URL of a provider was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderUrlError {
    /// Not an absolute URL of printable ASCII characters with a host.
    #[error("it is not an absolute URL")]
    NotAUrl,
    /// The scheme is not https.
    #[error("it must begin with https://")]
    NotHttps,
    /// The URL has a user name or a password.
    #[error("it must not have a user name or password")]
    Userinfo,
    /// The URL has a fragment.
    #[error("it must not have a fragment")]
    Fragment,
    /// The URL has a query, which an issuer must not have.
    #[error("it must not have a query")]
    Query,
    /// The host is this machine, or is link-local.
    #[error("its host is this machine or a link-local address")]
    Local,
}

/// Reads the URL of an endpoint: https, or http if both the host and an http `issuer` are on loopback. A loopback host
/// is accepted only if `issuer` is on loopback.
pub(super) fn endpoint(text: &str, issuer: &Url) -> Result<Url, ProviderUrlError> {
    let url = absolute(text)?;
    let local_issuer = is_loopback(issuer);
    if url.scheme() != "https" && !(issuer.scheme() == "http" && local_issuer && is_loopback(&url)) {
        return Err(ProviderUrlError::NotHttps);
    }
    if is_link_local(&url) || is_this_machine(&url) && !local_issuer {
        return Err(ProviderUrlError::Local);
    }
    Ok(url)
}

/// Reads the URL of an issuer: https, or http on loopback.
pub(super) fn issuer(text: &str) -> Result<Url, ProviderUrlError> {
    let url = absolute(text)?;
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err(ProviderUrlError::NotHttps);
    }
    if url.query().is_some() { Err(ProviderUrlError::Query) } else { Ok(url) }
}

/// Whether the host is a literal loopback host: 127.0.0.0/8, `::1` or `localhost`.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Parses an absolute URL. The URL parser corrects blanks, backslashes and missing slashes, so a text that needs such a
/// correction is refused first.
fn absolute(text: &str) -> Result<Url, ProviderUrlError> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let (scheme, _) = text.split_once("://").ok_or(ProviderUrlError::NotAUrl)?;
    if !is_plain {
        return Err(ProviderUrlError::NotAUrl);
    }
    if !matches!(scheme, "https" | "http") {
        return Err(ProviderUrlError::NotHttps);
    }
    let url = Url::parse(text).map_err(|_| ProviderUrlError::NotAUrl)?;
    if authority(text).contains('@') {
        return Err(ProviderUrlError::Userinfo);
    }
    if url.fragment().is_some() { Err(ProviderUrlError::Fragment) } else { Ok(url) }
}

fn authority(text: &str) -> &str {
    let after = text.split_once("://").map_or("", |(_, after)| after);
    after.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Link-local addresses serve cloud metadata, never a provider.
fn is_link_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_link_local(),
        Some(Host::Ipv6(address)) => {
            address == AMAZON_METADATA
                || address.is_unicast_link_local()
                || embedded(address).is_some_and(|address| address.is_link_local())
        }
        _ => false,
    }
}

/// Whether the host is a loopback or unspecified address, or a name for one.
fn is_this_machine(url: &Url) -> bool {
    let is_local = |address: Ipv4Addr| address.is_loopback() || address.is_unspecified();
    match url.host() {
        Some(Host::Ipv4(address)) => is_local(address),
        Some(Host::Ipv6(address)) => {
            address.is_loopback() || address.is_unspecified() || embedded(address).is_some_and(is_local)
        }
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => true,
    }
}

/// An IPv4 address written as IPv6: IPv4-mapped (RFC 4291 §2.5.5.2), or with the well-known prefix of a translator
/// (RFC 6052 §2.1).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let translated = match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))),
        _ => None,
    };
    address.to_ipv4_mapped().or(translated)
}

/// The instance metadata service of Amazon Web Services, which has a unique local address in IPv6.
const AMAZON_METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
