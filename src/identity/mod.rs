//! Signed-in persons: identity, claims and identity headers.

mod authn_requirement;
mod claims;
mod header_field;
mod header_set;
mod identity;

pub use authn_requirement::{AuthnRequirement, UnmetRequirement};
pub(crate) use claims::Claims;
pub use header_set::HeaderSet;
pub use identity::Identity;
