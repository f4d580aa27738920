//! Which sessions here began with which session of a provider: what ends there is found here without a cookie.
//!
//! OpenID Connect Front-Channel Logout §3: the claim `sid` names the provider's session.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{id::SessionKey, session::Session};

/// Whose sessions a provider has ended.
#[derive(Clone, Debug)]
pub struct LogoutTarget {
    /// The provider, by its name here.
    pub provider: Box<str>,
    /// The issuer that must have vouched for them; `None` where the provider names none.
    pub issuer: Option<Box<str>>,
    /// The provider's name for its session (`sid`).
    pub session_id: Box<str>,
}

impl LogoutTarget {
    /// Whether `session` is one of those.
    pub(super) fn is_met_by(&self, session: &Session) -> bool {
        self.issuer.as_deref().is_none_or(|issuer| issuer == session.identity().issuer())
    }
}

/// The sessions by the provider's own.
#[derive(Default)]
pub(super) struct Index(Mutex<Table>);

/// By provider and `sid`.
type Table = HashMap<(Box<str>, Box<str>), HashSet<SessionKey>>;

impl Index {
    /// Notes that `session` is kept as `key`.
    pub(super) fn note(&self, key: SessionKey, session: &Session) {
        if let Some(place) = place(session) {
            self.lock().entry(place).or_default().insert(key);
        }
    }

    /// Forgets it.
    pub(super) fn forget(&self, key: &SessionKey, session: &Session) {
        let Some(place) = place(session) else { return };
        let mut table = self.lock();
        let is_last = table.get_mut(&place).is_some_and(|keys| keys.remove(key) && keys.is_empty());
        if is_last {
            table.remove(&place);
        }
    }

    /// The sessions that began there, whatever their issuer.
    pub(super) fn find(&self, target: &LogoutTarget) -> Vec<SessionKey> {
        let place = (target.provider.clone(), target.session_id.clone());
        self.lock().get(&place).into_iter().flatten().copied().collect()
    }

    /// A panic elsewhere while the lock was held left nothing half written: every change is one insertion or removal.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(session: &Session) -> Option<(Box<str>, Box<str>)> {
    Some((session.provider().into(), session.name_at_provider()?.into()))
}
