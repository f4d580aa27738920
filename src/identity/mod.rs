//! Who somebody is, once a token about them was verified.

mod authn_requirement;
mod claims;
mod headers;
mod identity;

pub use authn_requirement::{AuthnRequirement, UnmetRequirement};
pub use claims::Claims;
pub use headers::{HeaderSet, identity_name};
pub use identity::Identity;
