//! A living provider: the only room that calls out to it.

mod cached;
mod credentials;
mod documents;
mod fetch;
mod keys;
mod lifetime;
mod provider;
mod settings;
mod tls_roots;

pub use credentials::{Audience, CredentialError, CredentialSource, Credentials};
pub use fetch::{Call, Fetch, FetchError, Fetched, HttpsFetch, Later};
pub use provider::{CallError, Provider, Registration};
pub use settings::Settings;
pub use tls_roots::{TrustError, client_config};
