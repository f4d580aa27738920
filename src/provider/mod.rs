//! A living provider: the only room that calls out to it.

mod cached;
mod provider;
mod credentials;
mod documents;
mod fetch;
mod keys;
mod lifetime;
mod settings;
mod tls_roots;

pub use provider::{CallError, Provider, Registration};
pub use credentials::{Audience, CredentialError, CredentialSource, Credentials};
pub use fetch::{Call, Fetch, FetchError, Fetched, HttpsFetch, Later};
pub use settings::Settings;
pub use tls_roots::{TrustError, client_config};
