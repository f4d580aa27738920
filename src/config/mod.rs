//! The operator's file, and nothing else, becomes settings. Rooms are filled from here and know nothing of it.

mod authorize;
mod client_auth;
mod contradictions;
mod environment;
mod issuer;
mod listen;
mod pages;
mod problem;
mod provider;
mod route;
mod secret;
mod section;
mod session;
mod settings;
mod source;
mod spelling;
mod trust;
mod trust_roots;
mod userinfo;

#[cfg(test)]
mod tests;

pub use environment::Environment;
pub use problem::{ConfigProblem, Problems};
pub use settings::{Settings, load};
