//! The limits of sessions, and the keys that seal cookies.

use std::time::Duration;

use crate::base::KeyRing;

/// The session settings of an operator.
#[derive(Clone, Debug)]
pub(crate) struct SessionSettings {
    /// The number of sessions that the memory store holds; a further one evicts the least recently used.
    pub(crate) capacity: u64,
    /// A session ends when it is not used for this time.
    pub(crate) idle: Duration,
    /// A session ends this time after it began, also when it is used.
    pub(crate) lifetime: Duration,
    /// The keys that seal cookies; `None`: a random key is made at start, and a restart ends the sign-ins under way.
    pub(crate) keys: Option<KeyRing>,
}
