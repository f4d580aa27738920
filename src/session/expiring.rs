//! A bounded table of values that expire: put if absent, take once.
//!
//! A full table refuses new entries; it never evicts one.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::store::StoreError;
use crate::base::Timestamp;

/// A table whose entries expire, bounded in number and bytes.
pub(super) struct Expiring<K, V> {
    table: Mutex<Table<K, V>>,
    max_entries: usize,
    max_bytes: usize,
}

struct Table<K, V> {
    entries: HashMap<K, Entry<V>>,
    bytes: usize,
}

/// A value, its size in bytes, and when it expires.
pub(super) struct Entry<V> {
    pub(super) value: V,
    pub(super) bytes: usize,
    pub(super) until: Timestamp,
}

impl<K: Eq + Hash + Copy, V: Clone> Expiring<K, V> {
    /// An empty table for at most `max_entries` entries of at most `max_bytes` bytes in total.
    pub(super) fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self { table: Mutex::new(Table { entries: HashMap::new(), bytes: 0 }), max_entries, max_bytes }
    }

    /// Stores `entry`, unless the key has a value that has not expired: then that value is returned, unchanged.
    pub(super) fn put_if_absent(&self, key: K, entry: Entry<V>, now: Timestamp) -> Result<Option<V>, StoreError> {
        let mut table = self.lock();
        match table.entries.get(&key) {
            Some(present) if present.until > now => return Ok(Some(present.value.clone())),
            Some(_) => table.remove(&key),
            None => None,
        };
        if table.entries.len() >= self.max_entries || table.bytes + entry.bytes > self.max_bytes {
            table.remove_expired(now);
        }
        if table.entries.len() >= self.max_entries || table.bytes + entry.bytes > self.max_bytes {
            return Err(StoreError::Full);
        }
        table.bytes += entry.bytes;
        table.entries.insert(key, entry);
        Ok(None)
    }

    /// The value of `key`, unless it has expired.
    pub(super) fn read(&self, key: &K, now: Timestamp) -> Option<V> {
        self.lock().entries.get(key).filter(|entry| entry.until > now).map(|entry| entry.value.clone())
    }

    /// Removes and returns the value of `key`, unless it has expired. No value is returned twice.
    pub(super) fn take(&self, key: &K, now: Timestamp) -> Option<V> {
        self.lock().remove(key).filter(|entry| entry.until > now).map(|entry| entry.value)
    }

    /// Ignores poisoning: every change is one insertion or removal, so a panic leaves no entry half written.
    fn lock(&self) -> MutexGuard<'_, Table<K, V>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> Table<K, V> {
    fn remove(&mut self, key: &K) -> Option<Entry<V>> {
        let entry = self.entries.remove(key)?;
        self.bytes -= entry.bytes;
        Some(entry)
    }

    fn remove_expired(&mut self, now: Timestamp) {
        self.entries.retain(|_, entry| entry.until > now);
        self.bytes = self.entries.values().map(|entry| entry.bytes).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Expiring};
    use crate::{base::Timestamp, session::StoreError};

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn entry<V>(value: V, bytes: usize, until: Timestamp) -> Entry<V> {
        Entry { value, bytes, until }
    }

    #[test]
    fn a_value_stays_until_it_expires_and_is_taken_once() {
        let table = Expiring::new(10, 100);
        assert!(matches!(table.put_if_absent(1, entry("a", 1, at(10)), at(0)), Ok(None)));
        assert!(matches!(table.put_if_absent(1, entry("b", 1, at(10)), at(1)), Ok(Some("a"))));
        assert_eq!(table.read(&1, at(9)), Some("a"));
        assert_eq!(table.read(&1, at(10)), None, "expired");
        assert!(matches!(table.put_if_absent(1, entry("c", 1, at(20)), at(10)), Ok(None)));
        assert_eq!((table.take(&1, at(11)), table.take(&1, at(11))), (Some("c"), None));
    }

    #[test]
    fn a_full_table_refuses_new_entries() {
        let table = Expiring::new(2, 10);
        for key in 0..2 {
            assert!(table.put_if_absent(key, entry(key, 4, at(10)), at(0)).is_ok());
        }
        assert!(matches!(table.put_if_absent(9, entry(9, 1, at(10)), at(0)), Err(StoreError::Full)), "too many");
        assert_eq!(table.take(&0, at(1)), Some(0));
        assert!(matches!(table.put_if_absent(9, entry(9, 7, at(10)), at(1)), Err(StoreError::Full)), "too many bytes");
        assert!(table.put_if_absent(9, entry(9, 6, at(10)), at(1)).is_ok());
        assert_eq!(table.read(&1, at(1)), Some(1));
        assert!(table.put_if_absent(7, entry(7, 10, at(30)), at(20)).is_ok(), "expired entries make room");
    }
}
