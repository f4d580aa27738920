//! The bytes of a tunnel, for the access log line at its end.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Counts the bytes of a tunnel. When the last reference is dropped, the tunnel has ended.
#[derive(Default)]
pub(crate) struct Tunnel {
    sent: AtomicU64,
    received: AtomicU64,
    on_end: Mutex<Option<OnEnd>>,
}

/// Called with the number of bytes that were sent to the client, and received from the client.
type OnEnd = Box<dyn FnOnce(u64, u64) + Send>;

impl Tunnel {
    /// Counts bytes on their way to the client.
    pub(crate) fn add_sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts bytes on their way from the client.
    pub(crate) fn add_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Sets what is called at the end of the tunnel.
    pub(crate) fn on_end(&self, call: impl FnOnce(u64, u64) + Send + 'static) {
        *self.on_end.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(call));
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        if let Some(call) = self.on_end.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            call(*self.sent.get_mut(), *self.received.get_mut());
        }
    }
}
