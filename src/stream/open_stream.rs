//! One body under way, as its sender, its receiver and the registry see it.

use std::{
    net::IpAddr,
    pin::Pin,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};

use super::client_task::ClientTask;

/// A future that resolves when the access that allowed a request is revoked.
pub(crate) type AccessWatch = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Which way a body goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the client to the application.
    Request,
    /// From the application to the client.
    Response,
}

/// Who a body belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// The address of the client.
    pub(crate) client: IpAddr,
    /// A hash of the account; `None` without a session.
    pub(crate) account: Option<u64>,
}

/// Why the gateway ended a body early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StreamEnd {
    /// The client sent or accepted no byte for the stall limit.
    #[error("the client sent or accepted nothing for too long")]
    Stalled,
    /// The client was slower than the least rate.
    #[error("the client was slower than min_rate")]
    TooSlow,
    /// The memory for bodies is full, and this one was the slowest.
    #[error("the memory for bodies is full, and this one was the slowest")]
    Shed,
    /// The application sent no byte for the idle limit.
    #[error("the application sent nothing for too long")]
    Idle,
    /// The session ended, or no longer meets the rule of the route.
    #[error("the access was revoked")]
    Revoked,
}

/// What ends a body early.
#[derive(Default)]
pub(crate) struct Ends {
    /// The body ends when this resolves.
    pub(crate) access: Option<AccessWatch>,
    /// The task that serves the client, which ends with a response.
    pub(crate) task: Option<ClientTask>,
}

/// A registered body.
pub(crate) struct OpenStream {
    pub(super) direction: Direction,
    pub(super) owner: Owner,
    pub(super) idle_limit: Duration,
    bytes: AtomicU64,
    held: AtomicBool,
    end: Mutex<Option<StreamEnd>>,
    waker: Mutex<Option<Waker>>,
    task: Option<ClientTask>,
    access: Mutex<Option<AccessWatch>>,
}

/// What a body has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct StreamProgress {
    /// The bytes that were handed to the receiver.
    pub(super) bytes: u64,
    /// Whether the receiver has not asked for more since it got the last frame.
    pub(super) held: bool,
}

impl OpenStream {
    /// A body of `owner`. The application may be silent for `idle_limit`. What ends it early is in `ends`.
    pub(crate) fn new(direction: Direction, owner: Owner, idle_limit: Duration, ends: Ends) -> Self {
        Self {
            direction,
            owner,
            idle_limit,
            bytes: AtomicU64::new(0),
            held: AtomicBool::new(false),
            end: Mutex::default(),
            waker: Mutex::default(),
            task: ends.task,
            access: Mutex::new(ends.access),
        }
    }

    /// The receiver asks for a frame. An error if the body was ended.
    pub(crate) fn asked(&self) -> Result<(), StreamEnd> {
        self.held.store(false, Ordering::Relaxed);
        (*lock(&self.end)).map_or(Ok(()), Err)
    }

    /// The receiver got a frame of this many bytes.
    pub(crate) fn handed_over(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.held.store(true, Ordering::Relaxed);
    }

    /// The receiver waits for a frame. An error if the body was ended; its later end wakes the receiver.
    pub(crate) fn waits(&self, context: &Context<'_>) -> Result<(), StreamEnd> {
        // Stored before the end is read, so that an end between the two wakes the task.
        *lock(&self.waker) = Some(context.waker().clone());
        (*lock(&self.end)).map_or(Ok(()), Err)
    }

    /// Ends the body: its next frame is an error, and the task that waits for the client ends.
    pub(super) fn end(&self, why: StreamEnd) {
        lock(&self.end).get_or_insert(why);
        if let Some(waker) = lock(&self.waker).take() {
            waker.wake();
        }
        if let Some(task) = self.task.as_ref().filter(|_| self.direction == Direction::Response) {
            task.end();
        }
    }

    pub(super) fn snapshot(&self) -> StreamProgress {
        StreamProgress { bytes: self.bytes.load(Ordering::Relaxed), held: self.held.load(Ordering::Relaxed) }
    }

    /// The watch of the access, once.
    pub(super) fn take_access(&self) -> Option<AccessWatch> {
        lock(&self.access).take()
    }
}

/// Ignores poisoning: every change is a single assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
