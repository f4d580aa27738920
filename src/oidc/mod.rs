//! OpenID Connect messages: built and checked without network or clock.

mod authorization_request;
mod authorization_response;
mod client_assertion;
mod client_authentication;
mod end_session_request;
mod entra;
mod error_code;
mod flow;
mod id_token;
mod issuer;
mod metadata;
mod parameters;
mod profile;
mod provider_error;
mod provider_settings;
mod provider_url;
mod redirect_query;
mod request_url;
#[cfg(test)]
mod testing;
mod time_claims;
mod token_purpose;
mod token_response;
mod userinfo;

pub use authorization_request::{AuthorizationRequest, authorization_url};
pub use authorization_response::{AuthorizationResponse, ResponseError, check_issuer, state};
pub use flow::Flow;
pub use id_token::{Channel, Expected, IdTokenError, IdTokenVerifier, VerifiedIdToken, check_refreshed, check_same};
pub use issuer::{Issuer, IssuerMismatch, Tenant};
pub use metadata::{Metadata, MetadataError};
pub use parameters::Parameters;
pub use profile::Profile;
pub use provider_error::ProviderError;
pub use provider_settings::ProviderSettings;
pub use provider_url::ProviderUrlError;
pub use time_claims::TimeError;
pub use token_response::{TokenError, TokenResponse};

pub(crate) use authorization_response::{check_issuer_of_token, without_redirect_query};
pub(crate) use client_assertion::{AssertionClaims, ClientKey, KeyNames};
pub(crate) use client_authentication::{
    CertificateMethod, ClientAuthentication, ClientCredential, ClientProof, SecretMethod, authenticate,
};
pub(crate) use end_session_request::{EndSessionRequest, end_session_url, sign_out_origins};
pub(crate) use error_code::is_retryable;
pub(crate) use flow::ResponseTypeError;
pub(crate) use issuer::{IssuerError, Tenants};
pub(crate) use parameters::{ParameterError, may_pass_through};
pub(crate) use provider_settings::ProviderName;
pub(crate) use redirect_query::{RedirectQuery, RedirectQueryError};
pub(crate) use userinfo::{ExpectedUserinfo, UserinfoError, UserinfoResponse, UserinfoUse, bearer};
