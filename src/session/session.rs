//! A session: the person, the limits, and the tokens that stay on the server.

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

/// The session of one signed-in browser. A request shares it by an [`Arc`].
pub(crate) struct Session {
    identity: Arc<Identity>,
    provider: Box<str>,
    origin: Box<str>,
    provider_session_id: Option<Box<str>>,
    id_token: Secret,
    started: Timestamp,
    ends: Timestamp,
    idle: Duration,
    last_seen: AtomicU64,
    refresh: RefreshSchedule,
    ended_sign_ins: Vec<(Tag, ReturnTo)>,
}

/// The parts of a new session, besides the verified `id_token`.
pub(crate) struct NewSession<'a> {
    /// The person.
    pub(crate) identity: Arc<Identity>,
    /// The provider's name in this gateway.
    pub(crate) provider: &'a str,
    /// The public origin.
    pub(crate) origin: &'a str,
    /// The tag of the sign-in.
    pub(crate) tag: Tag,
    /// The page at which the sign-in ends.
    pub(crate) return_to: ReturnTo,
    /// The refresh token, if the provider issued one.
    pub(crate) refresh: Option<RefreshGrant>,
    /// The session that the browser had before.
    pub(crate) former: Option<&'a Session>,
}

impl Session {
    /// Begins a session. Only a verified `id_token` can begin one.
    #[must_use]
    pub(crate) fn begin(
        proof: &VerifiedIdToken,
        beginning: NewSession<'_>,
        settings: &SessionSettings,
        now: Timestamp,
    ) -> Self {
        let former = beginning.former.map(|session| session.ended_sign_ins.as_slice()).unwrap_or_default();
        let kept = former.len().saturating_sub(REMEMBERED_SIGN_INS - 1);
        let mut ended_sign_ins = former[kept..].to_vec();
        ended_sign_ins.push((beginning.tag, beginning.return_to));
        Self {
            identity: beginning.identity,
            provider: beginning.provider.into(),
            origin: beginning.origin.into(),
            provider_session_id: proof.session_id().map(Into::into),
            id_token: proof.text().clone(),
            started: now,
            ends: now.plus(settings.lifetime),
            idle: settings.idle,
            last_seen: AtomicU64::new(now.micros()),
            refresh: RefreshSchedule::new(beginning.refresh),
            ended_sign_ins,
        }
    }

    /// This session after a refresh, with what the provider now says of the person. The session's limits stay.
    #[must_use]
    pub(crate) fn refreshed(
        &self,
        proof: Option<&VerifiedIdToken>,
        identity: Arc<Identity>,
        grant: RefreshGrant,
    ) -> Self {
        Self {
            identity,
            provider: self.provider.clone(),
            provider_session_id: self.provider_session_id.clone(),
            origin: self.origin.clone(),
            id_token: proof.map_or_else(|| self.id_token.clone(), |proof| proof.text().clone()),
            started: self.started,
            ends: self.ends,
            idle: self.idle,
            last_seen: AtomicU64::new(self.last_seen().micros()),
            refresh: RefreshSchedule::new(Some(grant)),
            ended_sign_ins: self.ended_sign_ins.clone(),
        }
    }

    /// The refresh token, if the provider issued one.
    #[must_use]
    pub(crate) fn refresh_grant(&self) -> Option<&RefreshGrant> {
        self.refresh.grant.as_ref()
    }

    /// Whether the session has to be refreshed; `None` also during the pause after a failure.
    #[must_use]
    pub(crate) fn refresh_due(&self, now: Timestamp) -> Option<RefreshUrgency> {
        self.refresh.urgency(now)
    }

    /// Pauses refreshes after one that failed.
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
        &self.provider
    }

    /// The provider's identifier of its own session (`sid`), by which it ends this one.
    #[must_use]
    pub(super) fn provider_session_id(&self) -> Option<&str> {
        self.provider_session_id.as_deref()
    }

    /// The public origin. The session counts on no other.
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

    /// When the session ends if it is not used again, and when it ends at the latest.
    #[must_use]
    pub(crate) fn ends(&self) -> (Timestamp, Timestamp) {
        (self.last_seen().plus(self.idle).min(self.ends), self.ends)
    }

    /// Whether the session is live at `now`.
    #[must_use]
    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends().0
    }

    /// Records that the session is used. Coarse, so that most requests write nothing.
    pub(crate) fn touch(&self, now: Timestamp) {
        if now.since(self.last_seen()) >= COARSE.min(self.idle / 10) {
            self.last_seen.fetch_max(now.micros(), Ordering::Relaxed);
        }
    }

    /// The page at which the sign-in `tag` ended, if it led to this session or to one before it in the same browser.
    #[must_use]
    pub(crate) fn end_of_sign_in(&self, tag: &Tag) -> Option<&ReturnTo> {
        self.ended_sign_ins.iter().find(|(its, _)| its == tag).map(|(_, return_to)| return_to)
    }

    fn last_seen(&self) -> Timestamp {
        Timestamp::from_micros(self.last_seen.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("subject", &self.identity.subject())
            .field("provider", &self.provider)
            .field("started", &self.started)
            .finish_non_exhaustive()
    }
}

/// The number of sign-ins whose back button and reload still lead to the page that was wanted.
const REMEMBERED_SIGN_INS: usize = 8;

/// Idle limits are minutes or hours, so a use is recorded at most once a minute.
const COARSE: Duration = Duration::from_secs(60);
