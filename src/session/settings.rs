//! How long sessions live, how many there may be, and what seals the cookies around them.

use std::time::Duration;

use crate::base::KeyRing;

/// The session settings of an operator.
#[derive(Clone, Debug)]
pub struct SessionSettings {
    /// How many sessions the memory store keeps; beyond it, the one not used for longest makes room.
    pub capacity: u64,
    /// A session that was not used for so long has ended.
    pub idle: Duration,
    /// A session this old has ended, however much it is used.
    pub lifetime: Duration,
    /// What seals login cookies; `None`: made at start, so a restart ends sign-ins under way.
    pub keys: Option<KeyRing>,
}
