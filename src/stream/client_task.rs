//! Ending the task that serves a client from outside.
//!
//! A task that waits for a client to accept data does not poll the body that it sends, so an error of the body cannot end
//! it. Over HTTP/1.1 the task is that of the connection, and its end closes the connection. Over HTTP/2 it is that of the
//! stream, and its end resets the stream (RFC 9113 §5.4.2).

use std::{
    cell::RefCell,
    future::poll_fn,
    mem,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Poll, Waker},
};

use hyper::rt::Executor;

/// Runs `task` until it completes or is ended through [`ClientTask::current`]; `None` when it was ended.
pub(crate) async fn abortable<F: Future>(task: F) -> Option<F::Output> {
    let mut task = pin!(task);
    let mut handle = None;
    poll_fn(move |context| {
        CURRENT.with_borrow_mut(|current| *current = Current::Abortable(handle.take()));
        let polled = task.as_mut().poll(context);
        handle = match CURRENT.with_borrow_mut(mem::take) {
            Current::Abortable(handle) => handle,
            Current::Other => None,
        };
        match (polled, &handle) {
            (Poll::Ready(output), _) => Poll::Ready(Some(output)),
            (Poll::Pending, None) => Poll::Pending,
            (Poll::Pending, Some(handle)) => handle.poll_ended(context.waker()).map(|()| None),
        }
    })
    .await
}

/// Spawns tasks that can be ended from outside: those of the streams of HTTP/2 connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AbortableExecutor;

impl<F> Executor<F> for AbortableExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        tokio::spawn(abortable(task));
    }
}

/// A handle that ends the task of a client.
#[derive(Clone, Debug, Default)]
pub(super) struct ClientTask(Arc<State>);

#[derive(Debug, Default)]
struct State {
    ended: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl ClientTask {
    /// The task that is polled at this moment; `None` outside of [`abortable`]. The handle is made at the first call, so
    /// that a task without long bodies has none.
    pub(super) fn current() -> Option<Self> {
        CURRENT.with_borrow_mut(|current| match current {
            Current::Abortable(handle) => Some(handle.get_or_insert_default().clone()),
            Current::Other => None,
        })
    }

    /// Ends the task. It is polled once more before, so that it can end by itself.
    pub(super) fn end(&self) {
        self.0.ended.store(true, Ordering::Release);
        let waker = self.0.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn poll_ended(&self, waker: &Waker) -> Poll<()> {
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

/// The task that a thread polls.
#[derive(Default)]
enum Current {
    /// A task that runs in [`abortable`], with its handle if it has one.
    Abortable(Option<ClientTask>),
    #[default]
    Other,
}

thread_local! {
    static CURRENT: RefCell<Current> = const { RefCell::new(Current::Other) };
}
