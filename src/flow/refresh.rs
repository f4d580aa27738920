//! Refresh: a session whose tokens expire gets new ones from its provider, in a request that brings its cookie.
//!
//! RFC 6749 §6, OpenID Connect Core §12. A refresh token may be valid for one use only: each session has one refresh at a
//! time, which runs to its end also when the browser goes away.

use std::{sync::Arc, time::Duration};

use serde_json::Map;
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
    /// The session as it counts for a request: refreshed first when its tokens have expired; `None` when it has ended
    /// meanwhile.
    pub(super) async fn refreshed(
        &self,
        context: &RequestContext,
        PresentedSession { cookie, session }: PresentedSession,
        urgency: RefreshUrgency,
    ) -> Result<Option<Arc<Session>>, FlowError> {
        let Some(provider) = self.provider(session.provider()) else { return Ok(Some(session)) };
        let key = cookie.key();
        let mut ended = self.refreshes.join_or_start(key, |ending| {
            let refresh = Refresh {
                key,
                session: Arc::clone(&session),
                provider: Arc::clone(provider),
                store: Arc::clone(&self.store),
                clock: Arc::clone(&self.clock),
                audit: self.audit.clone(),
                context: context.clone(),
            };
            self.spawn_tracked(async move {
                refresh.run().await;
                drop(ending);
            });
        });
        if urgency == RefreshUrgency::Soon {
            return Ok(Some(session));
        }
        // The channel never carries a value: an error means that its sender is gone, and so the refresh is over.
        let _over = ended.changed().await;
        Ok(self.store.load(&key, context.now).await?)
    }
}

impl Refresh {
    async fn run(self) {
        if !self.is_still_needed().await {
            return;
        }
        let Err(error) = self.refresh().await else { return };
        let (provider, reason) = (self.session.provider(), error.reason());
        if !error.ends_refresh() {
            // The claims that are known count until the session's own end: an outage signs no person out.
            self.session.pause_refresh(self.clock.now());
            warn!(provider, %reason, detail = chain(&error), "a session cannot be refreshed at the moment");
            return;
        }
        warn!(provider, %reason, detail = chain(&error), "a session has ended, because the provider does not refresh it");
        match self.store.remove(&self.key).await {
            Ok(_) => self.audit.ended(about(&self.context), provider, self.session.identity().subject(), reason),
            Err(lost) => {
                error!(error = %lost, "a session could not be ended, because the session store does not answer");
            }
        }
    }

    /// Whether the store still holds the session that was read. A request that read the session before another refresh ended
    /// would use the refresh token a second time.
    async fn is_still_needed(&self) -> bool {
        let present = self.store.load(&self.key, self.clock.now()).await;
        let is_the_one = matches!(present, Ok(Some(present)) if Arc::ptr_eq(&present, &self.session));
        is_the_one && self.session.refresh_due(self.clock.now()).is_some()
    }

    async fn refresh(&self) -> Result<(), CallError> {
        let Some(grant) = self.session.refresh_grant() else { return Ok(()) };
        let tokens = self.provider.refresh(grant.refresh_token()).await?;
        // RFC 6749 §6: without a new refresh token the old one stays valid.
        let next = tokens.refresh_token.clone().unwrap_or_else(|| grant.refresh_token().clone());
        match self.verified(&tokens).await {
            Ok((proof, identity)) => {
                let grant = RefreshGrant::new(next, tokens.expires_in, self.clock.now());
                self.put(self.session.refreshed(proof.as_ref(), identity, grant)).await;
                Ok(())
            }
            Err(error) if error.ends_refresh() => Err(error),
            Err(error) => {
                // The old refresh token may be used up: the new one is stored for the next attempt, which is soon.
                let grant = RefreshGrant::new(next, Some(Duration::ZERO), self.clock.now());
                self.put(self.session.refreshed(None, Arc::clone(self.session.identity()), grant)).await;
                Err(error)
            }
        }
    }

    /// The new `id_token`, verified, and the identity that the provider now gives.
    async fn verified(&self, tokens: &TokenResponse) -> Result<(Option<VerifiedIdToken>, Arc<Identity>), CallError> {
        let Some(proof) = self.proof(tokens).await? else { return Ok((None, Arc::clone(self.session.identity()))) };
        let identity = self.identity(&proof, &tokens.access_token).await?;
        Ok((Some(proof), identity))
    }

    async fn put(&self, refreshed: Session) {
        let (request, provider) = (&self.context.id, self.session.provider());
        match self.store.replace(&self.key, &self.session, refreshed).await {
            Ok(is_there) => debug!(%request, provider, is_there, "a session was refreshed"),
            Err(lost) => {
                error!(%request, provider, error = %lost, "the session store did not take a refreshed session");
            }
        }
    }

    /// The identity of the new `id_token` and userinfo. When userinfo does not answer, the `id_token` alone counts if it was
    /// enough to sign in (`userinfo = "on"`): claims that it lacks are dropped. Else the refresh fails for now.
    async fn identity(&self, proof: &VerifiedIdToken, access_token: &Secret) -> Result<Arc<Identity>, CallError> {
        let known = self.session.identity();
        let userinfo = match self.provider.userinfo(access_token, proof, self.clock.now()).await {
            Err(error) if error.is_absent_userinfo() && self.provider.settings().userinfo == UserinfoUse::On => {
                let (provider, reason) = (self.session.provider(), error.reason());
                warn!(provider, %reason, detail = chain(&error), "a session is refreshed without userinfo");
                Map::new()
            }
            claims => claims?,
        };
        let newer = Claims::new(proof.claims().clone()).completed_with(userinfo);
        Ok(Arc::new(Identity::new(known.issuer(), known.subject(), known.claims().refreshed(newer.all()))))
    }

    /// The new `id_token`, verified. It may be missing (OpenID Connect Core §12.2), and must match the one before.
    async fn proof(&self, tokens: &TokenResponse) -> Result<Option<VerifiedIdToken>, CallError> {
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
        let proof = self.provider.verify_id_token(text, &expected, self.clock.now()).await?;
        check_refreshed(self.session.identity().claims().all(), &proof)
            .map_err(|error| CallError::IdToken(Arc::new(error)))?;
        Ok(Some(proof))
    }
}
