//! The worker threads: one per core, each with its own runtime, listeners and connections, so that workers share no state
//! on the path of a request.

use std::{
    convert::Infallible,
    io,
    net::TcpListener as StdListener,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::Duration,
};

use thiserror::Error;
use tokio::{
    net::TcpListener,
    runtime, select,
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};

use super::{
    acceptor::Acceptor, connection::ConnectionConfig, connections::Connections, listener::Listeners,
    service::HttpService, settings::ConnectionPeer, shutdown::Shutdown, tls::ReloadableTls,
};
use crate::telemetry::Heartbeats;

/// What one worker calls. The value is created on the thread of the worker and never leaves it.
#[derive(Debug)]
pub(crate) struct WorkerCallbacks<W, T> {
    /// Makes the service of one connection. The service handles all requests of the connection.
    pub(crate) make_service: W,
    /// Called every 500 ms and once at the end, to write buffered data and to drop expired data. The tick also saves system
    /// calls: it is nearly always the next timer to fire, so that other timers do not make the runtime wake up earlier.
    pub(crate) tick: T,
}

/// Starts one thread for each worker that `listeners` was bound for, and returns. `callbacks` is called once on each
/// thread, inside the worker's runtime.
pub(crate) fn run<M, W, T, S>(
    listeners: Listeners,
    connections: &Arc<Connections>,
    shutdown: &Shutdown,
    callbacks: M,
) -> Result<Workers, RunError>
where
    M: Fn() -> WorkerCallbacks<W, T> + Clone + Send + 'static,
    W: Fn(ConnectionPeer) -> S + 'static,
    T: Fn() + 'static,
    S: HttpService,
{
    let (result_sender, results) = mpsc::unbounded_channel();
    let heartbeats = Heartbeats::new(listeners.sets.len());
    for (number, sockets) in listeners.sets.into_iter().enumerate() {
        let config = ConnectionConfig::new(Arc::clone(connections), shutdown.child());
        let (tls, callbacks, result_sender) = (listeners.tls.clone(), callbacks.clone(), result_sender.clone());
        let heartbeat = heartbeats.of(number);
        let callbacks = move || {
            let WorkerCallbacks { make_service, tick } = callbacks();
            let tick = move || {
                tick();
                heartbeat.beat();
            };
            WorkerCallbacks { make_service, tick }
        };
        let thread = move || {
            let work = AssertUnwindSafe(|| run_worker(sockets, tls, config, callbacks));
            let result = catch_unwind(work).unwrap_or(Err(RunError::Panicked { worker: number }));
            // The receiver is gone when the process exits.
            drop(result_sender.send(result));
        };
        thread::Builder::new().name(format!("worker-{number}")).spawn(thread).map_err(RunError::Thread)?;
    }
    Ok(Workers { results, heartbeats })
}

/// The running worker threads.
#[derive(Debug)]
pub(crate) struct Workers {
    results: mpsc::UnboundedReceiver<Result<(), RunError>>,
    heartbeats: Arc<Heartbeats>,
}

impl Workers {
    /// Tells which workers respond: each has a heartbeat with every tick.
    pub(crate) fn heartbeats(&self) -> &Arc<Heartbeats> {
        &self.heartbeats
    }

    /// Returns when all workers have drained after the shutdown. When a worker ends before that by a panic or an error, its
    /// error is returned at once: the connections that the kernel assigns to the worker would not be served, so the process
    /// must end.
    pub(crate) async fn join(mut self) -> Result<(), RunError> {
        // The channel closes when the last worker has sent its result: each thread has one sender.
        while let Some(result) = self.results.recv().await {
            result?;
        }
        Ok(())
    }
}

/// Why the workers did not start, or ended early.
#[derive(Debug, Error)]
pub enum RunError {
    /// The operating system refused to start a thread.
    #[error("cannot start a worker's thread")]
    Thread(#[source] io::Error),
    /// The operating system could not create an event queue or register a listener.
    #[error("cannot start a worker's runtime")]
    Runtime(#[source] io::Error),
    /// A worker panicked.
    #[error("worker {worker} panicked")]
    Panicked {
        /// The number of the worker, counted from 0, as in the name of its thread.
        worker: usize,
    },
}

fn run_worker<M, W, T, S>(
    sockets: Vec<StdListener>,
    tls: Option<Arc<ReloadableTls>>,
    config: ConnectionConfig,
    callbacks: M,
) -> Result<(), RunError>
where
    M: FnOnce() -> WorkerCallbacks<W, T>,
    W: Fn(ConnectionPeer) -> S,
    T: Fn(),
    S: HttpService,
{
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(RunError::Runtime)?;
    let result = runtime.block_on(async {
        let listeners = sockets.into_iter().map(TcpListener::from_std).collect::<Result<_, _>>();
        let connections = Arc::clone(&config.connections);
        let acceptor = Acceptor::new(listeners.map_err(RunError::Runtime)?, tls, config);
        let WorkerCallbacks { make_service, tick } = callbacks();
        select! {
            biased;
            () = acceptor.run(make_service) => {}
            never = run_ticks(&tick) => match never {},
            never = connections.watch() => match never {},
        }
        tick();
        Ok(())
    });
    // The drain time is over for connections that are still open. A name lookup that blocks its thread must not delay the
    // exit.
    runtime.shutdown_background();
    result
}

async fn run_ticks(tick: &impl Fn()) -> Infallible {
    let mut ticks = interval(TICK_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        tick();
    }
}

const TICK_PERIOD: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests;
