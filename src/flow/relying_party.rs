//! The relying party: what all flows share.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::{home::Home, paths::Paths, refresh::Renewals};
use crate::{
    base::{Clock, KeyRing, Random},
    provider::Provider,
    session::{LoginBinding, SessionSettings, SessionStore},
    web::RequestContext,
};

/// This gateway as its providers know it (OpenID Connect Core §1.2). The flows are its methods.
pub struct RelyingParty {
    pub(super) providers: Vec<Arc<Provider>>,
    pub(super) store: Arc<dyn SessionStore>,
    pub(super) keys: KeyRing,
    pub(super) sessions: SessionSettings,
    pub(super) paths: Paths,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) home: Home,
    pub(super) renewals: Renewals,
}

/// What a [`RelyingParty`] is made of.
pub struct Parts {
    /// The providers; the first is the one for sign-ins that name none. Never empty.
    pub providers: Vec<Arc<Provider>>,
    /// Where sessions live.
    pub store: Arc<dyn SessionStore>,
    /// What seals cookies.
    pub keys: KeyRing,
    /// How long sessions live.
    pub sessions: SessionSettings,
    /// Where the own endpoints are.
    pub paths: Paths,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Where work runs to its end.
    pub home: Home,
}

impl RelyingParty {
    /// A relying party with nobody signed in.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { providers, store, keys, sessions, paths, clock, random, home } = parts;
        Self { providers, store, keys, sessions, paths, clock, random, home, renewals: Renewals::default() }
    }

    /// Runs `work` to its end whoever hangs up: it spends something.
    pub fn to_its_end<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.home.spawn(work)
    }

    /// Where the own endpoints are.
    #[must_use]
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// All providers.
    pub fn providers(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.providers.iter()
    }

    /// The provider called `name`.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.settings().name.as_str() == name)
    }

    /// The provider for sign-ins that name none.
    #[must_use]
    pub fn default_provider(&self) -> Option<&Arc<Provider>> {
        self.providers.first()
    }

    /// Whether every provider can be used.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.readiness().all(|(_, is_ready)| is_ready)
    }

    /// Each provider's name, and whether it can be used.
    pub fn readiness(&self) -> impl Iterator<Item = (&str, bool)> {
        self.providers.iter().map(|provider| (provider.settings().name.as_str(), provider.is_ready()))
    }
}

/// Between whom a sign-in of this visit through `provider` takes place.
pub(super) fn relation<'a>(context: &'a RequestContext, provider: &'a Provider) -> LoginBinding<'a> {
    let settings = provider.settings();
    LoginBinding { origin: context.origin.as_str(), provider: settings.name.as_str(), client_id: &settings.client_id }
}
