//! The requests in progress of each client behind a trusted proxy. The listener counts those of other clients, and takes the
//! proxy itself for no client.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{base::ClientNetwork, reason::ReasonCode};

/// The requests in progress of each client behind a trusted proxy, of all workers.
pub(crate) struct ProxiedRequests {
    max_per_client: u32,
    in_progress: Mutex<HashMap<ClientNetwork, u32>>,
}

impl ProxiedRequests {
    /// No requests; each client may have `max_per_client` at a time.
    pub(crate) fn new(max_per_client: u32) -> Self {
        Self { max_per_client, in_progress: Mutex::default() }
    }

    /// Begins a request of `client`, or refuses it. The caller ends it by [`end`](Self::end).
    pub(super) fn begin(&self, client: IpAddr) -> Result<ClientNetwork, ReasonCode> {
        let client = ClientNetwork::from(client);
        let mut in_progress = self.in_progress();
        let count = in_progress.entry(client).or_default();
        if *count >= self.max_per_client {
            return Err(ReasonCode::TooManyRequests);
        }
        *count += 1;
        Ok(client)
    }

    /// Ends a request of `client`.
    pub(super) fn end(&self, client: ClientNetwork) {
        let mut in_progress = self.in_progress();
        if let Some(count) = in_progress.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                in_progress.remove(&client);
            }
        }
    }

    fn in_progress(&self) -> MutexGuard<'_, HashMap<ClientNetwork, u32>> {
        self.in_progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
