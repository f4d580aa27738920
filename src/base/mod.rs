//! Time, randomness, secrets and sealing. Depends on no other module.

mod base64url;
mod chain;
mod client_network;
mod clock;
mod header_name;
mod random;
mod rfc3339;
mod seal;
mod secret;
mod secret_source;

pub use base64url::encode_base64url;
pub use chain::chain;
pub use clock::{Clock, SystemClock, Timestamp};
pub use random::{Random, SystemRandom};
pub use seal::{Key, KeyRing, OpenError, Purpose};
pub use secret::Secret;

pub(crate) use base64url::decode_base64url;
pub(crate) use client_network::ClientNetwork;
pub(crate) use header_name::fold_header_name;
pub(crate) use random::random_bytes;
pub(crate) use seal::{KeyId, sha256};
pub(crate) use secret_source::{SecretError, SecretSource};
