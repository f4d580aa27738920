//! A handle that ends the task that serves a client from outside.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Poll, Waker},
};

/// A handle that ends the task of a client.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientTask(Arc<State>);

#[derive(Debug, Default)]
struct State {
    ended: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl ClientTask {
    /// Ends the task. It is polled once more before, so that it can end by itself.
    pub(super) fn end(&self) {
        self.0.ended.store(true, Ordering::Release);
        let waker = self.0.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Ready once the task was ended.
    pub(super) fn poll_ended(&self, waker: &Waker) -> Poll<()> {
        // Stored before the flag is read, so that an end between the two wakes the task.
        self.0
            .waker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert_with(|| waker.clone())
            .clone_from(waker);
        if self.0.ended.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    }
}
