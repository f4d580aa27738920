//! The documents that a provider publishes: its metadata and its keys.
//!
//! OpenID Connect Discovery §4, OpenID Connect Core §10.1.1. Both documents are refreshed in the background before they
//! expire, so that requests do not wait for them. Only a token with an unknown key makes a request fetch one.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::runtime::Handle;
use tracing::{error, info, warn};

use super::{
    cached_document::{CachedDocument, DocumentName, FetchedDocument, Replacement},
    call_error::CallError,
    fetch::{Fetch, FetchRequest},
    freshness::{MIN_LIFETIME, freshness_lifetime, refresh_after},
    key_fetch_limiter::KeyFetchLimiter,
};
use crate::{
    base::{Clock, Random, Timestamp},
    jose::KeySet,
    oidc::{Channel, Metadata, ProviderSettings},
};

/// The cached documents of one provider.
pub(super) struct Documents {
    source: Arc<DocumentSource>,
    metadata: Arc<CachedDocument<Metadata>>,
    keys: Arc<CachedDocument<KeySet>>,
    limiter: KeyFetchLimiter,
}

/// The settings and dependencies for fetching the documents of one provider.
pub(super) struct DocumentSource {
    /// The settings of the provider.
    pub(super) settings: Arc<ProviderSettings>,
    /// The HTTP client.
    pub(super) fetch: Arc<dyn Fetch>,
    /// The clock that decides when a document is due.
    pub(super) clock: Arc<dyn Clock>,
    /// Spreads the refreshes of several gateways over time.
    pub(super) random: Arc<dyn Random>,
}

impl Documents {
    /// Empty caches. Fetches run on `runtime`.
    pub(super) fn new(source: DocumentSource, runtime: Handle) -> Self {
        let name = |document| DocumentName { provider: source.settings.name.as_str().to_owned(), document };
        Self {
            metadata: CachedDocument::new(name("metadata"), Arc::clone(&source.clock), runtime.clone()),
            keys: CachedDocument::new(name("keys"), Arc::clone(&source.clock), runtime),
            limiter: KeyFetchLimiter::new(source.clock.now()),
            source: Arc::new(source),
        }
    }

    /// Whether both documents are cached and usable.
    pub(super) fn are_available(&self) -> bool {
        self.metadata.current().is_some() && self.keys.current().is_some()
    }

    /// The metadata, fetched if not cached.
    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, CallError> {
        self.metadata.value(Arc::clone(&self.source).metadata()).await
    }

    /// The keys, fetched if not cached.
    pub(super) async fn keys(&self) -> Result<Arc<KeySet>, CallError> {
        if let Some(cached) = self.keys.current() {
            return Ok(Arc::clone(&cached.value));
        }
        let metadata = self.metadata().await?;
        self.keys.value(self.fetch_keys(metadata)).await
    }

    /// Keys other than `known`, for a token with the unknown key `kid` that `channel` delivered. They are fetched if
    /// the rate limit permits it. `None` if there are no other keys.
    pub(super) async fn other_keys(
        &self,
        known: &Arc<KeySet>,
        kid: Option<&str>,
        channel: Channel,
    ) -> Result<Option<Replacement<KeySet>>, CallError> {
        let fetch = self.fetch_keys(self.metadata().await?);
        let (now, mut is_permitted) = (self.source.clock.now(), false);
        let permit = |fetched: Option<Timestamp>| {
            is_permitted = self.limiter.try_acquire(kid, channel, fetched, now);
            is_permitted
        };
        let others = self.keys.replacement(known, permit, fetch, now).await;
        if is_permitted && others.is_none() {
            self.limiter.forget(kid);
        }
        Ok(others)
    }

    /// The last fetched metadata, of any age.
    pub(super) fn latest_metadata(&self) -> Option<Arc<Metadata>> {
        self.metadata.latest().map(|snapshot| Arc::clone(&snapshot.value))
    }

    /// Fetches every document whose refresh is due by the clock.
    pub(super) async fn refresh(&self) {
        // Keys that cannot be fetched may have a new URL, which the metadata contains.
        let now = self.source.clock.now();
        let may_have_moved = |at: Timestamp| self.keys.has_failed() && now.since(at) >= MIN_LIFETIME;
        let fetch = Arc::clone(&self.source).metadata();
        self.metadata.refresh(|cached| may_have_moved(cached.requested_at), fetch).await;
        let Some(metadata) = self.metadata.current().map(|cached| Arc::clone(&cached.value)) else { return };
        let fetch = self.fetch_keys(Arc::clone(&metadata));
        self.keys.refresh(|cached| cached.url != metadata.jwks_uri(), fetch).await;
    }

    fn fetch_keys(
        &self,
        metadata: Arc<Metadata>,
    ) -> impl Future<Output = Result<FetchedDocument<KeySet>, CallError>> + Send + use<> {
        Arc::clone(&self.source).keys(metadata, Arc::clone(&self.keys))
    }
}

impl DocumentSource {
    async fn metadata(self: Arc<Self>) -> Result<FetchedDocument<Metadata>, CallError> {
        let provider = self.settings.name.as_str();
        let url = self.settings.metadata_url().to_owned();
        let (body, refresh_after) = self.document(&url).await?;
        let metadata = Metadata::parse(&body, &self.settings).map_err(|error| CallError::Metadata(Arc::new(error)))?;
        for warning in metadata.warnings() {
            warn!(provider, %warning, "the provider's metadata is unusual");
        }
        Ok(FetchedDocument { value: metadata, url, refresh_after })
    }

    async fn keys(
        self: Arc<Self>,
        metadata: Arc<Metadata>,
        cache: Arc<CachedDocument<KeySet>>,
    ) -> Result<FetchedDocument<KeySet>, CallError> {
        let provider = self.settings.name.as_str();
        let url = metadata.jwks_uri().to_owned();
        let (body, refresh_after) = self.document(&url).await?;
        let mut keys = KeySet::parse(&body).map_err(|error| CallError::Keys(Arc::new(error)))?;
        let skipped: Vec<_> = keys.skipped().iter().map(ToString::to_string).collect();
        info!(provider, keys = keys.len(), skipped = skipped.join(", "), "keys read");
        if keys.exposes_private_key() {
            error!(
                provider,
                from = url,
                "ALARM: the provider publishes private or symmetric keys: anyone who read them can sign in as any user"
            );
        }
        if let Some(previous) = cache.current() {
            keys = keys.merge(&previous.value, self.clock.now());
        }
        Ok(FetchedDocument { value: keys, url, refresh_after })
    }

    /// The body of a document, and the time until its refresh. OpenID Connect Discovery §4.2 requires status 200, so a
    /// redirect is an error.
    async fn document(&self, url: &str) -> Result<(Bytes, Duration), CallError> {
        let request = FetchRequest { url: url.to_owned(), authorization: None, form: None, certificate: None };
        let response = self.fetch.fetch(request).await.map_err(|source| CallError::fetch(url, source))?;
        match response.status {
            200 => {
                let lifetime = freshness_lifetime(response.cache_control.as_deref());
                Ok((response.body, refresh_after(lifetime, &*self.random)))
            }
            status => Err(CallError::Status { url: url.into(), status }),
        }
    }
}
