//! Issuer identifiers: of a provider with one issuer, or of a provider with one issuer per tenant.
//!
//! OpenID Connect Discovery §4.3, OpenID Connect Core §3.1.3.7 step 2, RFC 8725 §3.8: identifiers are compared byte
//! for byte. Where many tenants share a provider (Microsoft Entra ID), the metadata has a template. The signed `tid`
//! claim of a token completes the template, and the tenant must be a configured one; all other checks apply unchanged.

use std::fmt;

use serde_json::{Map, Value};
use url::Url;

use super::provider_url::{self, ProviderUrlError};
use crate::{jose::Payload, reason::ReasonCode};

/// An issuer identifier. It is compared byte for byte, never normalized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The `issuer` of the metadata: a template if and only if `tenants` is set.
    text: Box<str>,
    url: Url,
    discovery_url: Box<str>,
    tenants: Option<Tenants>,
}

/// The tenants from which people may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tenants {
    /// The listed tenants.
    Listed(Vec<Tenant>),
    /// Every tenant. Anyone can create a tenant.
    Any,
}

/// A tenant's GUID, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant(Box<str>);

/// Why a text is not an issuer identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IssuerError {
    /// The text is not a valid issuer URL.
    #[error("an issuer is an https URL without query and fragment (http only for a loopback host): {0}")]
    Address(#[from] ProviderUrlError),
    /// The placeholder must occur once, as a whole segment of the path.
    #[error("{{tenantid}} must occur once, as a whole segment of the path")]
    Placeholder,
    /// The identifier is a template, and no tenants are configured.
    #[error("it is a template for every tenant")]
    NeedsTenants,
    /// The identifier is not a template, although tenants are configured.
    #[error("it identifies a single issuer")]
    OneIssuer,
}

/// Why the issuer of a token was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerMismatch {
    /// The issuer is not the expected one, or not that of the token's tenant.
    #[error("it is not the expected issuer")]
    Issuer,
    /// A claim is absent, malformed, or occurs twice in different letter case.
    #[error("the claim \"{0}\" is absent or malformed")]
    Claim(&'static str),
    /// The tenant is not a configured one.
    #[error("the tenant {0} is not a configured tenant")]
    Tenant(Tenant),
    /// The signing key is restricted to another issuer.
    #[error("the signing key is restricted to another issuer")]
    Key,
    /// The signing key is restricted to another cloud.
    #[error("the signing key is restricted to another cloud")]
    Cloud,
}

impl Issuer {
    /// Reads the identifier of one issuer: an https URL, or http for a literal loopback host; without query, fragment
    /// and user name.
    pub(crate) fn parse(text: &str) -> Result<Self, IssuerError> {
        if template(text)?.is_some() {
            return Err(IssuerError::NeedsTenants);
        }
        let discovery_url = default_discovery_url(text).into();
        Ok(Self { text: text.into(), url: provider_url::issuer(text)?, discovery_url, tenants: None })
    }

    /// Reads a template: a URL with `{tenantid}` as one segment of the path, or Entra ID's `/common/v2.0` and
    /// `/organizations/v2.0`, whose metadata has that template.
    pub(crate) fn for_tenants(text: &str, tenants: Tenants) -> Result<Self, IssuerError> {
        let template = template(text)?.ok_or(IssuerError::OneIssuer)?;
        // No metadata is published at the URL with the placeholder; all tenants share `common`.
        let shared = text.replace(PLACEHOLDER, "common");
        Ok(Self {
            text: template.into(),
            url: provider_url::issuer(&shared)?,
            discovery_url: default_discovery_url(&shared).into(),
            tenants: Some(tenants),
        })
    }

    /// The identifier or template, as in the metadata.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The default URL of the metadata (OpenID Connect Discovery §4.1: a trailing slash is removed first).
    #[must_use]
    pub(crate) fn discovery_url(&self) -> &str {
        &self.discovery_url
    }

    /// The accepted tenants; `None` for one issuer.
    #[must_use]
    pub(crate) fn tenants(&self) -> Option<&Tenants> {
        self.tenants.as_ref()
    }

    /// Checks that metadata may be fetched from `address`: https, and loopback only if the issuer is loopback.
    pub(crate) fn check_discovery(&self, address: &str) -> Result<(), ProviderUrlError> {
        provider_url::endpoint(address, &self.url).map(drop)
    }

    /// Whether `iss`, a parameter of an authorization response (RFC 9207 §2.4), is this issuer or that of an accepted
    /// tenant.
    #[must_use]
    pub(crate) fn accepts(&self, iss: &str) -> bool {
        let Some(tenants) = &self.tenants else { return iss == &*self.text };
        let Some((before, after)) = self.text.split_once(PLACEHOLDER) else { return false };
        let tenant = iss.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).and_then(Tenant::parse);
        tenant.is_some_and(|tenant| tenants.include(&tenant))
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Checks the issuer of a token against this one, and against the issuer and cloud to which the signing key is
    /// restricted. `cloud` is the provider's cloud, from the metadata. Returns the token's issuer.
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
            (Some(key_cloud), Some(cloud)) if key_cloud != cloud => Err(IssuerMismatch::Cloud),
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
    pub(crate) const fn reason(&self) -> ReasonCode {
        match self {
            Self::Issuer => ReasonCode::IdTokenIssuer,
            Self::Claim(_) => ReasonCode::IdTokenMalformed,
            Self::Tenant(_) => ReasonCode::IdTokenTenant,
            Self::Key | Self::Cloud => ReasonCode::IdTokenKeyIssuer,
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
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_guid = text.len() == GUID.len()
            && text.bytes().zip(GUID).all(|(byte, shape)| match shape {
                b'-' => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        is_guid.then(|| Self(text.to_ascii_lowercase().into()))
    }

    /// The GUID.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The GUID in the claim `name`, as written and parsed. Some readers compare names without regard to case, so a claim
/// that occurs in two spellings is refused.
pub(super) fn guid<'a>(
    claims: &'a Map<String, Value>,
    name: &'static str,
) -> Result<(&'a str, Tenant), IssuerMismatch> {
    let spellings = claims.keys().filter(|key| key.eq_ignore_ascii_case(name)).count();
    let written = claims.get(name).and_then(Value::as_str).filter(|_| spellings == 1);
    let parsed = written.and_then(|written| Some((written, Tenant::parse(written)?)));
    parsed.ok_or(IssuerMismatch::Claim(name))
}

fn tenant_of(claims: &Map<String, Value>) -> Result<(&str, Tenant), IssuerMismatch> {
    guid(claims, "tid")
}

/// Checks a key that is restricted to an issuer (`issuer` in the key set). For example, the keys for personal accounts
/// must not sign for the tenant of an organization. The key set of Entra ID's version 1 endpoints has no such
/// restriction.
fn check_key(payload: &Payload, iss: &str) -> Result<(), IssuerMismatch> {
    let is_allowed = match payload.key_issuer() {
        Some(issuer) if issuer.contains(PLACEHOLDER) => {
            issuer.replace(PLACEHOLDER, tenant_of(payload.claims())?.0) == iss
        }
        Some(issuer) => issuer == iss,
        None => true,
    };
    if is_allowed { Ok(()) } else { Err(IssuerMismatch::Key) }
}

/// The template that `text` is or abbreviates; `None` if `text` is the identifier of one issuer.
fn template(text: &str) -> Result<Option<String>, IssuerError> {
    let braces = text.matches(['{', '}']).count();
    let placeholders = text.split('/').skip(3).filter(|segment| *segment == PLACEHOLDER).count();
    match (braces, placeholders) {
        (0, _) => Ok(SHARED_TENANTS.iter().find_map(|tenant| {
            let before = text.strip_suffix(&format!("/{tenant}/v2.0"))?;
            // Only directly after the host: a realm of this name deeper in the path is a single issuer.
            (before.matches('/').count() == 2).then(|| format!("{before}/{PLACEHOLDER}/v2.0"))
        })),
        (2, 1) => Ok(Some(text.to_owned())),
        _ => Err(IssuerError::Placeholder),
    }
}

fn default_discovery_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer))
}

/// The placeholder as written in Entra ID's metadata.
const PLACEHOLDER: &str = "{tenantid}";

/// Entra ID's paths for the sign-in of many tenants. Neither is an issuer.
const SHARED_TENANTS: [&str; 2] = ["common", "organizations"];

const GUID: &[u8; 36] = b"00000000-0000-0000-0000-000000000000";

#[cfg(test)]
mod tests;
