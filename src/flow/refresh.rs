//! Refresh: a request with a session whose tokens expire gets new tokens from the provider.
//!
//! RFC 6749 §6, OpenID Connect Core §12. A refresh token may be valid for one use only. So a session has one refresh
//! at a time, which runs to its end even if the browser disconnects.

use std::sync::Arc;

use tokio::sync::watch;
use tracing::{debug, error, warn};

use super::{
    error::{FlowError, about},
    presented_session::PresentedSession,
    relying_party::RelyingParty,
};
use crate::{
    base::{Clock, Secret, chain},
    identity::{Claims, Identity},
    oidc::{Channel, Expected, TokenResponse, UserinfoUse, VerifiedIdToken, check_refreshed},
    provider::{CallError, Provider},
    session::{RefreshGrant, RefreshUrgency, Session, SessionKey, SessionStore},
    telemetry::audit::AuditLog,
    web::RequestContext,
};

/// One refresh.
struct Refresh {
    key: SessionKey,
    session: Arc<Session>,
    provider: Arc<Provider>,
    store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
    audit: AuditLog,
    context: RequestContext,
}

impl RelyingParty {
    /// The session to use for a request: refreshed first if its tokens have expired and the provider answers in time; `None`
    /// if it has ended meanwhile. Without an answer the session is used as it is, and the refresh continues.
    pub(super) async fn refreshed(
        &self,
        context: &RequestContext,
        PresentedSession { cookie, session }: PresentedSession,
        urgency: RefreshUrgency,
    ) -> Result<Option<Arc<Session>>, FlowError> {
        let Some(provider) = self.provider(session.provider()) else { return Ok(Some(session)) };
        let (key, breaker) = (cookie.key(), provider.breaker());
        let done = self
            .refreshes
            .find(&key)
            .or_else(|| breaker.admits(self.clock.now()).then(|| self.start_refresh(key, &session, provider, context)));
        let Some(mut done) = done.filter(|_| urgency == RefreshUrgency::Now && !breaker.is_open()) else {
            return Ok(Some(session));
        };
        tokio::select! {
            // The channel never carries a value. It closes when the refresh ends, which is an error here.
            _closed = done.changed() => {}
            () = breaker.opened() => {}
            () = tokio::time::sleep(self.sessions.refresh_wait) => breaker.unanswered(self.clock.now()),
        }
        Ok(self.store.load(&key, context.now).await?)
    }

    /// Starts the refresh of a session, or joins it. The returned channel closes when it ends.
    fn start_refresh(
        &self,
        key: SessionKey,
        session: &Arc<Session>,
        provider: &Arc<Provider>,
        context: &RequestContext,
    ) -> watch::Receiver<()> {
        self.refreshes.join_or_start(key, |guard| {
            let refresh = Refresh {
                key,
                session: Arc::clone(session),
                provider: Arc::clone(provider),
                store: Arc::clone(&self.store),
                clock: Arc::clone(&self.clock),
                audit: self.audit.clone(),
                context: context.clone(),
            };
            self.spawn_tracked(async move {
                refresh.run().await;
                drop(guard);
            });
        })
    }
}

impl Refresh {
    async fn run(self) {
        let breaker = self.provider.breaker();
        if !self.is_still_needed().await {
            breaker.abandon(self.clock.now());
            return;
        }
        let refreshed = self.refresh().await;
        breaker.record(refreshed.as_ref(), self.clock.now());
        let Err(error) = refreshed else { return };
        let (provider, reason) = (self.session.provider(), error.reason());
        if !error.ends_refresh() {
            // The session stays valid with its current claims until its own limits: an outage signs no one out.
            self.session.pause_refresh(self.clock.now());
            warn!(provider, %reason, detail = chain(&error), "a session could not be refreshed; the refresh is tried again later");
            return;
        }
        warn!(provider, %reason, detail = chain(&error), "a session has ended, because the provider refused to refresh it");
        match self.store.remove(&self.key).await {
            Ok(_) => self.audit.ended(about(&self.context), provider, self.session.identity().subject(), reason),
            Err(error) => {
                error!(%error, "a session could not be ended, because the session store failed");
            }
        }
    }

    /// Whether the store still holds the session that the request loaded, and its refresh is due. Another refresh may have
    /// replaced the session since then, and its refresh token must not be used a second time.
    async fn is_still_needed(&self) -> bool {
        let current = self.store.load(&self.key, self.clock.now()).await;
        let is_unchanged = matches!(current, Ok(Some(current)) if Arc::ptr_eq(&current, &self.session));
        is_unchanged && self.session.refresh_due(self.clock.now()).is_some()
    }

    async fn refresh(&self) -> Result<(), CallError> {
        let Some(grant) = self.session.refresh_grant() else { return Ok(()) };
        let tokens = self.provider.refresh(grant.refresh_token()).await?;
        // RFC 6749 §6: without a new refresh token the old one stays valid.
        let next = tokens.refresh_token.clone().unwrap_or_else(|| grant.refresh_token().clone());
        match self.verified(&tokens).await {
            Ok((id_token, identity)) => {
                let grant = RefreshGrant::new(next, tokens.expires_in, self.clock.now());
                self.replace(self.session.refreshed(id_token.as_ref(), identity, grant)).await;
                Ok(())
            }
            Err(error) if error.ends_refresh() => Err(error),
            Err(error) => {
                // The old refresh token may no longer be valid, so the new one is stored, and used after the pause.
                self.replace(self.session.with_refresh_token(next, self.clock.now())).await;
                Err(error)
            }
        }
    }

    /// The new `id_token`, verified, and the identity that the provider now gives.
    async fn verified(&self, tokens: &TokenResponse) -> Result<(Option<VerifiedIdToken>, Arc<Identity>), CallError> {
        let id_token = self.id_token(tokens).await?;
        let identity = self.identity(id_token.as_ref(), &tokens.access_token).await?;
        Ok((id_token, identity))
    }

    async fn replace(&self, refreshed: Session) {
        let (request, provider) = (&self.context.id, self.session.provider());
        match self.store.replace(&self.key, &self.session, refreshed).await {
            Ok(replaced) => debug!(%request, provider, replaced, "a session was refreshed"),
            Err(error) => {
                error!(%request, provider, %error, "the session store did not store a refreshed session");
            }
        }
    }

    /// The identity from the new `id_token`, or the claims of the earlier ones if there is none, and userinfo. If userinfo
    /// gives no response and is not required (`userinfo = "on"`), a new `id_token` alone is used, and claims that it lacks
    /// are dropped; without one the identity stays. If userinfo is required, the refresh fails.
    async fn identity(
        &self,
        id_token: Option<&VerifiedIdToken>,
        access_token: &Secret,
    ) -> Result<Arc<Identity>, CallError> {
        let current = self.session.identity();
        let person = (current.issuer(), current.claims().text("sub").unwrap_or_default());
        let signed = id_token.map(|id_token| Claims::new(id_token.claims().clone()));
        let claims = match (self.provider.userinfo(access_token, person, self.clock.now()).await, signed) {
            (Err(error), signed)
                if error.is_absent_userinfo() && self.provider.settings().userinfo == UserinfoUse::On =>
            {
                let (provider, reason) = (self.session.provider(), error.reason());
                warn!(provider, %reason, detail = chain(&error), "a session is refreshed without userinfo");
                let Some(signed) = signed else { return Ok(Arc::clone(current)) };
                current.claims().refreshed(signed)
            }
            (userinfo, signed) => {
                // What userinfo added before and does not name now is gone.
                let known = current.claims().without_userinfo();
                known.refreshed(signed.unwrap_or_else(|| known.clone()).completed_with(userinfo?))
            }
        };
        Ok(Arc::new(current.with_claims(claims)))
    }

    /// The new `id_token`, verified. It is optional, and must match the one of the sign-in (OpenID Connect Core §12.2).
    async fn id_token(&self, tokens: &TokenResponse) -> Result<Option<VerifiedIdToken>, CallError> {
        let Some(text) = &tokens.id_token else { return Ok(None) };
        let settings = self.provider.settings();
        let expected = Expected {
            issuer: &settings.issuer,
            profile: settings.profile,
            client_id: &settings.client_id,
            nonce: None,
            code: None,
            access_token: Some(Secret::expose(&tokens.access_token)),
            state: None,
            channel: Channel::Back,
        };
        let id_token = self.provider.verify_id_token(text, &expected, self.clock.now()).await?;
        check_refreshed(self.session.identity().claims().all(), &id_token)
            .map_err(|error| CallError::IdToken(Arc::new(error)))?;
        Ok(Some(id_token))
    }
}
