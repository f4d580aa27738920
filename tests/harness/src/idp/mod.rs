//! A test identity provider: OpenID Connect done right, and wrong by name (Core 1.0, Discovery 1.0, Form Post 1.0, RP-Initiated Logout 1.0).

mod adfs;
mod authorize;
mod b2c;
mod client;
mod client_key;
mod control;
mod dialect;
mod entra;
mod event;
mod fault;
mod keys;
mod login;
mod logout;
mod metadata;
mod mint;
mod options;
mod pages;
mod provider;
mod reply;
mod router;
mod strength;
mod token;
mod world;

pub use client::ClientRegistration;
pub use client_key::ClientKey;
pub use dialect::Profile;
pub use entra::{PERSONAL, TENANT_1, TENANT_2};
pub use event::{Event, EventKind, TokenRequest};
pub use fault::{Fault, FaultPoint};
pub use keys::Algorithm;
pub use mint::LogoutSubject;
pub use options::{ProviderOptions, User};
pub use provider::Provider;
