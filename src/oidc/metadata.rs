//! Provider metadata: the discovery document, checked against the settings.
//!
//! OpenID Connect Discovery §3 and §4.3, RFC 8414. Unused members are ignored, regardless of their values.

use serde_json::{Map, Value};

use super::{
    client_authentication::ClientAuthentication,
    issuer::Issuer,
    profile::Profile,
    provider_settings::ProviderSettings,
    provider_url::{self, ProviderUrlError},
    userinfo::UserinfoUse,
};
use crate::{
    jose::{JsonError, strict_object},
    reason::ReasonCode,
};

/// Validated provider metadata.
#[derive(Clone, Debug)]
pub struct Metadata {
    authorization_endpoint: String,
    token_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    end_session_endpoint: Option<String>,
    iss_supported: bool,
    cloud: Option<String>,
    warnings: Vec<Warning>,
}

/// Why a metadata document was refused.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// The document is longer than 512 KiB.
    #[error("the provider's metadata is too long")]
    TooLong,
    /// The document is not a strict JSON object.
    #[error("the provider's metadata cannot be parsed")]
    Json(#[from] JsonError),
    /// The issuer is not, byte for byte, the configured one.
    #[error(
        "the provider calls itself \"{found}\"; configured is \"{configured}\"; they must be equal, a slash at the end included"
    )]
    Issuer {
        /// The `issuer` of the document; empty when missing.
        found: String,
        /// The configured issuer.
        configured: String,
    },
    /// A required member is missing or not a string.
    #[error("the provider's metadata has no \"{0}\"")]
    Missing(&'static str),
    /// The URL of an endpoint is refused.
    #[error("the provider's \"{0}\" is refused")]
    Endpoint(&'static str, #[source] ProviderUrlError),
    /// The provider does not support the configured client authentication method.
    #[error("the provider does not accept {0} at its token endpoint")]
    ClientAuthentication(&'static str),
    /// The provider does not support the signature algorithm of the client's assertions.
    #[error("the provider does not accept client assertions signed with {0} at its token endpoint")]
    AssertionAlgorithm(&'static str),
}

/// A problem of the document that does not prevent its use; for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Warning {
    /// `end_session_endpoint` is refused: a sign-out ends the gateway's session only.
    #[error("its end_session_endpoint is refused and not used")]
    EndSession(#[source] ProviderUrlError),
    /// `userinfo_endpoint` is missing although userinfo is configured: only the `id_token` is used.
    #[error("it has no userinfo_endpoint")]
    NoUserinfo,
    /// `response_types_supported` lacks the configured type.
    #[error("its response_types_supported lacks the configured response_type")]
    ResponseType,
    /// `response_modes_supported` lacks the configured mode.
    #[error("its response_modes_supported lacks the configured response_mode")]
    ResponseMode,
    /// The provider is Entra ID, and people are identified by `sub`, which differs from one application to the next.
    #[error("it belongs to Microsoft Entra ID: set profile = \"entra\" to identify people by tid and oid")]
    Entra,
}

impl MetadataError {
    /// The stable reason code.
    #[must_use]
    pub const fn reason(&self) -> ReasonCode {
        match self {
            Self::Issuer { .. } => ReasonCode::ProviderIssuer,
            _ => ReasonCode::ProviderMetadata,
        }
    }
}

impl Metadata {
    /// Reads a discovery document and checks it against `settings`.
    pub fn parse(bytes: &[u8], settings: &ProviderSettings) -> Result<Self, MetadataError> {
        if bytes.len() > MAX_BYTES {
            return Err(MetadataError::TooLong);
        }
        let document = strict_object(bytes)?;
        let issuer = &settings.issuer;
        check_issuer(&document, issuer)?;
        let needs_token_endpoint = settings.flow.has_code();
        if needs_token_endpoint {
            check_client_authentication(&document, settings.client_authentication)?;
        }
        let mut warnings = Vec::new();
        Ok(Self {
            authorization_endpoint: endpoint(&document, "authorization_endpoint", issuer)?,
            token_endpoint: needs_token_endpoint.then(|| token_endpoint(&document, settings)).transpose()?,
            userinfo_endpoint: userinfo_endpoint(&document, settings, &mut warnings)?,
            jwks_uri: endpoint(&document, "jwks_uri", issuer)?,
            end_session_endpoint: end_session_endpoint(&document, issuer, &mut warnings),
            iss_supported: document.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
            cloud: document.get("cloud_instance_name").and_then(Value::as_str).map(str::to_owned),
            warnings: {
                warn_about_entra(&document, settings, &mut warnings);
                warn_about_flow(&document, settings, &mut warnings);
                warnings
            },
        })
    }

    /// The authorization endpoint; may have a query.
    #[must_use]
    pub fn authorization_endpoint(&self) -> &str {
        &self.authorization_endpoint
    }

    /// The token endpoint; always present when the flow has a code.
    #[must_use]
    pub fn token_endpoint(&self) -> Option<&str> {
        self.token_endpoint.as_deref()
    }

    /// The userinfo endpoint; absent when userinfo is not configured.
    #[must_use]
    pub(crate) fn userinfo_endpoint(&self) -> Option<&str> {
        self.userinfo_endpoint.as_deref()
    }

    /// The URL of the key set.
    #[must_use]
    pub fn jwks_uri(&self) -> &str {
        &self.jwks_uri
    }

    /// The end-session endpoint, if the provider has a usable one.
    #[must_use]
    pub fn end_session_endpoint(&self) -> Option<&str> {
        self.end_session_endpoint.as_deref()
    }

    /// Whether every authorization response has an `iss` parameter (RFC 9207 §3).
    #[must_use]
    pub(crate) fn iss_supported(&self) -> bool {
        self.iss_supported
    }

    /// The cloud of the provider (Entra ID's `cloud_instance_name`); keys of another cloud are refused.
    #[must_use]
    pub(crate) fn cloud(&self) -> Option<&str> {
        self.cloud.as_deref()
    }

    /// Problems of the document that do not prevent its use.
    #[must_use]
    pub(crate) fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

fn check_issuer(document: &Map<String, Value>, issuer: &Issuer) -> Result<(), MetadataError> {
    let found = document.get("issuer").and_then(Value::as_str).unwrap_or_default();
    if found == issuer.as_str() {
        return Ok(());
    }
    let found = found.escape_debug().take(MAX_SHOWN).collect();
    Err(MetadataError::Issuer { found, configured: issuer.as_str().to_owned() })
}

/// Discovery §3. A public client sends no credential, and providers seldom list `none`.
fn check_client_authentication(
    document: &Map<String, Value>,
    authentication: ClientAuthentication,
) -> Result<(), MetadataError> {
    let lacks = |list, value: &str| list_contains(document, list, |entry| entry == value) == Some(false);
    if authentication == ClientAuthentication::None {
        return Ok(());
    }
    if lacks("token_endpoint_auth_methods_supported", authentication.name()) {
        return Err(MetadataError::ClientAuthentication(authentication.name()));
    }
    match authentication.signing_algorithm() {
        Some(algorithm) if lacks("token_endpoint_auth_signing_alg_values_supported", algorithm) => {
            Err(MetadataError::AssertionAlgorithm(algorithm))
        }
        _ => Ok(()),
    }
}

/// RFC 8705 §5: a provider may have a separate token endpoint for clients with a certificate.
fn token_endpoint(document: &Map<String, Value>, settings: &ProviderSettings) -> Result<String, MetadataError> {
    if let ClientAuthentication::Certificate(_) = settings.client_authentication
        && let Some(Value::Object(aliases)) = document.get("mtls_endpoint_aliases")
        && aliases.contains_key("token_endpoint")
    {
        return endpoint(aliases, "token_endpoint", &settings.issuer);
    }
    endpoint(document, "token_endpoint", &settings.issuer)
}

fn endpoint(document: &Map<String, Value>, name: &'static str, issuer: &Issuer) -> Result<String, MetadataError> {
    let text = document.get(name).and_then(Value::as_str).ok_or(MetadataError::Missing(name))?;
    provider_url::endpoint(text, issuer.url()).map_err(|error| MetadataError::Endpoint(name, error))?;
    Ok(text.to_owned())
}

/// OpenID Connect Discovery §3: the endpoint is optional, but required where the settings require userinfo.
fn userinfo_endpoint(
    document: &Map<String, Value>,
    settings: &ProviderSettings,
    warnings: &mut Vec<Warning>,
) -> Result<Option<String>, MetadataError> {
    match settings.userinfo {
        UserinfoUse::Off => Ok(None),
        UserinfoUse::On if !document.contains_key("userinfo_endpoint") => {
            warnings.push(Warning::NoUserinfo);
            Ok(None)
        }
        _ => endpoint(document, "userinfo_endpoint", &settings.issuer).map(Some),
    }
}

/// OpenID Connect RP-Initiated Logout §2.1. The endpoint is optional: without it a sign-out ends the gateway's session
/// only.
fn end_session_endpoint(document: &Map<String, Value>, issuer: &Issuer, warnings: &mut Vec<Warning>) -> Option<String> {
    let text = document.get("end_session_endpoint")?.as_str().unwrap_or_default();
    match provider_url::endpoint(text, issuer.url()) {
        Ok(_) => Some(text.to_owned()),
        Err(error) => {
            warnings.push(Warning::EndSession(error));
            None
        }
    }
}

fn warn_about_entra(document: &Map<String, Value>, settings: &ProviderSettings, warnings: &mut Vec<Warning>) {
    let is_entra = ["cloud_instance_name", "tenant_region_scope"].iter().any(|name| document.contains_key(*name));
    if is_entra && settings.profile == Profile::Standard {
        warnings.push(Warning::Entra);
    }
}

fn warn_about_flow(document: &Map<String, Value>, settings: &ProviderSettings, warnings: &mut Vec<Warning>) {
    let configured = sorted(settings.flow.response_type());
    if list_contains(document, "response_types_supported", |entry| sorted(entry) == configured) == Some(false) {
        warnings.push(Warning::ResponseType);
    }
    if list_contains(document, "response_modes_supported", |entry| entry == settings.flow.response_mode())
        == Some(false)
    {
        warnings.push(Warning::ResponseMode);
    }
}

/// The order of the words is not significant (OAuth 2.0 Multiple Response Types §5).
fn sorted(response_type: &str) -> Vec<&str> {
    let mut words: Vec<&str> = response_type.split(' ').collect();
    words.sort_unstable();
    words
}

/// Whether the list `name` has an entry for which `matches` returns true; `None` if the document has no such list.
fn list_contains(document: &Map<String, Value>, name: &str, matches: impl Fn(&str) -> bool) -> Option<bool> {
    let list = document.get(name)?.as_array()?;
    Some(list.iter().filter_map(Value::as_str).any(matches))
}

const MAX_BYTES: usize = 512 * 1024;
const MAX_SHOWN: usize = 256;

#[cfg(test)]
mod tests;
