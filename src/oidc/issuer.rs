//! Who a provider is: one issuer, or one for each tenant that a template names.
//!
//! OpenID Connect Discovery §4.3, OpenID Connect Core §3.1.3.7 step 2, RFC 8725 §3.8: compared byte for byte. Where many
//! tenants share one provider (Microsoft Entra ID), its metadata show a template; the token's own tenant, signed, goes into
//! it, and has to be one that was let in. No check is left out for that.

use std::fmt;

use serde_json::{Map, Value};
use url::Url;

use super::provider_url::{self, ProviderUrlError};
use crate::jose::Payload;

/// An issuer identifier, kept byte for byte: it is compared, never interpreted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// What the metadata call it: a template exactly where there are tenants.
    text: Box<str>,
    url: Url,
    discovery: Box<str>,
    tenants: Option<Tenants>,
}

/// The tenants whose people may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenants {
    /// These.
    Listed(Vec<Tenant>),
    /// Every tenant in the world; anybody can make one.
    Any,
}

/// A tenant by its GUID, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant(Box<str>);

/// Why a text is no issuer identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// It is no address of an issuer.
    #[error("an issuer is an https URL without query and fragment (http only for a loopback host): {0}")]
    Address(#[from] ProviderUrlError),
    /// A brace where none may be: the placeholder stands once, as a whole segment of the path.
    #[error("{{tenantid}} stands once, as a whole segment of the path")]
    Placeholder,
    /// It speaks for every tenant, and nobody said which ones are meant.
    #[error("it stands for every tenant there is")]
    NeedsTenants,
    /// It speaks for one issuer, so there is nothing to choose among.
    #[error("it names one issuer")]
    OneIssuer,
}

/// Why the issuer of a token was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerMismatch {
    /// It is another one, or not that of the token's own tenant.
    #[error("it is not the expected one")]
    Issuer,
    /// A claim is absent or malformed, or stands there twice in different letters.
    #[error("the claim \"{0}\" is absent or malformed")]
    Claim(&'static str),
    /// It is of a tenant that was not let in.
    #[error("the tenant {0} is not among those that may sign in")]
    Tenant(Tenant),
    /// The key that signed speaks for another issuer.
    #[error("the key that signed speaks for another issuer")]
    Key,
    /// The key that signed is of another cloud.
    #[error("the key that signed is of another cloud")]
    Cloud,
}

impl Issuer {
    /// Reads the identifier of one issuer: https, or http for a literal loopback host; no query, fragment or user name.
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        if template(text)?.is_some() {
            return Err(IssuerError::NeedsTenants);
        }
        let discovery = discovery_below(text).into();
        Ok(Self { text: text.into(), url: provider_url::issuer(text)?, discovery, tenants: None })
    }

    /// Reads the template of many: `{tenantid}` as one segment of the path, or Entra's `/common/v2.0` and
    /// `/organizations/v2.0`, which call themselves by that template.
    pub fn for_tenants(text: &str, tenants: Tenants) -> Result<Self, IssuerError> {
        let template = template(text)?.ok_or(IssuerError::OneIssuer)?;
        // Nothing is published below the placeholder itself; `common` is the door that all tenants share.
        let door = text.replace(PLACEHOLDER, "common");
        Ok(Self {
            text: template.into(),
            url: provider_url::issuer(&door)?,
            discovery: discovery_below(&door).into(),
            tenants: Some(tenants),
        })
    }

    /// The identifier, or the template, as the metadata have it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where its metadata is, unless the operator says otherwise (OpenID Connect Discovery §4.1: a slash at the end is
    /// taken off first).
    #[must_use]
    pub fn discovery_url(&self) -> &str {
        &self.discovery
    }

    /// The tenants that are let in; `None` for one issuer.
    #[must_use]
    pub fn tenants(&self) -> Option<&Tenants> {
        self.tenants.as_ref()
    }

    /// Whether its host is this machine: 127.0.0.0/8, `[::1]` or `localhost`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        provider_url::is_loopback(&self.url)
    }

    /// Whether metadata may be fetched from `address`: https, and no nearer to this machine than the issuer.
    pub fn check_discovery(&self, address: &str) -> Result<(), ProviderUrlError> {
        provider_url::endpoint(address, &self.url).map(drop)
    }

    /// Whether an answer that names `iss` (RFC 9207 §2.4) may be of this issuer, or of a tenant that is let in.
    #[must_use]
    pub fn accepts(&self, iss: &str) -> bool {
        let Some(tenants) = &self.tenants else { return iss == &*self.text };
        let Some((before, after)) = self.text.split_once(PLACEHOLDER) else { return false };
        let tenant = iss.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).and_then(Tenant::parse);
        tenant.is_some_and(|tenant| tenants.include(&tenant))
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Checks who made a token, by its claims and by what the publisher of the key says of it. `cloud` is the one that the
    /// metadata speak of.
    pub(super) fn check(&self, payload: &Payload, cloud: Option<&str>) -> Result<String, IssuerMismatch> {
        let claims = payload.claims();
        let iss = match claims.get("iss") {
            None => return Err(IssuerMismatch::Issuer),
            Some(iss) => iss.as_str().ok_or(IssuerMismatch::Claim("iss"))?,
        };
        match &self.tenants {
            None if iss == &*self.text => {}
            None => return Err(IssuerMismatch::Issuer),
            Some(tenants) => {
                let (written, tenant) = tenant_of(claims)?;
                if iss != self.text.replace(PLACEHOLDER, written) {
                    return Err(IssuerMismatch::Issuer);
                }
                if !tenants.include(&tenant) {
                    return Err(IssuerMismatch::Tenant(tenant));
                }
            }
        }
        check_key(payload, iss)?;
        match (payload.key_cloud(), cloud) {
            (Some(of_key), Some(cloud)) if of_key != cloud => Err(IssuerMismatch::Cloud),
            _ => Ok(iss.to_owned()),
        }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl IssuerMismatch {
    /// The stable reason code.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Issuer => "id-token-issuer",
            Self::Claim(_) => "id-token-malformed",
            Self::Tenant(_) => "id-token-tenant",
            Self::Key | Self::Cloud => "id-token-key-issuer",
        }
    }
}

impl Tenants {
    fn include(&self, tenant: &Tenant) -> bool {
        match self {
            Self::Listed(tenants) => tenants.contains(tenant),
            Self::Any => true,
        }
    }
}

impl Tenant {
    /// Reads a GUID: 8-4-4-4-12 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_guid = text.len() == GUID.len()
            && text.bytes().zip(GUID).all(|(byte, shape)| match shape {
                b'-' => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        is_guid.then(|| Self(text.to_ascii_lowercase().into()))
    }

    /// The GUID.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The GUID in the claim `name`, as written and read. Names that differ only in case are one name to some readers, so the
/// claim stands there once however it is spelt.
pub(super) fn guid<'a>(
    claims: &'a Map<String, Value>,
    name: &'static str,
) -> Result<(&'a str, Tenant), IssuerMismatch> {
    let alike = claims.keys().filter(|its| its.eq_ignore_ascii_case(name)).count();
    let written = claims.get(name).and_then(Value::as_str).filter(|_| alike == 1);
    let read = written.and_then(|written| Some((written, Tenant::parse(written)?)));
    read.ok_or(IssuerMismatch::Claim(name))
}

fn tenant_of(claims: &Map<String, Value>) -> Result<(&str, Tenant), IssuerMismatch> {
    guid(claims, "tid")
}

/// A key whose publisher names an issuer signs for that one alone: the keys of personal accounts, say, for no company's
/// tenant. Tokens of Entra's version 1 need no exception: no key of their set names an issuer.
fn check_key(payload: &Payload, iss: &str) -> Result<(), IssuerMismatch> {
    let speaks_for_it = match payload.key_issuer() {
        Some(of) if of.contains(PLACEHOLDER) => of.replace(PLACEHOLDER, tenant_of(payload.claims())?.0) == iss,
        Some(of) => of == iss,
        None => true,
    };
    if speaks_for_it { Ok(()) } else { Err(IssuerMismatch::Key) }
}

/// The template that `text` is or stands for; `None` when it names one issuer.
fn template(text: &str) -> Result<Option<String>, IssuerError> {
    let braces = text.matches(['{', '}']).count();
    let placeholders = text.split('/').skip(3).filter(|segment| *segment == PLACEHOLDER).count();
    match (braces, placeholders) {
        (0, _) => Ok(SHARED_TENANTS.iter().find_map(|door| {
            let before = text.strip_suffix(&format!("/{door}/v2.0"))?;
            // Right behind the host: a realm of this name deep inside another provider is one issuer.
            (before.matches('/').count() == 2).then(|| format!("{before}/{PLACEHOLDER}/v2.0"))
        })),
        (2, 1) => Ok(Some(text.to_owned())),
        _ => Err(IssuerError::Placeholder),
    }
}

fn discovery_below(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer))
}

/// As Entra's metadata write it, braces and all.
const PLACEHOLDER: &str = "{tenantid}";

/// Where people of many tenants sign in, each of which is no issuer of its own.
const SHARED_TENANTS: [&str; 2] = ["common", "organizations"];

const GUID: &[u8; 36] = b"00000000-0000-0000-0000-000000000000";

#[cfg(test)]
mod tests;
