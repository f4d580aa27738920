//! Configuration: reads the TOML file and the environment, checks the values, and fills the settings types of other
//! modules.
//!
//! Each section of the file is read by a file of this module. Only `app` and `cli` depend on this module.

mod allow;
mod authorize;
mod believed_claims;
mod chosen_claims;
mod client_auth;
mod consistency;
mod diagnostic;
mod document;
mod duration;
mod environment;
mod identity_headers;
mod issuer;
mod limits;
mod listen;
mod log;
mod origin;
mod pages;
mod provider;
mod route;
mod secret;
mod section;
mod session;
mod settings;
mod shutdown;
mod source;
mod suggestion;
mod trust;
mod trust_roots;
mod userinfo;

#[cfg(test)]
mod tests;

pub use diagnostic::Diagnostics;
pub use environment::Environment;
pub use settings::{Settings, load};
