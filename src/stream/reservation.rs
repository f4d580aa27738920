//! Memory for a body that is read completely before it is sent.

use std::sync::Arc;

use super::{open_stream::Owner, streams::Streams};

/// Memory of the budget for bodies, which is returned when the value is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    streams: Arc<Streams>,
    owner: Owner,
    bytes: u64,
}

impl Reservation {
    /// No bytes yet, for a body of `owner`.
    pub(crate) fn new(streams: Arc<Streams>, owner: Owner) -> Self {
        Self { streams, owner, bytes: 0 }
    }

    /// Reserves more bytes; false if they exceed the budget.
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let grown = self.streams.reserve(self.owner, bytes as u64);
        if grown {
            self.bytes += bytes as u64;
        }
        grown
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.streams.release(self.owner, self.bytes);
    }
}
