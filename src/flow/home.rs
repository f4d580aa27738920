//! Work that runs to its end whoever hangs up.
//!
//! hyper drops the future of a request when its browser goes away. What spends something, a code or a claim, therefore
//! runs as a task of the home runtime, and a stop waits for it.

use std::future::Future;

use tokio::{runtime::Handle, sync::watch, task::JoinHandle};

/// The home runtime, and how much runs there.
#[derive(Clone, Debug)]
pub struct Home {
    runtime: Handle,
    running: watch::Sender<usize>,
}

/// Counts one task until it is dropped, also by a panic.
struct Running(watch::Sender<usize>);

impl Home {
    /// A home on `runtime`.
    #[must_use]
    pub fn new(runtime: Handle) -> Self {
        Self { runtime, running: watch::Sender::new(0) }
    }

    /// Runs `work` to its end.
    pub fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.running.send_modify(|count| *count += 1);
        let running = Running(self.running.clone());
        self.runtime.spawn(async move {
            let _running = running;
            work.await
        })
    }

    /// Resolves when nothing runs any more.
    pub async fn idle(&self) {
        let mut running = self.running.subscribe();
        // The sender is here, so waiting for it cannot fail.
        let _idle = running.wait_for(|count| *count == 0).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
