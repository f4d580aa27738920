//! The shutdown as the listeners and connections see it: when it starts, and how long they may take.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How the gateway stops.
#[derive(Clone, Copy, Debug)]
pub struct ShutdownSettings {
    /// How long everything is served as before after the signal, while the readiness probe already fails, so that load
    /// balancers stop sending connections.
    pub(crate) delay: Duration,
    /// How long a connection without a request stays open after the delay, for one more request.
    pub(crate) idle: Duration,
    /// How long open requests may continue after the delay.
    pub(crate) drain: Duration,
}

/// The shutdown of a group of listeners and of their connections.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown {
    token: CancellationToken,
    settings: ShutdownSettings,
}

impl Shutdown {
    /// A shutdown that has not started.
    pub(crate) fn new(settings: ShutdownSettings) -> Self {
        Self { token: CancellationToken::new(), settings }
    }

    /// A shutdown that starts together with this one. Every connection polls its token; with a child token, a worker does
    /// not contend for the lock of the parent.
    pub(crate) fn child(&self) -> Self {
        Self { token: self.token.child_token(), settings: self.settings }
    }

    /// How long each part of the shutdown takes.
    pub(crate) fn settings(&self) -> ShutdownSettings {
        self.settings
    }

    /// Starts the drain when the returned value is dropped.
    pub(crate) fn start_on_drop(&self) -> DropGuard {
        self.token.clone().drop_guard()
    }

    /// The token that is cancelled at the start of the drain.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Resolves at the start of the drain.
    pub(super) async fn started(&self) {
        self.token.cancelled().await;
    }

    /// Resolves when a connection that has not sent a request may be closed. Until then its first request may be in
    /// transit, and after a close the client could not tell whether it was processed.
    pub(super) async fn idle_over(&self) {
        self.started().await;
        sleep(self.settings.idle).await;
    }

    /// Resolves at the end of the drain.
    pub(super) async fn over(&self) {
        self.started().await;
        sleep(self.settings.drain).await;
    }
}

impl Default for ShutdownSettings {
    /// Together shorter than the 30 s after which Kubernetes kills a container.
    fn default() -> Self {
        Self { delay: Duration::ZERO, idle: Duration::from_secs(2), drain: Duration::from_secs(25) }
    }
}
