//! Connections to the providers. No other module sends requests to a provider.

mod breaker;
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

pub(crate) use call_error::CallError;
pub(crate) use credentials::{Audience, CredentialError, CredentialSource, Credentials};
pub(crate) use fetch::HttpsFetch;
#[cfg(test)]
pub(crate) use fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
pub(crate) use provider::{Provider, ProviderParts};
pub(crate) use settings::ProviderConfig;
pub(crate) use tls_roots::{TrustError, client_config};
