//! Accepts connections up to a limit per worker until the shutdown, then waits for the drain.

use std::{future::poll_fn, io, mem, net::SocketAddr, sync::Arc, task::Poll, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    pin, select, spawn,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{
    connection::{Accepted, ConnectionConfig, serve_connection},
    service::HttpService,
    settings::{ConnectionPeer, Limits},
    tls::ReloadableTls,
};

/// Serves one listener without TLS on the current runtime. Returns after `shutdown` is cancelled and the open connections
/// have drained.
pub(crate) async fn serve<W, S>(listener: TcpListener, limits: Limits, shutdown: CancellationToken, make_service: W)
where
    W: Fn(ConnectionPeer) -> S,
    S: HttpService,
{
    Acceptor::new(vec![listener], None, ConnectionConfig::new(limits, shutdown)).run(make_service).await;
}

/// Accepts connections and spawns a task for each.
pub(super) struct Acceptor {
    listeners: Vec<TcpListener>,
    tls: Option<Arc<ReloadableTls>>,
    config: Arc<ConnectionConfig>,
    /// One permit for each connection that may be open. An open connection holds its permit, so the semaphore is both the
    /// limit and the count that the drain waits for.
    permits: Arc<Semaphore>,
}

impl Acceptor {
    pub(super) fn new(listeners: Vec<TcpListener>, tls: Option<Arc<ReloadableTls>>, config: ConnectionConfig) -> Self {
        let permits = Arc::new(Semaphore::new(config.limits.connections_per_worker as usize));
        Self { listeners, tls, config: Arc::new(config), permits }
    }

    /// Accepts connections until the shutdown, then returns when the last connection has closed or the drain time is over.
    pub(super) async fn run<W, S>(mut self, make_service: W)
    where
        W: Fn(ConnectionPeer) -> S,
        S: HttpService,
    {
        self.accept_until_shutdown(&make_service).await;
        self.accept_backlog(&make_service);
        let Limits { drain, connections_per_worker, .. } = self.config.limits;
        if timeout(drain, self.permits.acquire_many(connections_per_worker)).await.is_err() {
            let open = connections_per_worker as usize - self.permits.available_permits();
            warn!(open, "connections were still open at the end of the drain");
        }
    }

    async fn accept_until_shutdown<W, S>(&self, make_service: &W)
    where
        W: Fn(ConnectionPeer) -> S,
        S: HttpService,
    {
        let mut errors = AcceptErrors::default();
        let shutdown = self.config.shutdown.cancelled();
        pin!(shutdown);
        loop {
            let permit = select! {
                biased;
                () = &mut shutdown => return,
                permit = self.permit(&mut errors) => permit,
            };
            let accepted = select! {
                biased;
                () = &mut shutdown => return,
                accepted = self.accept() => accepted,
            };
            match (accepted, permit) {
                (Ok((tcp, address)), Some(permit)) => self.spawn_connection(tcp, address, permit, make_service),
                (Ok(_), None) => {}
                (Err(error), _) => errors.report(&error).await,
            }
        }
    }

    /// Waits for a permit before a connection is accepted. At the limit, new connections wait in the kernel's queue and no
    /// open connection is closed.
    async fn permit(&self, errors: &mut AcceptErrors) -> Option<OwnedSemaphorePermit> {
        if self.permits.available_permits() == 0 {
            errors.report_limit(self.config.limits.connections_per_worker);
        }
        Arc::clone(&self.permits).acquire_owned().await.ok()
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

    /// Accepts the connections that wait in the kernel's queue, then closes the listeners. Closing a listener first would
    /// reset the connections in its queue.
    fn accept_backlog<W, S>(&mut self, make_service: &W)
    where
        W: Fn(ConnectionPeer) -> S,
        S: HttpService,
    {
        for listener in mem::take(&mut self.listeners) {
            // Accepts from the operating system directly: the runtime sees a new connection only at its next poll for
            // events.
            let Ok(listener) = listener.into_std() else { continue };
            while let Ok((tcp, address)) = listener.accept() {
                let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else { break };
                let tcp = tcp.set_nonblocking(true).and_then(|()| TcpStream::from_std(tcp));
                match tcp {
                    Ok(tcp) => self.spawn_connection(tcp, address, permit, make_service),
                    Err(error) => debug!(%error, "cannot serve a queued connection"),
                }
            }
        }
    }

    fn spawn_connection<W, S>(
        &self,
        tcp: TcpStream,
        address: SocketAddr,
        permit: OwnedSemaphorePermit,
        make_service: &W,
    ) where
        W: Fn(ConnectionPeer) -> S,
        S: HttpService,
    {
        let tls = self.tls.as_ref().map(|tls| tls.current());
        let peer = ConnectionPeer { address, tls: tls.is_some() };
        let accepted = Accepted { tcp, peer, tls, permit };
        spawn(serve_connection(accepted, make_service(peer), Arc::clone(&self.config)));
    }
}

/// The errors of accepting connections. Each kind is logged once.
#[derive(Debug, Default)]
struct AcceptErrors {
    logged: Vec<Option<i32>>,
    limit_logged: bool,
}

impl AcceptErrors {
    /// A connection that was closed while it waited in the queue is not logged. Any other error is a lack of resources,
    /// mostly file descriptors: accepting pauses, so that connections can close and release some.
    async fn report(&mut self, error: &io::Error) {
        if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
            return;
        }
        if !self.logged.contains(&error.raw_os_error()) {
            self.logged.push(error.raw_os_error());
            warn!(%error, "cannot accept connections; trying again");
        }
        sleep(ACCEPT_BACKOFF).await;
    }

    fn report_limit(&mut self, limit: u32) {
        if !self.limit_logged {
            self.limit_logged = true;
            warn!(limit, "the connection limit is reached; new connections wait");
        }
    }
}

const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);
