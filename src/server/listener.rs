//! The listening sockets: one per worker and address, so that the kernel distributes the connections (`SO_REUSEPORT`).

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
    tls::{ReloadableTls, TlsError},
};

/// Binds every address once for each worker, at least once, and loads the certificate if there is one.
pub(crate) fn bind(settings: &ListenSettings, workers: usize) -> Result<Listeners, BindError> {
    let tls = settings.tls.as_ref().map(ReloadableTls::load).transpose()?.map(Arc::new);
    let mut addresses = settings.addresses.clone();
    for address in &addresses {
        check_free(*address).map_err(|source| BindError::Address { address: *address, source })?;
    }
    let mut sets = Vec::with_capacity(workers);
    for _ in 0..workers.max(1) {
        sets.push(listen_on_all(&mut addresses)?);
    }
    Ok(Listeners { sets, addresses, tls })
}

/// The bound sockets. Connections wait in the kernel's queue until [`run`](super::run()) accepts them.
#[derive(Debug)]
pub(crate) struct Listeners {
    /// One set per worker with one socket per address.
    pub(super) sets: Vec<Vec<TcpListener>>,
    addresses: Vec<SocketAddr>,
    pub(super) tls: Option<Arc<ReloadableTls>>,
}

impl Listeners {
    /// The bound addresses, with the assigned port in place of port 0.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    /// The TLS configuration of the listeners; `None` means cleartext HTTP.
    pub(crate) fn tls(&self) -> Option<Arc<ReloadableTls>> {
        self.tls.clone()
    }
}

/// Why the listening sockets could not be opened.
#[derive(Debug, Error)]
pub enum BindError {
    /// The address is in use, is not an address of this host, or requires a privilege.
    #[error("cannot listen on {address}")]
    Address {
        /// The configured address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The certificate or its key cannot be loaded.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Fails if another process listens on `address`. With `SO_REUSEPORT` a second gateway, started by mistake, would silently
/// receive half of the connections. A socket without that option cannot be bound while another process listens.
fn check_free(address: SocketAddr) -> io::Result<()> {
    let socket = socket_for(address)?;
    socket.bind(&address.into())
}

/// Listens on all `addresses`. Replaces port 0 with the assigned port, so that the next worker binds the same port.
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
    // On Linux accepted sockets inherit these options, which saves the system calls for each connection.
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE_TIME).with_interval(KEEPALIVE_INTERVAL))?;
    #[cfg(target_os = "linux")]
    {
        socket.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
        socket.set_tcp_notsent_lowat(MAX_UNSENT)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn socket_for(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Without this option, connections in TIME-WAIT (RFC 9293 §3.6.1) would keep a restarted gateway from binding its port.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // Otherwise an IPv4 client could appear as `::ffff:a.b.c.d`, which the list of trusted proxies does not match.
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

const BACKLOG: i32 = 1024;
const KEEPALIVE_TIME: Duration = Duration::from_secs(60);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// How long sent data may stay unacknowledged, or the receive window of the client zero, before the connection is closed.
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(120);
/// How many bytes the kernel holds for a client beyond those under way. The send buffer of a client that does not read grows
/// to megabytes otherwise, which count as memory of the gateway's control group.
#[cfg(target_os = "linux")]
const MAX_UNSENT: u32 = 64 * 1024;

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
    fn a_port_in_use_is_an_error_with_the_address() {
        let first = bind(&local(0), 2).unwrap();
        let address = first.addresses()[0];
        let error = bind(&local(address.port()), 2).unwrap_err();
        assert!(
            matches!(&error, BindError::Address { address: named, source } if *named == address && source.kind() == io::ErrorKind::AddrInUse),
            "{error:?}"
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
        assert_eq!(options.tcp_keepalive_time().unwrap(), KEEPALIVE_TIME);
        #[cfg(target_os = "linux")]
        assert_eq!(options.tcp_user_timeout().unwrap(), Some(USER_TIMEOUT));
        #[cfg(target_os = "linux")]
        assert_eq!(options.tcp_notsent_lowat().unwrap(), MAX_UNSENT);
    }
}
