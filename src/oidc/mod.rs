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
mod token_response;
mod userinfo;

pub use authorization_request::{AuthorizationRequest, authorization_url};
pub use authorization_response::{
    AuthorizationResponse, ResponseError, check_issuer, check_issuer_of_token, state, without_redirect_query,
};
pub use client_assertion::{AssertionClaims, ClientKey, KeyNames};
pub use client_authentication::{
    CertificateMethod, ClientAuthentication, ClientCredential, ClientProof, SecretMethod, authenticate,
};
pub use end_session_request::{EndSessionRequest, end_session_url, sign_out_origins};
pub use error_code::is_retryable;
pub use flow::{Flow, ResponseTypeError};
pub use id_token::{Channel, Expected, IdTokenError, IdTokenVerifier, VerifiedIdToken, check_refreshed, check_same};
pub use issuer::{Issuer, IssuerError, IssuerMismatch, Tenant, Tenants};
pub use metadata::{Metadata, MetadataError, Warning};
pub use parameters::{ParameterError, Parameters, may_pass_through};
pub use profile::Profile;
pub use provider_error::ProviderError;
pub use provider_settings::{ProviderName, ProviderNameError, ProviderSettings};
pub use provider_url::ProviderUrlError;
pub use redirect_query::{RedirectQuery, RedirectQueryError};
pub use time_claims::TimeError;
pub use token_response::{TokenError, TokenResponse};
pub use userinfo::{ExpectedUserinfo, UserinfoError, UserinfoResponse, UserinfoUse, bearer};
