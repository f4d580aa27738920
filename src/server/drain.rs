//! The orderly end: the word to stop, and the count of work that must not be cut short.

use tokio::sync::watch;

/// Says stop, once and for all.
#[derive(Clone, Debug)]
pub struct StopHandle(watch::Sender<bool>);

impl StopHandle {
    /// Tells everybody who holds a [`Stop`]. Saying it again changes nothing.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// Hears stop. When every handle is gone nobody could say it any more, and that counts as said.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// The two ends of one word.
    #[must_use]
    pub fn new() -> (StopHandle, Self) {
        let (handle, stop) = watch::channel(false);
        (StopHandle(handle), Self(stop))
    }

    /// Resolves when stop was said; at once when it was said before.
    pub async fn stopped(&self) {
        let mut word = self.0.clone();
        // An error means that every handle is gone, which counts as said.
        drop(word.wait_for(|said| *said).await);
    }
}

/// Counts work that goes on after the request which began it, so that the process can wait for its end.
#[derive(Clone, Debug)]
pub struct Tasks(watch::Sender<usize>);

impl Tasks {
    /// Counts one task until the answer is dropped.
    #[must_use]
    pub fn hold(&self) -> Task {
        self.0.send_modify(|held| *held += 1);
        Task(self.0.clone())
    }

    /// Resolves when no task is held; at once when none is.
    pub async fn idle(&self) {
        let mut held = self.0.subscribe();
        // The sender lives in `self`, so the channel cannot close while this waits.
        drop(held.wait_for(|held| *held == 0).await);
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

/// One task under way, counted while it lives.
#[derive(Debug)]
pub struct Task(watch::Sender<usize>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.send_modify(|held| *held -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::Future,
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use super::*;

    fn ready(future: impl Future<Output = ()>) -> bool {
        pin!(future).poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
    }

    #[test]
    fn stop_is_heard_before_and_after_it_is_said() {
        let (handle, stop) = Stop::new();
        let early = stop.clone();
        assert!(!ready(stop.stopped()));
        handle.stop();
        handle.stop();
        assert!(ready(stop.stopped()));
        assert!(ready(early.stopped()));
    }

    #[test]
    fn a_server_that_nobody_can_stop_stops() {
        let (handle, stop) = Stop::new();
        let second = handle.clone();
        drop(handle);
        assert!(!ready(stop.stopped()));
        drop(second);
        assert!(ready(stop.stopped()));
    }

    #[test]
    fn tasks_are_idle_when_the_last_one_ends() {
        let tasks = Tasks::default();
        assert!(ready(tasks.idle()));
        let (first, second) = (tasks.hold(), tasks.clone().hold());
        drop(first);
        assert!(!ready(tasks.idle()));
        drop(second);
        assert!(ready(tasks.idle()));
    }
}
