//! Accepts connections until the shutdown, then waits for the drain.

use std::{future::poll_fn, io, mem, net::SocketAddr, sync::Arc, task::Poll, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    pin, select, spawn,
    time::{sleep, timeout},
};
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use super::{
    connection::{Accepted, ConnectionConfig, serve_connection},
    connections::{Connections, Place},
    service::HttpService,
    settings::ConnectionPeer,
    shutdown::Shutdown,
    tls::ReloadableTls,
};

/// Serves one listener without TLS on the current runtime. Returns after `shutdown` has started and the open connections
/// have drained.
pub(crate) async fn serve<W, S>(
    listener: TcpListener,
    connections: Arc<Connections>,
    shutdown: Shutdown,
    make_service: W,
) where
    W: Fn(ConnectionPeer) -> S,
    S: HttpService,
{
    let acceptor = Acceptor::new(vec![listener], None, ConnectionConfig::new(Arc::clone(&connections), shutdown));
    select! {
        biased;
        () = acceptor.run(make_service) => {}
        never = connections.watch() => match never {},
    }
}

/// Accepts connections and spawns a task for each.
pub(super) struct Acceptor {
    listeners: Vec<TcpListener>,
    tls: Option<Arc<ReloadableTls>>,
    config: Arc<ConnectionConfig>,
    /// The open connections of this acceptor, which the drain waits for.
    open: TaskTracker,
}

impl Acceptor {
    pub(super) fn new(listeners: Vec<TcpListener>, tls: Option<Arc<ReloadableTls>>, config: ConnectionConfig) -> Self {
        Self { listeners, tls, config: Arc::new(config), open: TaskTracker::new() }
    }

    /// Accepts connections until the shutdown, then returns when the last connection has closed or the drain time is over.
    pub(super) async fn run<W, S>(mut self, make_service: W)
    where
        W: Fn(ConnectionPeer) -> S,
        S: HttpService,
    {
        self.accept_until_shutdown(&make_service).await;
        self.accept_backlog(&make_service);
        self.open.close();
        if timeout(self.config.shutdown.settings().drain, self.open.wait()).await.is_err() {
            warn!(open = self.open.len(), "connections were still open at the end of the drain");
        }
    }

    async fn accept_until_shutdown<W, S>(&self, make_service: &W)
    where
        W: Fn(ConnectionPeer) -> S,
        S: HttpService,
    {
        let shutdown = self.config.shutdown.started();
        pin!(shutdown);
        loop {
            let accepted = select! {
                biased;
                () = &mut shutdown => return,
                accepted = self.accept() => accepted,
            };
            let (tcp, address) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    self.recover(error).await;
                    continue;
                }
            };
            // At the limit, the connections that follow this one wait in the kernel's queue.
            let place = select! {
                biased;
                () = &mut shutdown => return self.spawn_if_free(tcp, address, make_service),
                place = self.config.connections.place(address.ip(), &self.open) => place,
            };
            if let Some(place) = place {
                self.spawn_connection((tcp, address), place, make_service);
            }
        }
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

    /// Continues after an error of an accept. A connection that was closed while it waited in the queue is nothing to report.
    /// Any other error is a lack of resources, mostly file descriptors: idle connections are closed, and accepting pauses, so
    /// that they release theirs.
    async fn recover(&self, error: io::Error) {
        if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
            return;
        }
        self.config.connections.accept_failed(error);
        sleep(ACCEPT_BACKOFF).await;
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
                let tcp = tcp.set_nonblocking(true).and_then(|()| TcpStream::from_std(tcp));
                match tcp {
                    Ok(tcp) => self.spawn_if_free(tcp, address, make_service),
                    Err(error) => debug!(%error, "cannot serve a queued connection"),
                }
            }
        }
    }

    /// Serves a connection unless the limit is reached.
    fn spawn_if_free<W, S>(&self, tcp: TcpStream, address: SocketAddr, make_service: &W)
    where
        W: Fn(ConnectionPeer) -> S,
        S: HttpService,
    {
        if let Some(place) = self.config.connections.free_place(address.ip(), &self.open) {
            self.spawn_connection((tcp, address), place, make_service);
        }
    }

    fn spawn_connection<W, S>(&self, (tcp, address): (TcpStream, SocketAddr), place: Place, make_service: &W)
    where
        W: Fn(ConnectionPeer) -> S,
        S: HttpService,
    {
        let tls = self.tls.as_ref().map(|tls| tls.current());
        let peer = ConnectionPeer { address, tls: tls.is_some() };
        let accepted = Accepted { tcp, peer, tls, place };
        spawn(serve_connection(accepted, make_service(peer), Arc::clone(&self.config)));
    }
}

const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);
