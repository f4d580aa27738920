//! Sessions for the tests of this module.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use super::Session;
use crate::{
    base::{Secret, Timestamp},
    identity::{Account, Claims, Identity},
    session::refresh::RefreshSchedule,
};

impl Session {
    /// The issuer of the sessions of [`Self::testing`].
    pub(in crate::session) const ISSUER: &str = "https://idp.example";

    /// A session of `subject`.
    pub(in crate::session) fn testing(provider: &str, session_id: Option<&str>, subject: &str) -> Self {
        let claims = Claims::new([("sub".to_owned(), subject.into())].into_iter().collect());
        Self {
            identity: Arc::new(Identity::new(Account { provider, issuer: Self::ISSUER, subject }, claims)),
            origin: "https://a.example".into(),
            provider_session_id: session_id.map(Into::into),
            id_token: Secret::new("token"),
            started: Timestamp::from_seconds(0),
            ends: Timestamp::from_seconds(3600),
            idle: Duration::from_secs(3600),
            last_seen: AtomicU64::new(0),
            refresh: RefreshSchedule::new(None),
            completed_sign_ins: Vec::new(),
        }
    }
}
