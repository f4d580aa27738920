//! A living provider: the only room that calls out to it.

mod cached;
mod calls;
mod credentials;
mod documents;
mod fetch;
mod keys;
mod lifetime;
mod settings;
mod trust;

pub use calls::{CallError, Provider, Registration};
pub use credentials::{Audience, CredentialError, CredentialSource, Credentials};
pub use fetch::{Call, Fetch, FetchError, Fetched, HttpsFetch, Later};
pub use settings::Settings;
pub use trust::{TrustError, client_config};
