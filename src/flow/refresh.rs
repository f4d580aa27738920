//! A session whose tokens come to their end is renewed at its provider, by a request that brings its cookie.
//!
//! RFC 6749 §6, OpenID Connect Core §12. A refresh token may be good for one use only: each session has one renewal at a
//! time, and it runs to its end whoever hangs up.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Map;
use tokio::sync::watch;
use tracing::{debug, error, warn};

use super::{
    error::{FlowError, about},
    relying_party::RelyingParty,
};
use crate::{
    base::{Clock, Secret, chain},
    identity::{Claims, Identity},
    oidc::{Channel, Expected, TokenResponse, UserinfoUse, VerifiedIdToken, check_refreshed},
    provider::{CallError, Provider},
    session::{RefreshGrant, RefreshUrgency, Session, SessionCookie, SessionKey, SessionStore},
    telemetry::audit,
    web::RequestContext,
};

/// The renewals under way, by session.
#[derive(Clone, Default)]
pub(super) struct Renewals(Arc<Mutex<HashMap<SessionKey, watch::Receiver<()>>>>);

/// One renewal.
struct Work {
    key: SessionKey,
    session: Arc<Session>,
    provider: Arc<Provider>,
    store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
    context: RequestContext,
}

impl RelyingParty {
    /// The session as it counts for this visit: renewed first where its time is over; `None` when it has ended meanwhile.
    pub(super) async fn renewed(
        &self,
        context: &RequestContext,
        cookie: &SessionCookie,
        session: Arc<Session>,
        urgency: RefreshUrgency,
    ) -> Result<Option<Arc<Session>>, FlowError> {
        let Some(provider) = self.provider(session.provider()) else { return Ok(Some(session)) };
        let key = cookie.key();
        let work = || Work {
            key,
            session: Arc::clone(&session),
            provider: Arc::clone(provider),
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            context: context.clone(),
        };
        let mut ended = self.renewals.join_or_start(self, key, work);
        if urgency == RefreshUrgency::Soon {
            return Ok(Some(session));
        }
        // An error says that the sender is gone: the renewal is over, which is all that matters here.
        let _over = ended.changed().await;
        Ok(self.store.load(&key, context.now).await?)
    }
}

impl Renewals {
    fn join_or_start(&self, party: &RelyingParty, key: SessionKey, work: impl FnOnce() -> Work) -> watch::Receiver<()> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ended) = table.get(&key).filter(|ended| ended.has_changed().is_ok()) {
            return ended.clone();
        }
        let (end, ended) = watch::channel(());
        table.insert(key, ended.clone());
        let (work, renewals) = (work(), self.clone());
        party.spawn_tracked(async move {
            work.run().await;
            renewals.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
            drop(end);
        });
        ended
    }
}

impl Work {
    async fn run(self) {
        if !self.is_still_needed().await {
            return;
        }
        let Err(error) = self.renew().await else { return };
        let (provider, reason) = (self.session.provider(), error.reason());
        if !error.ends_refresh() {
            // What is known of the person counts until the session's own end: nobody is signed out by an outage.
            self.session.pause_renewal(self.clock.now());
            warn!(provider, %reason, detail = chain(&error), "a session cannot be renewed for the moment");
            return;
        }
        warn!(provider, %reason, detail = chain(&error), "a session is not renewed and has ended");
        match self.store.remove(&self.key).await {
            Ok(_) => audit::ended(about(&self.context), provider, self.session.identity().subject(), reason),
            Err(lost) => error!(error = %lost, "a session should have ended, but the session store does not answer"),
        }
    }

    /// Whether the session is still the one that has to be renewed. Whoever read it before another renewal ended, and asks
    /// only now, would spend its refresh token a second time.
    async fn is_still_needed(&self) -> bool {
        let present = self.store.load(&self.key, self.clock.now()).await;
        let is_the_one = matches!(present, Ok(Some(present)) if Arc::ptr_eq(&present, &self.session));
        is_the_one && self.session.renewal_due(self.clock.now()).is_some()
    }

    async fn renew(&self) -> Result<(), CallError> {
        let Some(renewal) = self.session.renewal() else { return Ok(()) };
        let tokens = self.provider.refresh(renewal.refresh_token()).await?;
        // RFC 6749 §6: without a new refresh token the old one stays in use.
        let next = tokens.refresh_token.clone().unwrap_or_else(|| renewal.refresh_token().clone());
        match self.told(&tokens).await {
            Ok((proof, identity)) => {
                let renewal = RefreshGrant::new(next, tokens.expires_in, self.clock.now());
                self.put(self.session.renewed(proof.as_ref(), identity, renewal)).await;
                Ok(())
            }
            Err(error) if error.ends_refresh() => Err(error),
            Err(error) => {
                // The old refresh token may be spent by now: what came instead is for another attempt, soon.
                let renewal = RefreshGrant::new(next, Some(Duration::ZERO), self.clock.now());
                self.put(self.session.renewed(None, Arc::clone(self.session.identity()), renewal)).await;
                Err(error)
            }
        }
    }

    /// What the provider says of the person now, verified.
    async fn told(&self, tokens: &TokenResponse) -> Result<(Option<VerifiedIdToken>, Arc<Identity>), CallError> {
        let Some(proof) = self.proof(tokens).await? else { return Ok((None, Arc::clone(self.session.identity()))) };
        let identity = self.identity(&proof, &tokens.access_token).await?;
        Ok((Some(proof), identity))
    }

    async fn put(&self, renewed: Session) {
        let (request, provider) = (&self.context.id, self.session.provider());
        match self.store.replace(&self.key, &self.session, renewed).await {
            Ok(is_there) => debug!(%request, provider, is_there, "a session was renewed"),
            Err(lost) => error!(%request, provider, error = %lost, "a renewed session was not taken by its store"),
        }
    }

    /// The person as the provider speaks of them now. Where userinfo does not answer, the `id_token` alone counts if that
    /// was enough to sign in: what is not said any more is gone. Else this renewal has to wait.
    async fn identity(&self, proof: &VerifiedIdToken, access_token: &Secret) -> Result<Arc<Identity>, CallError> {
        let known = self.session.identity();
        let userinfo = match self.provider.userinfo(access_token, proof, self.clock.now()).await {
            Err(error) if error.is_absent_userinfo() && self.provider.settings().userinfo == UserinfoUse::On => {
                let (provider, reason) = (self.session.provider(), error.reason());
                warn!(provider, %reason, detail = chain(&error), "a session is renewed without userinfo");
                Map::new()
            }
            claims => claims?,
        };
        let newer = Claims::new(proof.claims().clone()).completed_with(userinfo);
        Ok(Arc::new(Identity::new(known.issuer(), known.subject(), known.claims().refreshed(newer.all()))))
    }

    /// The new `id_token`, which may be missing (OpenID Connect Core §12.2) and else must continue the one before.
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
