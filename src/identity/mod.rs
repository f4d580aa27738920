//! Who somebody is, once a token about them was verified.

mod claims;
mod authn_requirement;
mod headers;
mod identity;

pub use claims::Claims;
pub use authn_requirement::{AuthnRequirement, UnmetRequirement};
pub use headers::{HeaderSet, identity_name};
pub use identity::Identity;
