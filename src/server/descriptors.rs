//! How many connections the file descriptors of the process allow.
//!
//! Every connection is a file descriptor, and so is every other file. A client that only connects must not use up those that
//! requests, probes and files need, so their number limits the connections of clients.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::{info, warn};

use super::listener::Listeners;

/// Raises the number of descriptors that the process may open as far as it may (`RLIMIT_NOFILE`: the hard limit). Returns the
/// number before and after.
pub(crate) fn raise_descriptor_limit() -> io::Result<(u64, u64)> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    Ok((current.unwrap_or(u64::MAX), maximum.unwrap_or(u64::MAX)))
}

/// The number of connections of clients that may be open on `listeners`: the configured number, or as many as the descriptors
/// allow, up to [`MAX_PER_WORKER`] for each worker.
pub(crate) fn connection_limit(configured: Option<u32>, listeners: &Listeners) -> u32 {
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let workers = u32::try_from(listeners.sets.len()).unwrap_or(u32::MAX);
    let allowed = allowed_connections(descriptors, workers, listeners.addresses().len());
    let limit = configured.unwrap_or_else(|| allowed.min(workers.saturating_mul(MAX_PER_WORKER)));
    if limit > allowed {
        let hint = format!(
            "lower limits.connections to {allowed}, or raise the limit of file descriptors (ulimit -n, LimitNOFILE=)"
        );
        warn!(
            descriptors,
            connections = limit,
            hint,
            "more connections are configured than the file descriptors allow"
        );
    }
    info!(descriptors, connections = limit, "the number of connections of clients is limited");
    limit
}

/// How many connections of clients `descriptors` allow, with `workers` that listen on `addresses`. Of those that the process
/// does not need for itself, one half is for clients and one half for the applications, as a request needs one of each.
fn allowed_connections(descriptors: u64, workers: u32, addresses: usize) -> u32 {
    let own = RESERVE + u64::from(workers) * (RESERVE_OF_WORKER + addresses as u64);
    let half = descriptors.saturating_sub(own) / 2;
    u32::try_from(half).unwrap_or(u32::MAX).max(MIN_CONNECTIONS)
}

/// How many connections the admin listener may have open. Their descriptors are a part of [`RESERVE`].
pub(crate) const ADMIN_CONNECTIONS: u32 = 32;
/// How many connections a worker has by default, however many descriptors there are: each takes memory.
const MAX_PER_WORKER: u32 = 10_000;
/// The descriptors of the process: standard streams, the admin listener and its connections, connections to providers, name
/// lookups, and files of secrets and certificates that are being read.
const RESERVE: u64 = 96;
/// The descriptors of a worker: the event queue and the wake-up of its runtime.
const RESERVE_OF_WORKER: u64 = 8;
/// A process with fewer descriptors than it needs still serves a few clients.
const MIN_CONNECTIONS: u32 = 16;

#[cfg(test)]
mod tests {
    use super::allowed_connections;

    #[test]
    fn the_connections_leave_descriptors_for_the_rest() {
        for (descriptors, workers, addresses, connections) in [
            (1024, 2, 1, 455),
            (1024, 2, 2, 454),
            (256, 2, 1, 71),
            (64, 2, 1, 16),
            (524_288, 8, 2, 262_056),
            (u64::MAX, 2, 1, u32::MAX),
        ] {
            let found = allowed_connections(descriptors, workers, addresses);
            assert_eq!(found, connections, "{descriptors} {workers} {addresses}");
        }
    }
}
