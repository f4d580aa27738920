//! Addresses of a provider: which ones the gateway may call or send a browser to.
//!
//! OpenID Connect Discovery §3 and §7.1 (https), RFC 6749 §3.1 (no fragment). What only this machine can reach is refused
//! unless the issuer itself is such an address, so that no document can turn the gateway on its neighbours.

use url::{Host, Url};

/// Why an address was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no absolute URL of printable ASCII with a host.
    #[error("it is not an absolute URL")]
    NotAUrl,
    /// Its scheme is not https.
    #[error("it must begin with https://")]
    NotHttps,
    /// It has a user name or a password.
    #[error("it must not hold a user name or password")]
    Userinfo,
    /// It has a fragment.
    #[error("it must not have a fragment")]
    Fragment,
    /// It has a query where none may be.
    #[error("it must not have a query")]
    Query,
    /// Its host is this machine, or is link-local.
    #[error("it points at this machine or its link")]
    Local,
}

/// Reads `text` as the address of an endpoint. `issuer` decides what is tolerable: beside an issuer on loopback, loopback
/// addresses are; beside an http one, http is too.
pub(super) fn endpoint(text: &str, issuer: &Url) -> Result<Url, AddressError> {
    let url = absolute(text)?;
    let local_issuer = is_loopback(issuer);
    if url.scheme() != "https" && !(issuer.scheme() == "http" && local_issuer && is_loopback(&url)) {
        return Err(AddressError::NotHttps);
    }
    if is_local(&url) && !local_issuer {
        return Err(AddressError::Local);
    }
    Ok(url)
}

/// Reads `text` as the address of an issuer: https, or http on loopback.
pub(super) fn issuer(text: &str) -> Result<Url, AddressError> {
    let url = absolute(text)?;
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err(AddressError::NotHttps);
    }
    if url.query().is_some() { Err(AddressError::Query) } else { Ok(url) }
}

/// Whether the host is this machine, literally: 127.0.0.0/8, `::1` or `localhost`.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The URL parser forgives much (blanks, backslashes, missing slashes); what it would have to forgive is refused first.
fn absolute(text: &str) -> Result<Url, AddressError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let (scheme, _) = text.split_once("://").ok_or(AddressError::NotAUrl)?;
    if !plain {
        return Err(AddressError::NotAUrl);
    }
    if !matches!(scheme, "https" | "http") {
        return Err(AddressError::NotHttps);
    }
    let url = Url::parse(text).map_err(|_| AddressError::NotAUrl)?;
    if authority(text).contains('@') {
        return Err(AddressError::Userinfo);
    }
    if url.fragment().is_some() { Err(AddressError::Fragment) } else { Ok(url) }
}

fn authority(text: &str) -> &str {
    let after = text.split_once("://").map_or("", |(_, after)| after);
    after.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Loopback, link-local (cloud metadata lives there) and the unspecified address, also when written as IPv4 in IPv6.
fn is_local(url: &Url) -> bool {
    let is_local_v4 =
        |address: std::net::Ipv4Addr| address.is_loopback() || address.is_link_local() || address.is_unspecified();
    match url.host() {
        Some(Host::Ipv4(address)) => is_local_v4(address),
        Some(Host::Ipv6(address)) => {
            address.is_loopback()
                || address.is_unicast_link_local()
                || address.is_unspecified()
                || address.to_ipv4_mapped().is_some_and(is_local_v4)
        }
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => true,
    }
}
