//! Whether the worker threads respond: each says so periodically, and one that has been silent for too long is blocked.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// The heartbeats of all workers.
#[derive(Debug)]
pub(crate) struct Heartbeats {
    begin: Instant,
    /// For each worker the time of its last heartbeat, in milliseconds since `begin`; [`ENDED`] after its end.
    last: Box<[AtomicU64]>,
}

/// The heartbeat of one worker. Dropping it means that the worker has ended.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    all: Arc<Heartbeats>,
    worker: usize,
}

impl Heartbeats {
    /// The heartbeats of `workers` workers that begin now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the time of day jumps, and blocked threads are none of its business"
    )]
    pub(crate) fn new(workers: usize) -> Arc<Self> {
        Arc::new(Self { begin: Instant::now(), last: (0..workers).map(|_| AtomicU64::new(0)).collect() })
    }

    /// The heartbeat of a worker, counted from 0.
    #[must_use]
    pub(crate) fn of(self: &Arc<Self>, worker: usize) -> Heartbeat {
        Heartbeat { all: Arc::clone(self), worker }
    }

    /// The workers that have not ended and were silent for longer than `limit`.
    pub(crate) fn silent(&self, limit: Duration) -> impl Iterator<Item = usize> {
        let now = self.millis();
        let is_silent = move |last: &AtomicU64| {
            let last = last.load(Ordering::Relaxed);
            last != ENDED && Duration::from_millis(now.saturating_sub(last)) > limit
        };
        self.last.iter().enumerate().filter(move |(_, last)| is_silent(last)).map(|(worker, _)| worker)
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn set(&self, worker: usize, value: u64) {
        if let Some(last) = self.last.get(worker) {
            last.store(value, Ordering::Relaxed);
        }
    }
}

impl Heartbeat {
    /// Says that the worker responds.
    pub(crate) fn beat(&self) {
        self.all.set(self.worker, self.all.millis());
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.all.set(self.worker, ENDED);
    }
}

const ENDED: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use super::Heartbeats;

    #[test]
    fn a_silent_worker_is_found_until_it_beats_or_ends() {
        let all = Heartbeats::new(3);
        let [one, two, three] = [0, 1, 2].map(|worker| all.of(worker));
        let silent = |limit| all.silent(limit).collect::<Vec<_>>();
        assert!(silent(Duration::from_secs(3600)).is_empty());
        let limit = Duration::from_millis(20);
        while silent(limit).len() < 3 {
            thread::yield_now();
        }
        drop(three);
        two.beat();
        // The worker may be late again before the next line.
        while silent(limit) != [0] {
            two.beat();
        }
        drop((one, two));
        assert!(silent(Duration::ZERO).is_empty(), "a worker that has ended is not silent");
    }
}
