//! JSON Web Tokens (JOSE): parsed, and verified with a key of a key set. Independent of OpenID Connect.

mod algorithm;
mod hash;
mod json;
mod jwt;
mod key_set;
mod signing_key;
#[cfg(test)]
pub(crate) mod testing;

pub use algorithm::Algorithm;
pub use hash::left_half;
pub use json::{JsonError, strict_object};
pub use jwt::{JoseHeader, JwtError, Payload, Unverified};
pub use key_set::{JwksError, KeySet, SkippedKey};

pub(crate) use hash::is_left_half;
pub(crate) use signing_key::{KeyError, SignError, SigningKey, sign_hs256};
