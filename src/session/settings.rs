//! The limits of sessions, and the keys that seal cookies.

use std::time::Duration;

use crate::base::KeyRing;

/// The session settings, as the operator configured them.
#[derive(Clone, Debug)]
pub(crate) struct SessionSettings {
    /// The number of sessions that the memory store holds. When it is full, a new session evicts the least recently used
    /// one.
    pub(crate) capacity: u64,
    /// A session ends after this time without a request.
    pub(crate) idle: Duration,
    /// A session ends this long after the sign-in, even while it is in use.
    pub(crate) lifetime: Duration,
    /// The keys that seal cookies. With `None` a random key is generated at start, so a restart ends all sign-ins in
    /// progress.
    pub(crate) keys: Option<KeyRing>,
}
