//! What the room is told: where to listen and how much one client may ask of it; and what it tells: who is at the other end.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// Where to listen, and with which certificate.
#[derive(Clone, Debug)]
pub struct ListenSettings {
    /// Every address to listen on. Port 0 takes a free one, the same for all workers.
    pub addresses: Vec<SocketAddr>,
    /// The certificate to answer with; `None` speaks cleartext HTTP.
    pub tls: Option<TlsFiles>,
}

/// Where a certificate and its key are kept, both as PEM (RFC 7468).
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate of the server, followed by those that vouch for it.
    pub certificate: PathBuf,
    /// The private key of the first certificate.
    pub key: PathBuf,
}

/// How much one client, and all of them together, may ask of a worker.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a client may take to send a request head, and how long a connection may stay idle. It is longer than the
    /// 60 s for which load balancers keep a connection, so that they never reuse one which was just closed here.
    pub header_timeout: Duration,
    /// How long a TLS handshake may take.
    pub handshake_timeout: Duration,
    /// The greatest length of an HTTP/1.1 request head, and of the trailers, in bytes; beyond it the answer is 431.
    pub max_header_bytes: usize,
    /// The greatest number of header lines in an HTTP/1.1 request; beyond it the answer is 431.
    pub max_headers: usize,
    /// How many connections one worker keeps open, upgraded ones included; beyond it new ones wait in the kernel's queue.
    pub connections_per_worker: u32,
    /// How many requests one HTTP/2 connection may have under way.
    pub h2_max_concurrent_streams: u32,
    /// The greatest size of an HTTP/2 header list, in bytes as RFC 9113 §6.5.2 counts them.
    pub h2_max_header_list: u32,
    /// How long requests under way may go on after the stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(75),
            handshake_timeout: Duration::from_secs(10),
            max_header_bytes: 32 * 1024,
            max_headers: 100,
            connections_per_worker: 10_000,
            h2_max_concurrent_streams: 100,
            h2_max_header_list: 32 * 1024,
            drain: Duration::from_secs(30),
        }
    }
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The address the connection comes from: the client's, or that of a proxy in front.
    pub address: SocketAddr,
    /// Whether the connection is under TLS that ends here.
    pub tls: bool,
}
