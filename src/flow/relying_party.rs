//! The relying party: the dependencies that all flows share.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use tokio::{runtime::Handle, sync::Semaphore, task::JoinHandle};
use tokio_util::task::TaskTracker;

use super::{client_budget::ClientBudget, paths::Paths, refreshes::Refreshes};
use crate::{
    access::Rule,
    base::{Clock, KeyRing, Random},
    provider::Provider,
    session::{SessionSettings, SessionStore},
    telemetry::audit::AuditLog,
};

/// This gateway as a relying party (OpenID Connect Core §1.2): providers, sessions, keys, clock.
pub(crate) struct RelyingParty {
    pub(super) providers: Vec<Arc<Provider>>,
    pub(super) store: Arc<dyn SessionStore>,
    keys: ArcSwap<KeyRing>,
    pub(super) sessions: SessionSettings,
    pub(super) paths: Paths,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) audit: AuditLog,
    tasks: TaskTracker,
    runtime: Handle,
    pub(super) refreshes: Refreshes,
    pub(super) kept_forms: ClientBudget,
    pub(super) stored_responses: ClientBudget,
    pub(super) refused_codes: ClientBudget,
    pub(super) redemptions: Arc<Semaphore>,
}

/// The settings and dependencies of a [`RelyingParty`].
pub(crate) struct RelyingPartyParts {
    /// The providers, at least one. The first is the default for sign-ins that name none.
    pub(crate) providers: Vec<Arc<Provider>>,
    /// The session store.
    pub(crate) store: Arc<dyn SessionStore>,
    /// The keys that seal cookies.
    pub(crate) keys: KeyRing,
    /// The limits of sessions.
    pub(crate) sessions: SessionSettings,
    /// The paths of the gateway's endpoints.
    pub(crate) paths: Paths,
    /// The clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub(crate) random: Arc<dyn Random>,
    /// The audit trail.
    pub(crate) audit: AuditLog,
    /// The tasks that a shutdown must wait for.
    pub(crate) tasks: TaskTracker,
    /// The runtime of these tasks. It must outlive the connections whose requests spawn them.
    pub(crate) runtime: Handle,
}

impl RelyingParty {
    /// A relying party without sessions.
    #[must_use]
    pub(crate) fn new(parts: RelyingPartyParts) -> Self {
        let RelyingPartyParts { providers, store, keys, sessions, paths, clock, random, audit, tasks, runtime } = parts;
        Self {
            refreshes: Refreshes::default(),
            kept_forms: ClientBudget::new(sessions.kept_forms_per_client, HOUR),
            stored_responses: ClientBudget::new(sessions.responses_per_client, MINUTE),
            refused_codes: ClientBudget::new(sessions.refused_codes_per_client, 2 * MINUTE),
            redemptions: Arc::new(Semaphore::new(sessions.redemptions)),
            providers,
            store,
            keys: ArcSwap::from_pointee(keys),
            sessions,
            paths,
            clock,
            random,
            audit,
            tasks,
            runtime,
        }
    }

    /// Spawns a task that a shutdown waits for. hyper drops the future of a request when its client disconnects; a task
    /// that uses up a code, a refresh token or a preserved request must run to its end, and is spawned here.
    pub(crate) fn spawn_tracked<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.tasks.spawn_on(work, &self.runtime)
    }

    /// The keys that seal cookies.
    pub(super) fn keys(&self) -> Arc<KeyRing> {
        self.keys.load_full()
    }

    /// Replaces the keys that seal cookies. A cookie that was sealed before can be opened if `keys` contains its key.
    pub(crate) fn replace_keys(&self, keys: KeyRing) {
        self.keys.store(Arc::new(keys));
    }

    /// The paths of the gateway's endpoints.
    #[must_use]
    pub(crate) fn paths(&self) -> &Paths {
        &self.paths
    }

    /// All providers.
    pub(crate) fn providers(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.providers.iter()
    }

    /// The provider called `name`.
    #[must_use]
    pub(crate) fn provider(&self, name: &str) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.settings().name.as_str() == name)
    }

    /// The provider of sign-ins for a route with this rule: the one that the rule requires, or else the first.
    #[must_use]
    pub(crate) fn provider_for(&self, rule: &Rule) -> Option<&Arc<Provider>> {
        match &rule.provider {
            Some(name) => self.provider(name),
            None => self.default_provider(),
        }
    }

    /// The provider of sign-ins that name none.
    #[must_use]
    pub(crate) fn default_provider(&self) -> Option<&Arc<Provider>> {
        self.providers.first()
    }

    /// Whether every provider can be used.
    #[must_use]
    pub(crate) fn is_ready(&self) -> bool {
        self.readiness().all(|(_, is_ready)| is_ready)
    }

    /// Each provider's name, and whether the provider can be used.
    pub(crate) fn readiness(&self) -> impl Iterator<Item = (&str, bool)> {
        self.providers.iter().map(|provider| (provider.settings().name.as_str(), provider.is_ready()))
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
