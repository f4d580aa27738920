//! How much memory bodies use, in all and by whom.

use std::{collections::HashMap, net::IpAddr};

use super::open_stream::Owner;

/// How many bytes bodies may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// In all.
    pub(super) all: u64,
    /// For one client address, and for one account.
    pub(super) each: u64,
}

/// The bytes that bodies hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    all: u64,
    by_holder: HashMap<Holder, u64>,
}

/// Whom a body counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Holder {
    Address(IpAddr),
    Account(u64),
}

impl Usage {
    /// Adds `bytes` of `owner`. Without an effect and false if they exceed the budget.
    pub(super) fn try_add(&mut self, owner: Owner, bytes: u64, budget: Budget) -> bool {
        let used = |holder| self.by_holder.get(&holder).copied().unwrap_or_default();
        let fits = self.all.saturating_add(bytes) <= budget.all
            && holders(owner).all(|holder| used(holder).saturating_add(bytes) <= budget.each);
        if fits {
            self.all += bytes;
            for holder in holders(owner) {
                *self.by_holder.entry(holder).or_default() += bytes;
            }
        }
        fits
    }

    /// Removes `bytes` of `owner`, which were added before.
    pub(super) fn remove(&mut self, owner: Owner, bytes: u64) {
        self.all = self.all.saturating_sub(bytes);
        for holder in holders(owner) {
            if let Some(used) = self.by_holder.get_mut(&holder) {
                *used = used.saturating_sub(bytes);
                if *used == 0 {
                    self.by_holder.remove(&holder);
                }
            }
        }
    }
}

fn holders(owner: Owner) -> impl Iterator<Item = Holder> {
    [Some(Holder::Address(owner.client)), owner.account.map(Holder::Account)].into_iter().flatten()
}
