//! Tasks that serve a client and can be ended from outside.
//!
//! A task that waits for a client to accept data does not poll the body that it sends, so an error of the body cannot end
//! it. Over HTTP/1.1 the task is that of the connection, and its end closes the connection. Over HTTP/2 it is that of the
//! stream, and its end resets the stream (RFC 9113 §5.4.2).

use std::{cell::RefCell, future::poll_fn, mem, net::IpAddr, pin::pin, sync::Arc, task::Poll, time::Duration};

use hyper::rt::Executor;

use super::{
    client_task::ClientTask,
    open_stream::{Direction, Ends, OpenStream, Owner},
    streams::Streams,
};

/// Runs the task of a connection until it completes or is ended through the handle of [`current_task`]; `None` when it was ended.
pub(crate) async fn abortable<F: Future>(task: F) -> Option<F::Output> {
    run(task, false).await
}

/// Says that the body of a response has handed over its last frame. The task of an HTTP/2 stream that goes on then waits for
/// the window of its client, and what it holds is watched until it ends. Over HTTP/1.1 the connection waits for requests.
pub(crate) fn handed_over_last(streams: &Arc<Streams>, client: IpAddr) {
    CURRENT.with_borrow_mut(|current| {
        if let Current::Abortable { is_stream: true, tail, .. } = current {
            *tail = Some((Arc::clone(streams), client));
        }
    });
}

/// The task that is polled at this moment; `None` if it cannot be ended. The handle is made at the first call, so that a task
/// without long bodies has none.
pub(crate) fn current_task() -> Option<ClientTask> {
    CURRENT.with_borrow_mut(|current| match current {
        Current::Abortable { handle, .. } => Some(handle.get_or_insert_default().clone()),
        Current::Other => None,
    })
}

async fn run<F: Future>(task: F, is_stream: bool) -> Option<F::Output> {
    let mut task = pin!(task);
    let (mut handle, mut watched) = (None, None);
    poll_fn(move |context| {
        CURRENT.with_borrow_mut(|current| {
            *current = Current::Abortable { is_stream, handle: handle.take(), tail: None };
        });
        let polled = task.as_mut().poll(context);
        if polled.is_pending() {
            watched = watched.take().or_else(watch_tail);
        }
        handle = match CURRENT.with_borrow_mut(mem::take) {
            Current::Abortable { handle, .. } => handle,
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

/// Registers what the current task holds after the last frame of a response, until the returned value is dropped.
fn watch_tail() -> Option<Arc<OpenStream>> {
    let (streams, client) = CURRENT.with_borrow_mut(|current| match current {
        Current::Abortable { tail, .. } => tail.take(),
        Current::Other => None,
    })?;
    let owner = Owner { client, account: None };
    let stream = Arc::new(OpenStream::new(
        Direction::Response,
        owner,
        Duration::MAX,
        Ends { task: current_task(), access: None },
    ));
    stream.handed_over(0);
    streams.register(&stream);
    Some(stream)
}

/// Spawns tasks that can be ended from outside: those of the streams of HTTP/2 connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AbortableExecutor;

impl<F> Executor<F> for AbortableExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        tokio::spawn(run(task, true));
    }
}

/// The task that a thread polls.
#[derive(Default)]
enum Current {
    /// A task that can be ended.
    Abortable {
        is_stream: bool,
        /// Made when it is needed.
        handle: Option<ClientTask>,
        /// Whose the last frame of a response is that was handed over in this poll.
        tail: Option<(Arc<Streams>, IpAddr)>,
    },
    #[default]
    Other,
}

thread_local! {
    static CURRENT: RefCell<Current> = const { RefCell::new(Current::Other) };
}
