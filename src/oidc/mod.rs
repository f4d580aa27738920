//! OpenID Connect messages: built and checked, never sent. No clock, no network.

mod address;
mod authorize;
mod client_assertion;
mod client_auth;
mod end_session;
mod entra;
mod id_token;
mod issuer;
mod metadata;
mod parameters;
mod provider_error;
mod query;
mod redirect_query;
mod refusal;
mod response;
mod settings;
#[cfg(test)]
mod testing;
mod times;
mod tokens;
mod userinfo;

pub use address::AddressError;
pub use authorize::{AuthorizationRequest, authorization_url};
pub use client_assertion::{AssertionClaims, ClientKey, KeyNames};
pub use client_auth::{
    CertificateMethod, ClientAuthentication, ClientCredential, ClientProof, SecretMethod, authenticate,
};
pub use end_session::{EndSessionRequest, end_session_url, sign_out_origins};
pub use id_token::{Expected, IdTokenError, Channel, VerifiedIdToken, check_refreshed, check_same};
pub use issuer::{Issuer, IssuerError, IssuerMismatch, Tenant, Tenants};
pub use metadata::{Metadata, MetadataError, Warning};
pub use parameters::{ParameterError, Parameters, is_passable};
pub use provider_error::ProviderError;
pub use redirect_query::{RedirectQuery, RedirectQueryError};
pub use refusal::{TOO_OLD, helps_to_begin_anew};
pub use response::{AuthorizationResponse, ResponseError, check_issuer, check_issuer_of_token, state};
pub use settings::{Flow, FlowError, Profile, ProviderName, ProviderNameError, ProviderSettings};
pub use times::TimeError;
pub use tokens::{TokenError, TokenResponse};
pub use userinfo::{ExpectedUserinfo, UserinfoAuthorizationResponse, UserinfoError, UserinfoUse, bearer};
