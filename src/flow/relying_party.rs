//! The relying party: what all flows share.

use std::sync::Arc;

use tokio::{runtime::Handle, task::JoinHandle};
use tokio_util::task::TaskTracker;

use super::{paths::Paths, refresh::Renewals};
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
    tasks: TaskTracker,
    runtime: Handle,
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
    /// Counts the tasks that a shutdown must wait for.
    pub tasks: TaskTracker,
    /// The runtime of these tasks. It must outlive the connections of the requests that spawn them.
    pub runtime: Handle,
}

impl RelyingParty {
    /// A relying party with nobody signed in.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { providers, store, keys, sessions, paths, clock, random, tasks, runtime } = parts;
        Self { providers, store, keys, sessions, paths, clock, random, tasks, runtime, renewals: Renewals::default() }
    }

    /// Spawns a task that a shutdown waits for. hyper drops the future of a request when its client disconnects; what
    /// redeems a code, a refresh token or a preserved request must run to completion, and is spawned here.
    pub fn spawn_tracked<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.tasks.spawn_on(work, &self.runtime)
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

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::runtime::Handle;
    use tokio_util::task::TaskTracker;

    use super::{Parts, RelyingParty};
    use crate::{
        base::{KeyRing, SystemClock, SystemRandom},
        flow::Paths,
        session::{MemoryStore, SessionSettings},
    };

    #[tokio::test]
    async fn a_tracked_task_that_panics_is_no_longer_counted() {
        let (tasks, hour) = (TaskTracker::new(), Duration::from_secs(3600));
        let sessions = SessionSettings { capacity: 1, idle: hour, lifetime: hour, keys: None };
        let party = RelyingParty::new(Parts {
            providers: Vec::new(),
            store: Arc::new(MemoryStore::new(&sessions)),
            keys: KeyRing::generate(&SystemRandom),
            sessions,
            paths: Paths::new("/.auth"),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            tasks: tasks.clone(),
            runtime: Handle::current(),
        });
        let task = party.spawn_tracked(async { panic!("this task panics") });
        assert_eq!(tasks.len(), 1);
        let result: Result<(), _> = task.await;
        assert!(result.is_err_and(|error| error.is_panic()));
        tasks.close();
        tasks.wait().await;
    }
}
