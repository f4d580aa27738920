//! The providers: the only module that sends requests to them.

mod cached_document;
mod call_error;
mod credentials;
mod documents;
mod fetch;
mod freshness;
mod key_fetch_limiter;
mod provider;
mod settings;
mod tls_roots;

pub use call_error::CallError;
pub use credentials::{Audience, CredentialError, CredentialSource, Credentials};
pub use fetch::{Fetch, FetchError, FetchRequest, FetchResponse, HttpsFetch};
pub use provider::{Provider, ProviderParts};
pub use settings::ProviderConfig;
pub use tls_roots::{TrustError, client_config};
