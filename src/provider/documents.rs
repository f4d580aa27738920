//! What a provider publishes, kept at hand: its metadata and its keys.
//!
//! OpenID Connect Discovery §4, OpenID Connect Core §10.1.1. Both are renewed in the background, ahead of their end, so
//! that no request waits for them. The only request that makes us ask is one with a key that nobody knows.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::runtime::Handle;
use tracing::{error, info, warn};

use super::{
    cached::{Another, Cached, Fetched, Name},
    fetch::{Call, Fetch},
    keys::Permits,
    lifetime::{SHORTEST, lifetime, renewal},
    provider::{CallError, unreachable_at},
};
use crate::{
    base::{Clock, Random, Timestamp},
    jose::KeySet,
    oidc::{Channel, Metadata, ProviderSettings},
};

/// The documents of one provider.
pub(super) struct Documents {
    source: Arc<Source>,
    metadata: Arc<Cached<Metadata>>,
    keys: Arc<Cached<KeySet>>,
    permits: Permits,
}

/// Where they come from.
pub(super) struct Source {
    /// Whose they are.
    pub(super) settings: Arc<ProviderSettings>,
    /// How they are fetched.
    pub(super) fetch: Arc<dyn Fetch>,
    /// The time.
    pub(super) clock: Arc<dyn Clock>,
    /// Spreads the fetches of many gateways.
    pub(super) random: Arc<dyn Random>,
}

impl Documents {
    /// None yet.
    pub(super) fn new(source: Source, home: Handle) -> Self {
        let name = |document| Name { provider: source.settings.name.as_str().to_owned(), document };
        Self {
            metadata: Cached::new(name("metadata"), Arc::clone(&source.clock), home.clone()),
            keys: Cached::new(name("keys"), Arc::clone(&source.clock), home),
            permits: Permits::new(source.clock.now()),
            source: Arc::new(source),
        }
    }

    /// Whether both are at hand.
    pub(super) fn are_at_hand(&self) -> bool {
        self.metadata.current().is_some() && self.keys.current().is_some()
    }

    /// The metadata, fetched when there is none.
    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, CallError> {
        self.metadata.value(Arc::clone(&self.source).metadata()).await
    }

    /// The keys, fetched when there are none.
    pub(super) async fn keys(&self) -> Result<Arc<KeySet>, CallError> {
        if let Some(known) = self.keys.current() {
            return Ok(Arc::clone(&known.value));
        }
        let metadata = self.metadata().await?;
        self.keys.value(self.fetch_keys(metadata)).await
    }

    /// Keys other than `known` for a token of that place that names the key `kid`, as far as it may make us ask for them.
    pub(super) async fn other_keys(
        &self,
        known: &Arc<KeySet>,
        kid: Option<&str>,
        place: Channel,
    ) -> Result<Option<Another<KeySet>>, CallError> {
        let work = self.fetch_keys(self.metadata().await?);
        let (now, mut is_spent) = (self.source.clock.now(), false);
        let permit = |fetched: Option<Timestamp>| {
            is_spent = self.permits.spend(kid, place, fetched, now);
            is_spent
        };
        let others = self.keys.another(known, permit, work, now).await;
        if is_spent && others.is_none() {
            self.permits.forget(kid);
        }
        Ok(others)
    }

    /// The metadata fetched last, however old.
    pub(super) fn latest_metadata(&self) -> Option<Arc<Metadata>> {
        self.metadata.latest().map(|dated| Arc::clone(&dated.value))
    }

    /// Fetches what is due by the clock.
    pub(super) async fn tend(&self) {
        // Keys that cannot be fetched may have been moved.
        let now = self.source.clock.now();
        let may_have_moved = |at: Timestamp| self.keys.is_troubled() && now.since(at) >= SHORTEST;
        self.metadata.renew(|known| may_have_moved(known.at), Arc::clone(&self.source).metadata()).await;
        let Some(metadata) = self.metadata.current().map(|dated| Arc::clone(&dated.value)) else { return };
        let work = self.fetch_keys(Arc::clone(&metadata));
        self.keys.renew(|known| known.from != metadata.jwks_uri(), work).await;
    }

    fn fetch_keys(
        &self,
        metadata: Arc<Metadata>,
    ) -> impl Future<Output = Result<Fetched<KeySet>, CallError>> + Send + use<> {
        Arc::clone(&self.source).keys(metadata, Arc::clone(&self.keys))
    }
}

impl Source {
    async fn metadata(self: Arc<Self>) -> Result<Fetched<Metadata>, CallError> {
        let provider = self.settings.name.as_str();
        let from = self.settings.metadata_url().to_owned();
        let (body, renew_after) = self.document(&from).await?;
        let metadata = Metadata::parse(&body, &self.settings).map_err(|error| CallError::Metadata(Arc::new(error)))?;
        for warning in metadata.warnings() {
            warn!(provider, %warning, "the provider's metadata is odd");
        }
        Ok(Fetched { value: metadata, from, renew_after })
    }

    async fn keys(
        self: Arc<Self>,
        metadata: Arc<Metadata>,
        kept: Arc<Cached<KeySet>>,
    ) -> Result<Fetched<KeySet>, CallError> {
        let provider = self.settings.name.as_str();
        let from = metadata.jwks_uri().to_owned();
        let (body, renew_after) = self.document(&from).await?;
        let mut keys = KeySet::parse(&body).map_err(|error| CallError::Keys(Arc::new(error)))?;
        info!(provider, keys = keys.len(), skipped = ?keys.skipped(), "keys read");
        if keys.shows_private_key() {
            error!(
                provider,
                from,
                "ALARM: the provider publishes private or symmetric keys: whoever read them can sign in as anybody"
            );
        }
        if let Some(older) = kept.current() {
            keys = keys.merge(&older.value, self.clock.now());
        }
        Ok(Fetched { value: keys, from, renew_after })
    }

    /// A document and when to fetch it anew. A redirect is no document (OpenID Connect Discovery §4.2 asks for 200).
    async fn document(&self, url: &str) -> Result<(Bytes, Duration), CallError> {
        let call = Call { url: url.to_owned(), authorization: None, form: None, certificate: None };
        let answer = self.fetch.fetch(call).await.map_err(|source| unreachable_at(url, source))?;
        match answer.status {
            200 => Ok((answer.body, renewal(lifetime(answer.cache_control.as_deref()), &*self.random))),
            status => Err(CallError::Status { url: url.into(), status }),
        }
    }
}
