//! Signed-in persons: identity, claims and identity headers.

mod authn_requirement;
mod claims;
mod header_field;
mod header_set;
mod identity;
mod plain_text;

pub(crate) use authn_requirement::{AuthnRequirement, UnmetRequirement};
pub(crate) use claims::Claims;
pub(crate) use header_set::HeaderSet;
pub(crate) use identity::{Account, Identity};
pub(crate) use plain_text::is_plain_text;
