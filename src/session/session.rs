//! A session: who is signed in, since when, until when.

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

/// What is remembered of one signed-in browser. Shared, never copied: a request holds it by an [`Arc`].
pub struct Session {
    identity: Arc<Identity>,
    provider: Box<str>,
    origin: Box<str>,
    name_at_provider: Option<Box<str>>,
    id_token: Secret,
    started: Timestamp,
    ends: Timestamp,
    idle: Duration,
    last_seen: AtomicU64,
    renewing: RefreshSchedule,
    ended_sign_ins: Vec<(Tag, ReturnTo)>,
}

/// What a session begins with, besides the token that proves it.
pub struct NewSession<'a> {
    /// Who signed in.
    pub identity: Arc<Identity>,
    /// Through which provider.
    pub provider: &'a str,
    /// On which origin.
    pub origin: &'a str,
    /// The sign-in that made it.
    pub tag: Tag,
    /// Where that sign-in was to end.
    pub return_to: ReturnTo,
    /// What renews it, if the provider gave that.
    pub renewal: Option<RefreshGrant>,
    /// The session this browser had until now.
    pub former: Option<&'a Session>,
}

impl Session {
    /// Begins a session. Without a verified `id_token` there is none.
    #[must_use]
    pub fn begin(
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
            name_at_provider: proof.session_id().map(Into::into),
            id_token: proof.text().clone(),
            started: now,
            ends: now.plus(settings.lifetime),
            idle: settings.idle,
            last_seen: AtomicU64::new(now.micros()),
            renewing: RefreshSchedule::new(beginning.renewal),
            ended_sign_ins,
        }
    }

    /// This session with what its provider said of the same person just now; its own limits stay.
    #[must_use]
    pub fn renewed(&self, proof: Option<&VerifiedIdToken>, identity: Arc<Identity>, renewal: RefreshGrant) -> Self {
        Self {
            identity,
            provider: self.provider.clone(),
            name_at_provider: self.name_at_provider.clone(),
            origin: self.origin.clone(),
            id_token: proof.map_or_else(|| self.id_token.clone(), |proof| proof.text().clone()),
            started: self.started,
            ends: self.ends,
            idle: self.idle,
            last_seen: AtomicU64::new(self.last_seen().micros()),
            renewing: RefreshSchedule::new(Some(renewal)),
            ended_sign_ins: self.ended_sign_ins.clone(),
        }
    }

    /// What renews it.
    #[must_use]
    pub fn renewal(&self) -> Option<&RefreshGrant> {
        self.renewing.renewal.as_ref()
    }

    /// Whether it has to be renewed; `None` too during the pause after a failure.
    #[must_use]
    pub fn renewal_due(&self, now: Timestamp) -> Option<RefreshUrgency> {
        self.renewing.urgency(now)
    }

    /// The provider did not answer: it is left in peace for a while.
    pub fn pause_renewal(&self, now: Timestamp) {
        self.renewing.pause(now);
    }

    /// Who is signed in.
    #[must_use]
    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// The provider that vouched for them.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The provider's name for its own session (`sid`), by which it ends this one.
    #[must_use]
    pub fn name_at_provider(&self) -> Option<&str> {
        self.name_at_provider.as_deref()
    }

    /// The origin it belongs to; on another one it is worth nothing.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The `id_token`, to tell the provider at sign-out whose session ends.
    #[must_use]
    pub fn id_token(&self) -> &Secret {
        &self.id_token
    }

    /// When it began.
    #[must_use]
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// When it ends if it is not used again, and at the latest.
    #[must_use]
    pub fn ends(&self) -> (Timestamp, Timestamp) {
        (self.last_seen().plus(self.idle).min(self.ends), self.ends)
    }

    /// Whether it is alive at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends().0
    }

    /// Notes that it is used. Coarse: most requests only look.
    pub fn touch(&self, now: Timestamp) {
        if now.since(self.last_seen()) >= COARSE.min(self.idle / 10) {
            self.last_seen.fetch_max(now.micros(), Ordering::Relaxed);
        }
    }

    /// Where the sign-in `tag` ended, if it led to this session or one before it in the same browser.
    #[must_use]
    pub fn end_of_sign_in(&self, tag: &Tag) -> Option<&ReturnTo> {
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

/// The back button and reloads of so many sign-ins still end where each was going.
const REMEMBERED_SIGN_INS: usize = 8;

/// An idle limit is hours or minutes: to note each minute that somebody is there is enough.
const COARSE: Duration = Duration::from_secs(60);
