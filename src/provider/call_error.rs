//! Why a call to a provider failed, and what the failure means for a sign-in or a session.

use std::sync::Arc;

use super::{credentials::CredentialError, fetch::FetchError};
use crate::{
    jose::JwksError,
    oidc::{IdTokenError, MetadataError, TokenError, UserinfoError},
    reason::ReasonCode,
};

/// Why a call to a provider returned no usable response.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The provider sent no complete response.
    #[error("the provider cannot be reached at {url}")]
    Fetch {
        /// The URL of the request.
        url: Box<str>,
        /// The failure of the transport.
        #[source]
        source: Arc<FetchError>,
    },
    /// The provider published a document with a status other than 200.
    #[error("the provider answered with status {status} at {url}")]
    Status {
        /// The URL of the request.
        url: Box<str>,
        /// The status of the response.
        status: u16,
    },
    /// The provider's metadata is invalid.
    #[error("the provider's metadata is refused")]
    Metadata(#[source] Arc<MetadataError>),
    /// The provider's key set is invalid.
    #[error("the provider's keys are refused")]
    Keys(#[source] Arc<JwksError>),
    /// The provider's metadata lacks the named endpoint.
    #[error("the provider has no {0}")]
    NoEndpoint(&'static str),
    /// The client credentials of the gateway cannot be used.
    #[error("the gateway cannot authenticate to the provider")]
    Credentials(#[source] Arc<CredentialError>),
    /// The token response is invalid or is an error response.
    #[error("the provider returned no tokens")]
    Token(#[source] Arc<TokenError>),
    /// The `id_token` is invalid.
    #[error("the provider's id_token is refused")]
    IdToken(#[source] Arc<IdTokenError>),
    /// The userinfo response is invalid or is an error response.
    #[error("the provider's userinfo is refused")]
    Userinfo(#[source] Arc<UserinfoError>),
    /// The task that made the call panicked or was cancelled.
    #[error("the call to the provider ended without a result")]
    Lost,
}

impl CallError {
    pub(super) fn fetch(url: &str, source: FetchError) -> Self {
        Self::Fetch { url: url.into(), source: Arc::new(source) }
    }

    /// The stable reason code of this error.
    #[must_use]
    pub(crate) fn reason(&self) -> ReasonCode {
        match self {
            Self::Fetch { .. } | Self::Status { .. } | Self::Lost => ReasonCode::ProviderUnreachable,
            Self::Metadata(error) => error.reason(),
            Self::Keys(error) => error.reason(),
            Self::NoEndpoint(_) => ReasonCode::ProviderMetadata,
            Self::Credentials(_) => ReasonCode::ClientCredentials,
            Self::Token(error) => error.reason(),
            Self::IdToken(error) => error.reason(),
            Self::Userinfo(error) => error.reason(),
        }
    }

    /// Whether the provider returned no userinfo, as opposed to invalid userinfo.
    #[must_use]
    pub(crate) fn is_absent_userinfo(&self) -> bool {
        match self {
            Self::Userinfo(error) => error.is_absence(),
            Self::Fetch { .. } | Self::NoEndpoint(_) => true,
            _ => false,
        }
    }

    /// Whether the provider did not answer in time.
    #[must_use]
    pub(super) fn is_timeout(&self) -> bool {
        matches!(self, Self::Fetch { source, .. } if matches!(**source, FetchError::TimedOut(_)))
    }

    /// Whether the provider cannot be reached, fails or is overloaded, as opposed to an answer that refuses or is wrong.
    #[must_use]
    pub(super) fn is_outage(&self) -> bool {
        let is_of_server = |status: u16| status >= 500 || status == 429;
        match self {
            Self::Fetch { .. } => true,
            Self::Status { status, .. } => is_of_server(*status),
            Self::Token(error) => matches!(**error, TokenError::Status(status) if is_of_server(status)),
            Self::Userinfo(error) => matches!(**error, UserinfoError::Status(status) if is_of_server(status)),
            _ => false,
        }
    }

    /// Whether this error, raised during a refresh, ends the session: the provider rejected the refresh token
    /// or requires the person to sign in, its `id_token` or userinfo is invalid, or it refuses userinfo. Every other error leaves the session as it
    /// is, for example a malformed token response.
    #[must_use]
    pub(crate) fn ends_refresh(&self) -> bool {
        match self {
            Self::Token(error) => error.requires_sign_in(),
            Self::IdToken(error) => !error.is_undecided(),
            Self::Userinfo(error) => error.is_final(),
            _ => false,
        }
    }

    /// Whether an `id_token` was valid except that it arrived too late.
    #[must_use]
    pub(crate) fn is_only_time(&self) -> bool {
        matches!(self, Self::IdToken(error) if error.is_only_time())
    }
}
