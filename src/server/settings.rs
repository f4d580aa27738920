//! The settings of the listeners and connections, and the description of a connection's peer.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// The addresses to listen on, and the certificate.
#[derive(Clone, Debug)]
pub struct ListenSettings {
    /// Every address to listen on. Port 0 means a free port, which is the same for all workers.
    pub addresses: Vec<SocketAddr>,
    /// The certificate to serve; `None` means cleartext HTTP.
    pub tls: Option<TlsFiles>,
}

/// The files of a certificate and its key, both PEM (RFC 7468).
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate of the server, followed by the intermediate certificates.
    pub(crate) certificate: PathBuf,
    /// The private key of the first certificate.
    pub(crate) key: PathBuf,
}

/// The limits of the connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a client may take to send a request head, from its first byte.
    pub(crate) header_timeout: Duration,
    /// How long a connection may stay open without a request. The default is longer than the 60 s for which load balancers
    /// keep an idle connection: they must not reuse one that was just closed here.
    pub(crate) idle_timeout: Duration,
    /// How long a TLS handshake may take.
    pub(crate) handshake_timeout: Duration,
    /// The maximum length of a request head, and of the trailers, in bytes; beyond it the response is 431. Over HTTP/2 it is
    /// the size of the header list (`SETTINGS_MAX_HEADER_LIST_SIZE`, RFC 9113 §6.5.2).
    pub(crate) header_bytes: u32,
    /// The maximum number of header fields in an HTTP/1.1 request; beyond it the response is 431.
    pub(crate) header_fields: usize,
    /// How many connections may be open, upgraded ones included; `None`: 10,000.
    pub(crate) connections: Option<u32>,
    /// How many connections one client may have open; `None`: half of all, but no more than 1000 and no fewer than 100.
    pub(crate) connections_per_client: Option<u32>,
    /// How many requests one client may have in progress; beyond it the response is 429.
    pub(crate) requests_per_client: u32,
    /// The maximum length of path and query, in bytes; beyond it the response is 414.
    pub(crate) target_bytes: usize,
    /// How many concurrent requests one HTTP/2 connection may have (`SETTINGS_MAX_CONCURRENT_STREAMS`, RFC 9113 §6.5.2).
    pub(crate) streams_per_connection: u32,
    /// After the last response, how long a client that is still sending may pause. Six times as long in all.
    pub(crate) linger_timeout: Duration,
    /// After the last response, how many bytes the client may send.
    pub(crate) linger_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            handshake_timeout: Duration::from_secs(10),
            header_bytes: 32 * 1024,
            header_fields: 100,
            connections: None,
            connections_per_client: None,
            requests_per_client: 1000,
            target_bytes: 16 * 1024,
            streams_per_connection: 100,
            linger_timeout: Duration::from_secs(5),
            linger_bytes: 64 * 1024 * 1024,
        }
    }
}

/// The peer of an accepted connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionPeer {
    /// The source address of the connection: the client's, or that of a proxy in front.
    pub(crate) address: SocketAddr,
    /// Whether the gateway terminates TLS on the connection.
    pub(crate) tls: bool,
}
