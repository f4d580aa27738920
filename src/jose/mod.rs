//! Signed tokens (JOSE): read, and believed only once a key of the set has verified them. Knows nothing of OpenID.

mod algorithm;
mod hash;
mod json;
mod jwks;
mod jwt;
mod signing;
#[cfg(test)]
pub(crate) mod testing;

pub use algorithm::{Algorithm, KeyType};
pub use hash::{is_left_half, left_half};
pub use json::{JsonError, strict_object};
pub use jwks::{JwksError, KeySet, Skipped};
pub use jwt::{Header, JwtError, Payload, Unverified};
pub use signing::{KeyError, SignError, SigningKey, sign_hs256};
