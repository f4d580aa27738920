//! What a provider publishes about itself.
//!
//! OpenID Connect Discovery §3 and §4.3, RFC 8414. Members that are not used are not looked at, whatever they hold.

use serde_json::{Map, Value};

use super::{
    client_authentication::ClientAuthentication,
    issuer::Issuer,
    profile::Profile,
    provider_settings::ProviderSettings,
    provider_url::{self, ProviderUrlError},
    userinfo::UserinfoUse,
};
use crate::jose::{JsonError, strict_object};

/// The provider's endpoints, checked.
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
    /// It is longer than 512 KiB.
    #[error("the provider's metadata is too long")]
    TooLong,
    /// It is no strict JSON object.
    #[error("the provider's metadata is not readable")]
    Json(#[from] JsonError),
    /// Its issuer is not, byte for byte, the configured one.
    #[error(
        "the provider calls itself \"{found}\"; configured is \"{configured}\"; they must be equal, a slash at the end included"
    )]
    Issuer {
        /// What the document says; empty when it says nothing.
        found: String,
        /// What the configuration says.
        configured: String,
    },
    /// A member that is needed is absent or no string.
    #[error("the provider's metadata has no \"{0}\"")]
    Missing(&'static str),
    /// An endpoint is not where one may be.
    #[error("the provider's \"{0}\" is refused")]
    Endpoint(&'static str, #[source] ProviderUrlError),
    /// The provider does not take the configured way to authenticate.
    #[error("the provider does not accept {0} at its token endpoint")]
    ClientAuthentication(&'static str),
    /// The provider does not take assertions that are signed like ours.
    #[error("the provider does not accept client assertions signed with {0} at its token endpoint")]
    AssertionAlgorithm(&'static str),
}

/// What is odd about the document, though usable; for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// `end_session_endpoint` is there but refused: sign-out ends here only.
    #[error("its end_session_endpoint is refused and not used")]
    EndSession(#[source] ProviderUrlError),
    /// `userinfo_endpoint` is missing though userinfo is wanted: people are known by their `id_token` alone.
    #[error("it has no userinfo_endpoint")]
    NoUserinfo,
    /// `response_types_supported` lacks the configured type.
    #[error("its response_types_supported lack the configured response_type")]
    ResponseType,
    /// `response_modes_supported` lacks the configured mode.
    #[error("its response_modes_supported lack the configured response_mode")]
    ResponseMode,
    /// It is Entra's, and people are known by the `sub` that is another one for each application.
    #[error("it is Microsoft Entra ID's: set profile = \"entra\", so that people are known by tid and oid")]
    Entra,
}

impl MetadataError {
    /// The stable reason code.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Issuer { .. } => "provider-issuer",
            _ => "provider-metadata",
        }
    }
}

impl Metadata {
    /// Reads the document at the issuer's discovery address, and holds it against `settings`.
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
                warn_of_entra(&document, settings, &mut warnings);
                warn_of_flow(&document, settings, &mut warnings);
                warnings
            },
        })
    }

    /// Where the browser is sent to sign in; may have a query.
    #[must_use]
    pub fn authorization_endpoint(&self) -> &str {
        &self.authorization_endpoint
    }

    /// Where codes and refresh tokens are redeemed; always there when the flow has a code.
    #[must_use]
    pub fn token_endpoint(&self) -> Option<&str> {
        self.token_endpoint.as_deref()
    }

    /// Where further claims about a person are; never there when nobody asks for them.
    #[must_use]
    pub fn userinfo_endpoint(&self) -> Option<&str> {
        self.userinfo_endpoint.as_deref()
    }

    /// Where the keys are.
    #[must_use]
    pub fn jwks_uri(&self) -> &str {
        &self.jwks_uri
    }

    /// Where the browser is sent to sign out, if the provider has such a place.
    #[must_use]
    pub fn end_session_endpoint(&self) -> Option<&str> {
        self.end_session_endpoint.as_deref()
    }

    /// Whether every answer carries the issuer (RFC 9207 §3).
    #[must_use]
    pub fn iss_supported(&self) -> bool {
        self.iss_supported
    }

    /// The cloud that the provider is part of; keys of another one sign nothing here.
    #[must_use]
    pub fn cloud(&self) -> Option<&str> {
        self.cloud.as_deref()
    }

    /// What is odd about the document.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
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

/// Discovery §3. A public client sends nothing that could be refused; providers seldom list `none`.
fn check_client_authentication(
    document: &Map<String, Value>,
    authentication: ClientAuthentication,
) -> Result<(), MetadataError> {
    let lacks = |list, wanted: &str| lists(document, list, |name| name == wanted) == Some(false);
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

/// RFC 8705 §5: a provider may ask for certificates elsewhere than at its usual address. Only who shows one goes there.
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

/// OpenID Connect Discovery §3: a provider need not have one. Without it nobody could sign in where it is required.
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

/// OpenID Connect RP-Initiated Logout §2.1. Without it a sign-out still ends the session here.
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

fn warn_of_entra(document: &Map<String, Value>, settings: &ProviderSettings, warnings: &mut Vec<Warning>) {
    let is_entra = ["cloud_instance_name", "tenant_region_scope"].iter().any(|name| document.contains_key(*name));
    if is_entra && settings.profile == Profile::Standard {
        warnings.push(Warning::Entra);
    }
}

fn warn_of_flow(document: &Map<String, Value>, settings: &ProviderSettings, warnings: &mut Vec<Warning>) {
    let wanted = sorted(settings.flow.response_type());
    if lists(document, "response_types_supported", |name| sorted(name) == wanted) == Some(false) {
        warnings.push(Warning::ResponseType);
    }
    if lists(document, "response_modes_supported", |name| name == settings.flow.response_mode()) == Some(false) {
        warnings.push(Warning::ResponseMode);
    }
}

/// The order of the words of a response type means nothing (OAuth 2.0 Multiple Response Types §5).
fn sorted(response_type: &str) -> Vec<&str> {
    let mut words: Vec<&str> = response_type.split(' ').collect();
    words.sort_unstable();
    words
}

/// Whether the list `name` has what is wanted; `None` when there is no such list.
fn lists(document: &Map<String, Value>, name: &str, is_wanted: impl Fn(&str) -> bool) -> Option<bool> {
    let list = document.get(name)?.as_array()?;
    Some(list.iter().filter_map(Value::as_str).any(is_wanted))
}

const MAX_BYTES: usize = 512 * 1024;
const MAX_SHOWN: usize = 256;

#[cfg(test)]
mod tests;
