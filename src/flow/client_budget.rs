//! A budget of each client: what one client may have done at the expense of all, in a time.
//!
//! A client is an IPv4 address or the /64 of an IPv6 address. The budgets are a fixed number of token buckets, and a keyed
//! hash selects that of a client: clients without end take no memory, and none displaces another. Two clients share a bucket
//! with a probability of one in 65,536.

use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::base::{ClientNetwork, Timestamp};

/// The budget of each client for one kind of work.
pub(super) struct ClientBudget {
    hasher: RandomState,
    /// Empty before the first use, then [`BUCKETS`] buckets.
    buckets: Mutex<Vec<Bucket>>,
    size: u32,
    period: Duration,
}

/// What a client has used, as of `since`. It decreases with time: the whole budget within one period.
#[derive(Clone, Copy, Default)]
struct Bucket {
    used: u32,
    since: Timestamp,
}

impl ClientBudget {
    /// A budget of `size` units in a `period` for each client.
    pub(super) fn new(size: u32, period: Duration) -> Self {
        Self { hasher: RandomState::new(), buckets: Mutex::default(), size: size.max(1), period }
    }

    /// Takes `units` out of the budget of `client`; `false` if it has not as many left.
    pub(super) fn try_take(&self, client: IpAddr, units: u32, now: Timestamp) -> bool {
        let mut buckets = self.lock();
        if buckets.is_empty() {
            buckets.resize(BUCKETS, Bucket::default());
        }
        let Some(bucket) = buckets.get_mut(self.bucket_of(client)) else { return false };
        let per_unit = self.period / self.size;
        let recovered = now.since(bucket.since).as_micros() / per_unit.as_micros().max(1);
        let recovered = u32::try_from(recovered).unwrap_or(u32::MAX);
        *bucket = if recovered >= bucket.used {
            Bucket { used: 0, since: now }
        } else {
            Bucket { used: bucket.used - recovered, since: bucket.since.plus(per_unit * recovered) }
        };
        let is_within = bucket.used.saturating_add(units) <= self.size;
        if is_within {
            bucket.used += units;
        }
        is_within
    }

    /// Gives `units` back to `client`: the work was not at the expense of others.
    pub(super) fn give_back(&self, client: IpAddr, units: u32) {
        if let Some(bucket) = self.lock().get_mut(self.bucket_of(client)) {
            bucket.used = bucket.used.saturating_sub(units);
        }
    }

    fn bucket_of(&self, client: IpAddr) -> usize {
        let hash = self.hasher.hash_one(ClientNetwork::from(client));
        usize::try_from(hash % BUCKETS as u64).unwrap_or_default()
    }

    /// Ignores poisoning: every change is one assignment.
    fn lock(&self) -> MutexGuard<'_, Vec<Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 1 MiB for each kind of work, allocated when it is first done.
const BUCKETS: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use std::{net::IpAddr, time::Duration};

    use super::ClientBudget;
    use crate::base::Timestamp;

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn client(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_client_uses_up_its_own_budget_only_and_gets_it_back() {
        let budget = ClientBudget::new(10, Duration::from_secs(100));
        let (one, other) = (client("2001:db8::1"), client("192.0.2.1"));
        for address in ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:1"] {
            assert!(budget.try_take(client(address), 3, at(1000)), "{address}");
        }
        assert!(!budget.try_take(one, 2, at(1009)), "one unit is left");
        assert!(budget.try_take(one, 1, at(1009)) && !budget.try_take(one, 1, at(1009)));
        assert!(budget.try_take(other, 10, at(1009)), "another client");
        assert!(budget.try_take(one, 1, at(1010)) && !budget.try_take(one, 1, at(1019)), "one unit in ten seconds");
        budget.give_back(one, 4);
        assert!(budget.try_take(one, 4, at(1019)) && !budget.try_take(one, 1, at(1019)));
        assert!(budget.try_take(one, 10, at(2000)), "all of it after a period");
    }
}
