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
    /// How long a request whose tokens have expired waits for their refresh. It then goes on with the claims it has.
    pub(crate) refresh_wait: Duration,
    /// How many preserved requests of up to 32 KiB one client may store in an hour.
    pub(crate) kept_forms_per_client: u32,
    /// How many authorization responses one client may store in a minute.
    pub(crate) responses_per_client: u32,
    /// How many codes of one client the provider may refuse in two minutes.
    pub(crate) refused_codes_per_client: u32,
    /// How many codes are redeemed at the same time.
    pub(crate) redemptions: usize,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            capacity: 100_000,
            idle: Duration::from_secs(60 * 60),
            lifetime: Duration::from_secs(12 * 60 * 60),
            keys: None,
            refresh_wait: Duration::from_secs(3),
            kept_forms_per_client: 250,
            responses_per_client: 500,
            refused_codes_per_client: 20,
            redemptions: 64,
        }
    }
}
