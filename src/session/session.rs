//! A session: the person, the limits, and the tokens that stay on the server.
//!
//! What changes a session, and what stays:
//!
//! | event | identity, `id_token` | refresh token | absolute limit | idle limit | in the store |
//! |---|---|---|---|---|---|
//! | sign-in: [`Session::begin`] | from the verified `id_token` | from the token response, if any | now + lifetime | now + idle | inserted under a new random cookie |
//! | request: [`Session::touch`] | same | same | same | now + idle, written at most once a minute or tenth of the idle time | same value, changed in place |
//! | refresh: [`Session::refreshed`] | new; without a new `id_token` and userinfo unchanged | new; the old one if none was issued | same | same | replaced under the same cookie, only if nothing else replaced or removed it |
//! | no tokens from a refresh: [`Session::pause_refresh`] | same | same; not used again for 30 s, doubled up to 8 min | same | same | same value, changed in place |
//! | tokens from a refresh that cannot be verified now: [`Session::with_refresh_token`] | same | new; the old one if none was issued; used again after the same pause | same | same | replaced under the same cookie |
//! | refresh refused for good, sign-out, provider logout | | | | | removed |
//! | either limit reached | | | | | no longer returned by `load` |
//!
//! When a refresh is due, relative to the lifetime of the tokens (`expires_in`):
//!
//! ```text
//! issued ──────────────── expiry − 5 min ─────────── expiry ──────────────►
//!        no refresh          Soon: refresh in           Now: the request
//!                            the background             waits for the refresh
//! ```

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    login_transaction::Tag,
    refresh::{RefreshGrant, RefreshSchedule, RefreshUrgency},
    settings::SessionSettings,
};
use crate::{
    base::{Secret, Timestamp},
    identity::Identity,
    oidc::VerifiedIdToken,
    web::ReturnTo,
};

/// The session of one signed-in browser. Requests share it in an [`Arc`].
pub(crate) struct Session {
    identity: Arc<Identity>,
    origin: Box<str>,
    provider_session_id: Option<Box<str>>,
    id_token: Secret,
    started: Timestamp,
    ends: Timestamp,
    idle: Duration,
    last_seen: AtomicU64,
    refresh: RefreshSchedule,
    completed_sign_ins: Vec<(Tag, ReturnTo)>,
}

/// The values of a new session that do not come from the verified `id_token`.
pub(crate) struct NewSession<'a> {
    /// The person.
    pub(crate) identity: Arc<Identity>,
    /// The public origin.
    pub(crate) origin: &'a str,
    /// The tag of the sign-in.
    pub(crate) tag: Tag,
    /// The page to which the sign-in returns.
    pub(crate) return_to: ReturnTo,
    /// The refresh token, if the provider issued one.
    pub(crate) refresh: Option<RefreshGrant>,
    /// The session that the browser had before the sign-in.
    pub previous: Option<&'a Session>,
}

impl Session {
    /// Begins a session. This needs a verified `id_token`.
    #[must_use]
    pub(crate) fn begin(
        id_token: &VerifiedIdToken,
        new: NewSession<'_>,
        settings: &SessionSettings,
        now: Timestamp,
    ) -> Self {
        let previous = new.previous.map(|session| session.completed_sign_ins.as_slice()).unwrap_or_default();
        let first = previous.len().saturating_sub(MAX_COMPLETED_SIGN_INS - 1);
        let mut completed_sign_ins = previous[first..].to_vec();
        completed_sign_ins.push((new.tag, new.return_to));
        Self {
            identity: new.identity,
            origin: new.origin.into(),
            provider_session_id: id_token.session_id().map(Into::into),
            id_token: id_token.text().clone(),
            started: now,
            ends: now.plus(settings.lifetime),
            idle: settings.idle,
            last_seen: AtomicU64::new(now.micros()),
            refresh: RefreshSchedule::new(new.refresh),
            completed_sign_ins,
        }
    }

    /// The session after a refresh, with the identity that the provider now gives. Both limits stay.
    #[must_use]
    pub(crate) fn refreshed(
        &self,
        id_token: Option<&VerifiedIdToken>,
        identity: Arc<Identity>,
        grant: RefreshGrant,
    ) -> Self {
        let id_token = id_token.map_or_else(|| self.id_token.clone(), |id_token| id_token.text().clone());
        Self { identity, id_token, ..self.with(RefreshSchedule::new(Some(grant))) }
    }

    /// The session after a refresh whose tokens cannot be verified now. The identity stays, and the new refresh token is used
    /// after a pause, as after any failed refresh.
    #[must_use]
    pub(crate) fn with_refresh_token(&self, refresh_token: Secret, now: Timestamp) -> Self {
        self.with(self.refresh.failed(refresh_token, now))
    }

    fn with(&self, refresh: RefreshSchedule) -> Self {
        Self {
            identity: Arc::clone(&self.identity),
            provider_session_id: self.provider_session_id.clone(),
            origin: self.origin.clone(),
            id_token: self.id_token.clone(),
            started: self.started,
            ends: self.ends,
            idle: self.idle,
            last_seen: AtomicU64::new(self.last_seen().micros()),
            refresh,
            completed_sign_ins: self.completed_sign_ins.clone(),
        }
    }

    /// The refresh token, if the provider issued one.
    #[must_use]
    pub(crate) fn refresh_grant(&self) -> Option<&RefreshGrant> {
        self.refresh.grant.as_ref()
    }

    /// How urgently the session must be refreshed; `None` if not yet, without a refresh token, or during the
    /// pause after a failed refresh.
    #[must_use]
    pub(crate) fn refresh_due(&self, now: Timestamp) -> Option<RefreshUrgency> {
        self.refresh.urgency(now)
    }

    /// Pauses refreshes after a failed one.
    pub(crate) fn pause_refresh(&self, now: Timestamp) {
        self.refresh.pause(now);
    }

    /// The person.
    #[must_use]
    pub(crate) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// The provider's name in this gateway.
    #[must_use]
    pub(crate) fn provider(&self) -> &str {
        self.identity.provider()
    }

    /// The identifier of the session at the provider (`sid`). The provider names it to end this session.
    #[must_use]
    pub(super) fn provider_session_id(&self) -> Option<&str> {
        self.provider_session_id.as_deref()
    }

    /// The public origin. On any other origin the session is not valid.
    #[must_use]
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The `id_token`, sent to the provider at sign-out as `id_token_hint`.
    #[must_use]
    pub(crate) fn id_token(&self) -> &Secret {
        &self.id_token
    }

    /// When the session began.
    #[must_use]
    pub(crate) fn started(&self) -> Timestamp {
        self.started
    }

    /// When the session ends if it is not used again, and when it ends in any case.
    #[must_use]
    pub(crate) fn ends(&self) -> (Timestamp, Timestamp) {
        (self.last_seen().plus(self.idle).min(self.ends), self.ends)
    }

    /// Whether the session is live at `now`.
    #[must_use]
    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends().0
    }

    /// Records that the session is used, at most once a minute or a tenth of the idle limit, so that most requests
    /// write nothing.
    pub(crate) fn touch(&self, now: Timestamp) {
        if now.since(self.last_seen()) >= TOUCH_INTERVAL.min(self.idle / 10) {
            self.last_seen.fetch_max(now.micros(), Ordering::Relaxed);
        }
    }

    /// The page to which the sign-in `tag` returned, if it created this session or an earlier one of this browser.
    #[must_use]
    pub(crate) fn return_to_of(&self, tag: &Tag) -> Option<&ReturnTo> {
        self.completed_sign_ins.iter().find(|(completed, _)| completed == tag).map(|(_, return_to)| return_to)
    }

    fn last_seen(&self) -> Timestamp {
        Timestamp::from_micros(self.last_seen.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("subject", &self.identity.subject())
            .field("provider", &self.provider())
            .field("started", &self.started)
            .finish_non_exhaustive()
    }
}

/// For this many completed sign-ins, going back to their callback or reloading it still leads to their return page.
const MAX_COMPLETED_SIGN_INS: usize = 8;

/// Idle limits are minutes or hours, so a use is recorded at most once a minute, or once in a tenth of a short idle limit.
const TOUCH_INTERVAL: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests;
