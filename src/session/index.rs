//! An index of the sessions by the identifier of the provider's session (`sid`, OpenID Connect Front-Channel Logout §3), so
//! that a provider can end them without a cookie.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{id::SessionKey, session::Session};

/// Which sessions a provider's logout request ends.
#[derive(Clone, Debug)]
pub(crate) struct LogoutTarget {
    /// The provider's name in this gateway.
    pub(crate) provider: Box<str>,
    /// The issuer of the sessions; `None` when the request named none.
    pub(crate) issuer: Option<Box<str>>,
    /// The provider's identifier of its session (`sid`).
    pub(crate) session_id: Box<str>,
}

impl LogoutTarget {
    /// Whether the issuer of `session` matches.
    pub(super) fn matches(&self, session: &Session) -> bool {
        self.issuer.as_deref().is_none_or(|issuer| issuer == session.identity().issuer())
    }
}

/// The keys of sessions by provider and `sid`.
#[derive(Default)]
pub(super) struct Index(Mutex<Table>);

/// The keys of the sessions, by provider and `sid`.
type Table = HashMap<(Box<str>, Box<str>), HashSet<SessionKey>>;

impl Index {
    /// Adds `session`, stored under `key`.
    pub(super) fn add(&self, key: SessionKey, session: &Session) {
        if let Some(entry) = entry(session) {
            self.lock().entry(entry).or_default().insert(key);
        }
    }

    /// Removes `session`, stored under `key`.
    pub(super) fn remove(&self, key: &SessionKey, session: &Session) {
        let Some(entry) = entry(session) else { return };
        let mut table = self.lock();
        let is_last = table.get_mut(&entry).is_some_and(|keys| keys.remove(key) && keys.is_empty());
        if is_last {
            table.remove(&entry);
        }
    }

    /// The keys of all sessions of the provider's session, of any issuer.
    pub(super) fn find(&self, target: &LogoutTarget) -> Vec<SessionKey> {
        let entry = (target.provider.clone(), target.session_id.clone());
        self.lock().get(&entry).into_iter().flatten().copied().collect()
    }

    /// Ignores poisoning: every change is one insertion or removal, so a panic leaves nothing half written.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(session: &Session) -> Option<(Box<str>, Box<str>)> {
    Some((session.provider().into(), session.provider_session_id()?.into()))
}
