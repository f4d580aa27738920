//! The workers: one thread a core, each with its own runtime, listeners and connections, so that nothing is shared on the
//! way of a request.

use std::{
    convert::Infallible,
    future::poll_fn,
    io, mem,
    net::{SocketAddr, TcpListener as BoundListener},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::Poll,
    thread,
    time::Duration,
};

use thiserror::Error;
use tokio::{
    net::{TcpListener, TcpStream},
    pin, runtime, select, spawn,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{
    connection::{Accepted, Terms, attend},
    listener::Listeners,
    service::Answering,
    settings::{Limits, Peer},
    tls::Tls,
};

/// What one worker is made of. It is made on the worker's own thread and stays there.
#[derive(Debug)]
pub struct Worker<W, T> {
    /// Makes the service of one connection, which answers all of its requests.
    pub connection: W,
    /// Called every 500 ms, and once at the end: to flush what was gathered and to drop what went stale. The tick also
    /// spares every later timer of the worker a system call, since no other timer is ever the next one.
    pub tick: T,
}

/// Starts one thread for each worker the listeners were bound for, and returns. `worker` is called once on each of them,
/// inside its runtime.
#[expect(clippy::needless_pass_by_value, reason = "a token is passed on by value; each worker gets a child of it")]
pub fn run<M, W, T, S>(
    listeners: Listeners,
    limits: Limits,
    stop: CancellationToken,
    worker: M,
) -> Result<Workers, RunError>
where
    M: Fn() -> Worker<W, T> + Clone + Send + 'static,
    W: Fn(Peer) -> S + 'static,
    T: Fn() + 'static,
    S: Answering,
{
    let (report, reports) = mpsc::unbounded_channel();
    let running = listeners.sets.len();
    for (number, listeners_of_one) in listeners.sets.into_iter().enumerate() {
        // Every connection polls the token. With a child of its own, a worker does not contend for the token's lock.
        let (tls, stop) = (listeners.tls.clone(), stop.child_token());
        let (worker, report) = (worker.clone(), report.clone());
        let work = move || {
            let work = AssertUnwindSafe(|| work(listeners_of_one, tls, limits, stop, worker));
            let end = catch_unwind(work).unwrap_or(Err(RunError::Panicked { worker: number }));
            // Nobody listens any more when the process is ending.
            drop(report.send(end));
        };
        thread::Builder::new().name(format!("worker-{number}")).spawn(work).map_err(RunError::Thread)?;
    }
    Ok(Workers { running, reports })
}

/// The running workers.
#[derive(Debug)]
pub struct Workers {
    running: usize,
    reports: mpsc::UnboundedReceiver<Result<(), RunError>>,
}

impl Workers {
    /// Resolves when all have drained after the stop. The first that ends before it, by a panic or an error, resolves this
    /// at once: its share of the connections would go unanswered, so the process must end.
    pub async fn ended(mut self) -> Result<(), RunError> {
        for _ in 0..self.running {
            // Every worker reports, whatever becomes of it, so the channel does not close before.
            if let Some(end) = self.reports.recv().await {
                end?;
            }
        }
        Ok(())
    }
}

/// Why workers do not run.
#[derive(Debug, Error)]
pub enum RunError {
    /// The system gave no thread.
    #[error("cannot start a worker's thread")]
    Thread(#[source] io::Error),
    /// The system gave no event queue, or would not watch a listener.
    #[error("cannot start a worker's runtime")]
    Runtime(#[source] io::Error),
    /// A worker died of an error in the program.
    #[error("worker {worker} panicked")]
    Panicked {
        /// Its number, counted from 0, as in the name of its thread.
        worker: usize,
    },
}

/// Serves one listener, in the clear, on the present runtime: until the stop and the end of what is then under way.
pub async fn serve<W, S>(listener: TcpListener, limits: Limits, stop: CancellationToken, connection: W)
where
    W: Fn(Peer) -> S,
    S: Answering,
{
    Reception::new(vec![listener], None, limits, stop).receive(connection).await;
}

fn work<M, W, T, S>(
    listeners: Vec<BoundListener>,
    tls: Option<Arc<Tls>>,
    limits: Limits,
    stop: CancellationToken,
    worker: M,
) -> Result<(), RunError>
where
    M: Fn() -> Worker<W, T>,
    W: Fn(Peer) -> S,
    T: Fn(),
    S: Answering,
{
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(RunError::Runtime)?;
    let end = runtime.block_on(async {
        let listeners = listeners.into_iter().map(TcpListener::from_std).collect::<Result<_, _>>();
        let reception = Reception::new(listeners.map_err(RunError::Runtime)?, tls, limits, stop);
        let Worker { connection, tick } = worker();
        select! {
            biased;
            () = reception.receive(connection) => {}
            never = keep_ticking(&tick) => match never {},
        }
        tick();
        Ok(())
    });
    // What is still open had its time. A name lookup that hangs on a thread of its own must not hold up the end.
    runtime.shutdown_background();
    end
}

async fn keep_ticking(tick: &impl Fn()) -> Infallible {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        tick();
    }
}

/// Takes connections in and sees each into a task of its own.
struct Reception {
    listeners: Vec<TcpListener>,
    tls: Option<Arc<Tls>>,
    terms: Arc<Terms>,
    /// One permit for each connection that may be open.
    places: Arc<Semaphore>,
}

impl Reception {
    fn new(listeners: Vec<TcpListener>, tls: Option<Arc<Tls>>, limits: Limits, stop: CancellationToken) -> Self {
        let places = Arc::new(Semaphore::new(limits.connections_per_worker as usize));
        Self { listeners, tls, terms: Arc::new(Terms::new(limits, stop)), places }
    }

    /// Resolves after the stop, when the last connection is closed or had its time.
    async fn receive<W, S>(mut self, connection: W)
    where
        W: Fn(Peer) -> S,
        S: Answering,
    {
        self.receive_until_stop(&connection).await;
        self.receive_queued(&connection);
        let Limits { drain, connections_per_worker, .. } = self.terms.limits;
        if timeout(drain, self.places.acquire_many(connections_per_worker)).await.is_err() {
            let open = connections_per_worker as usize - self.places.available_permits();
            warn!(open, "connections were still open at the end of the drain");
        }
    }

    async fn receive_until_stop<W, S>(&self, connection: &W)
    where
        W: Fn(Peer) -> S,
        S: Answering,
    {
        let mut troubles = Troubles::default();
        let stopped = self.terms.stop.cancelled();
        pin!(stopped);
        loop {
            let place = select! {
                biased;
                () = &mut stopped => return,
                place = self.place(&mut troubles) => place,
            };
            let accepted = select! {
                biased;
                () = &mut stopped => return,
                accepted = self.accept() => accepted,
            };
            match (accepted, place) {
                (Ok((tcp, address)), Some(place)) => self.see_in(tcp, address, place, connection),
                (Ok(_), None) => {}
                (Err(error), _) => troubles.meet(&error).await,
            }
        }
    }

    /// Waits for a place before a connection is taken: beyond the limit new ones wait in the kernel's queue, and none that
    /// is open has to go.
    async fn place(&self, troubles: &mut Troubles) -> Option<OwnedSemaphorePermit> {
        if self.places.available_permits() == 0 {
            troubles.full(self.terms.limits.connections_per_worker);
        }
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        poll_fn(|cx| {
            for listener in &self.listeners {
                if let Poll::Ready(accepted) = listener.poll_accept(cx) {
                    return Poll::Ready(accepted);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Closes the listeners, but first takes what the kernel has accepted for us: closing would reset it.
    fn receive_queued<W, S>(&mut self, connection: &W)
    where
        W: Fn(Peer) -> S,
        S: Answering,
    {
        for listener in mem::take(&mut self.listeners) {
            // Asked past the runtime, which learns of a new connection only with its next look at the events.
            let Ok(listener) = listener.into_std() else { continue };
            while let Ok((tcp, address)) = listener.accept() {
                let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { break };
                let tcp = tcp.set_nonblocking(true).and_then(|()| TcpStream::from_std(tcp));
                match tcp {
                    Ok(tcp) => self.see_in(tcp, address, place, connection),
                    Err(error) => debug!(%error, "a queued connection was lost"),
                }
            }
        }
    }

    fn see_in<W, S>(&self, tcp: TcpStream, address: SocketAddr, place: OwnedSemaphorePermit, connection: &W)
    where
        W: Fn(Peer) -> S,
        S: Answering,
    {
        let tls = self.tls.as_ref().map(|tls| tls.current());
        let peer = Peer { address, tls: tls.is_some() };
        spawn(attend(Accepted { tcp, peer, tls, place }, connection(peer), Arc::clone(&self.terms)));
    }
}

/// What went wrong with taking connections in, each kind told once.
#[derive(Debug, Default)]
struct Troubles {
    told: Vec<Option<i32>>,
    told_full: bool,
}

impl Troubles {
    /// A connection that broke off in the queue is only its client's matter. Anything else is a shortage, mostly of file
    /// descriptors: accepting goes on after a breath, in which others may end.
    async fn meet(&mut self, error: &io::Error) {
        if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
            return;
        }
        if !self.told.contains(&error.raw_os_error()) {
            self.told.push(error.raw_os_error());
            warn!(%error, "cannot accept connections; trying again");
        }
        sleep(BREATH).await;
    }

    fn full(&mut self, limit: u32) {
        if !self.told_full {
            self.told_full = true;
            warn!(limit, "as many connections as allowed are open; new ones wait");
        }
    }
}

const TICK: Duration = Duration::from_millis(500);
const BREATH: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests;
