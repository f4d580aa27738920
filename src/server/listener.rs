//! The listening sockets: one a worker on each address, so that the kernel spreads the connections (`SO_REUSEPORT`).

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use thiserror::Error;

use super::{
    settings::ListenSettings,
    tls::{Tls, TlsError},
};

/// Takes the ports: every address once for each worker, and the certificate if there is one. At least one worker.
pub fn bind(settings: &ListenSettings, workers: usize) -> Result<Listeners, BindError> {
    let tls = settings.tls.as_ref().map(Tls::load).transpose()?.map(Arc::new);
    let mut addresses = settings.addresses.clone();
    for address in &addresses {
        refuse_taken(*address).map_err(|source| BindError::Address { address: *address, source })?;
    }
    let mut sets = Vec::with_capacity(workers);
    for _ in 0..workers.max(1) {
        sets.push(listen_on_all(&mut addresses)?);
    }
    Ok(Listeners { sets, addresses, tls })
}

/// Bound sockets that wait for [`run`](super::run()). Connections queue in the kernel until then.
#[derive(Debug)]
pub struct Listeners {
    /// One set a worker, one socket an address.
    pub(super) sets: Vec<Vec<TcpListener>>,
    addresses: Vec<SocketAddr>,
    pub(super) tls: Option<Arc<Tls>>,
}

impl Listeners {
    /// The addresses as bound: where port 0 was asked for, the port that was got.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    /// The certificate that connections are answered with, to be reloaded when its files change.
    #[must_use]
    pub fn tls(&self) -> Option<Arc<Tls>> {
        self.tls.clone()
    }
}

/// Why the gateway cannot listen.
#[derive(Debug, Error)]
pub enum BindError {
    /// The address is taken, is not this machine's, or needs a privilege.
    #[error("cannot listen on {address}")]
    Address {
        /// The address as configured.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// With `SO_REUSEPORT` a second gateway started by mistake would silently take half of the connections. A socket without
/// it cannot be bound while anybody listens, so it tells.
fn refuse_taken(address: SocketAddr) -> io::Result<()> {
    let socket = socket_for(address)?;
    socket.bind(&address.into())
}

/// Puts the port that was got in the place of port 0, so that the next worker binds the same one.
fn listen_on_all(addresses: &mut [SocketAddr]) -> Result<Vec<TcpListener>, BindError> {
    let mut set = Vec::with_capacity(addresses.len());
    for address in addresses {
        let failed = |source| BindError::Address { address: *address, source };
        let listener = listen(*address).map_err(failed)?;
        *address = listener.local_addr().map_err(failed)?;
        set.push(listener);
    }
    Ok(set)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket_for(address)?;
    socket.set_reuse_port(true)?;
    // Linux hands these three to every socket accepted from this one, which saves their calls for each connection.
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EVERY))?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNREAD_FOR))?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn socket_for(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Connections that ended a moment ago must not keep a restarted gateway from its port.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // An IPv4 client then never appears as `::ffff:a.b.c.d`, which a list of trusted proxies would not match.
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

const BACKLOG: i32 = 1024;
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);
const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);
/// How long a client may leave sent bytes unacknowledged, or its window shut, before the connection is given up.
#[cfg(target_os = "linux")]
const UNREAD_FOR: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use socket2::SockRef;

    use super::*;

    fn local(port: u16) -> ListenSettings {
        ListenSettings { addresses: vec![SocketAddr::from(([127, 0, 0, 1], port))], tls: None }
    }

    #[test]
    fn port_0_is_one_port_for_all_workers() {
        let listeners = bind(&local(0), 3).unwrap();
        let bound: Vec<_> = listeners.sets.iter().flatten().map(|one| one.local_addr().unwrap()).collect();
        assert_eq!(bound, [listeners.addresses()[0]; 3]);
        assert_ne!(bound[0].port(), 0);
    }

    #[test]
    fn a_taken_port_is_refused_by_name() {
        let first = bind(&local(0), 2).unwrap();
        let address = first.addresses()[0];
        let refused = bind(&local(address.port()), 2).unwrap_err();
        assert!(
            matches!(&refused, BindError::Address { address: named, source } if *named == address && source.kind() == io::ErrorKind::AddrInUse),
            "{refused:?}"
        );
    }

    #[test]
    fn accepted_sockets_have_the_options_of_their_listener() {
        let listeners = bind(&local(0), 1).unwrap();
        let listener = &listeners.sets[0][0];
        listener.set_nonblocking(false).unwrap();
        let _client = TcpStream::connect(listeners.addresses()[0]).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        let options = SockRef::from(&accepted);
        assert!(options.tcp_nodelay().unwrap());
        assert!(options.keepalive().unwrap());
        assert_eq!(options.tcp_keepalive_time().unwrap(), KEEPALIVE_AFTER);
        #[cfg(target_os = "linux")]
        assert_eq!(options.tcp_user_timeout().unwrap(), Some(UNREAD_FOR));
    }
}
