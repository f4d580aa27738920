//! One connection from accept to close: TLS handshake, choice of the protocol, requests, drain (RFC 9112, RFC 9113).
//!
//! `Upgrade: h2c` is never honoured (RFC 9113 §3.1 removed it): HTTP/2 is negotiated by ALPN, or starts in the clear with
//! its preface.

use std::{io, pin::pin, sync::Arc, time::Duration};

use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use thiserror::Error;
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::either::Either;
use tracing::debug;

use super::{
    connections::{Connections, Place},
    open_connection::OpenConnection,
    service::{CountedService, HttpService},
    settings::{ConnectionPeer, Limits},
    shutdown::Shutdown,
    stream::{Stream, Transport},
    tls::H2,
};
use crate::base::chain;
use crate::reason::ReasonCode;
use crate::stream::{AbortableExecutor, abortable};

/// What all connections of a worker share.
#[derive(Debug)]
pub(super) struct ConnectionConfig {
    pub(super) limits: Limits,
    pub(super) connections: Arc<Connections>,
    pub(super) shutdown: Shutdown,
    http1: http1::Builder,
    http2: http2::Builder<AbortableExecutor>,
}

impl ConnectionConfig {
    pub(super) fn new(connections: Arc<Connections>, shutdown: Shutdown) -> Self {
        let limits = connections.limits;
        let (http1, http2) = (http1_builder(&limits), http2_builder(&limits));
        Self { limits, connections, shutdown, http1, http2 }
    }
}

/// A connection as the listener accepted it.
pub(super) struct Accepted {
    pub(super) tcp: TcpStream,
    pub(super) peer: ConnectionPeer,
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) place: Place,
}

/// Serves one connection until it is closed. An error is logged at debug level only, because clients cause most of them.
pub(super) async fn serve_connection<S: HttpService>(accepted: Accepted, service: S, config: Arc<ConnectionConfig>) {
    let client = accepted.peer.address;
    if let Err(error) = negotiate_and_serve(accepted, service.clone(), &config).await {
        if let Some(reason) = error.refusal() {
            service.refused(reason, &chain(&error));
        }
        debug!(%client, error = chain(&error), "connection ended");
    }
}

async fn negotiate_and_serve<S: HttpService>(
    accepted: Accepted,
    service: S,
    config: &ConnectionConfig,
) -> Result<(), ConnectionError> {
    let Accepted { tcp, tls, place, .. } = accepted;
    let open = Arc::clone(&place.connection);
    // The rarer and larger futures are boxed, so that an idle HTTP/1.1 connection does not take their memory.
    let (transport, protocol) = match tls {
        Some(tls) => Box::pin(handshake(tcp, tls, (config, &open))).await?,
        None => detect_protocol(tcp, (config, &open)).await?,
    };
    let service = CountedService::new(service, Arc::clone(&open), config.limits);
    let io = TokioIo::new(Stream::new(transport, place, config.limits, matches!(protocol, Protocol::Http1)));
    match protocol {
        Protocol::Http1 => {
            abortable(serve_http1(io, service, (config, &open))).await.unwrap_or(Err(ConnectionError::Ended))
        }
        Protocol::Http2 => Box::pin(serve_http2(io, service, (config, &open))).await,
    }
}

enum Protocol {
    Http1,
    Http2,
}

async fn handshake(
    tcp: TcpStream,
    tls: Arc<ServerConfig>,
    (config, open): (&ConnectionConfig, &OpenConnection),
) -> Result<(Transport, Protocol), ConnectionError> {
    let accepting = timeout(config.limits.handshake_timeout, TlsAcceptor::from(tls).accept(tcp));
    let mut stream = tokio::select! {
        biased;
        stream = accepting => stream.map_err(|_| ConnectionError::HandshakeTimeout)?.map_err(ConnectionError::Handshake)?,
        () = open.closing() => return Err(ConnectionError::Idle),
        () = config.shutdown.idle_over() => return Err(ConnectionError::Idle),
    };
    stream.get_mut().1.set_buffer_limit(Some(MAX_TLS_BUFFER_BYTES));
    let protocol = if stream.get_ref().1.alpn_protocol() == Some(H2) { Protocol::Http2 } else { Protocol::Http1 };
    Ok((Either::Right(Box::new(stream)), protocol))
}

/// Chooses the protocol of a cleartext connection by its first bytes, which stay unread: `PRI` is reserved for the preface
/// of HTTP/2 (RFC 9113 §3.4). When fewer than three bytes of a preface have arrived, the connection is served as HTTP/1.1,
/// which responds with 400; so a split preface cannot keep a connection open without a time limit.
async fn detect_protocol(
    tcp: TcpStream,
    (config, open): (&ConnectionConfig, &OpenConnection),
) -> Result<(Transport, Protocol), ConnectionError> {
    let mut start = [0; 3];
    let length = tokio::select! {
        biased;
        length = tcp.peek(&mut start) => length.map_err(ConnectionError::Closed)?,
        () = open.closing() => return Err(ConnectionError::Idle),
        () = config.shutdown.idle_over() => return Err(ConnectionError::Idle),
    };
    let protocol = if start[..length] == *b"PRI" { Protocol::Http2 } else { Protocol::Http1 };
    Ok((Either::Left(tcp), protocol))
}

async fn serve_http1<S: HttpService>(
    io: TokioIo<Stream>,
    service: CountedService<S>,
    (config, open): (&ConnectionConfig, &OpenConnection),
) -> Result<(), ConnectionError> {
    let mut connection = pin!(config.http1.serve_connection(io, service).with_upgrades());
    tokio::select! {
        // The shutdown first: a request that was read at the same moment is the last one.
        biased;
        () = config.shutdown.started() => open.expect_last(),
        end = connection.as_mut() => return end.map_err(ConnectionError::Http),
        () = open.closing() => {}
    }
    Box::pin(finish((config, open), async {
        tokio::select! {
            biased;
            end = connection.as_mut() => return end.map_err(ConnectionError::Http),
            () = open.closing() => {}
            () = quiet(config, open) => {}
        }
        open.close_abruptly();
        connection.as_mut().graceful_shutdown();
        connection.await.map_err(ConnectionError::Http)
    }))
    .await
}

/// Resolves when a connection has been without a request for the idle time of the shutdown. A client that sends a request
/// while its idle connection is closed cannot tell whether the request was processed (RFC 9112 §9.5), so the connection
/// stays open for one more request, whose response has `Connection: close`.
async fn quiet(config: &ConnectionConfig, open: &OpenConnection) {
    let mut was_quiet = open.is_quiet();
    loop {
        sleep(config.shutdown.settings().idle).await;
        let is_quiet = open.is_quiet();
        if was_quiet && is_quiet {
            return;
        }
        was_quiet = is_quiet;
    }
}

/// An idle connection is closed with GOAWAY, and a request that was under way still finishes. hyper announces the shutdown, and
/// refuses streams only after a round trip (RFC 9113 §6.8), so that no request is lost. A connection that never sent a request
/// is closed: its preface may be incomplete, and before the preface no GOAWAY can be sent.
async fn serve_http2<S: HttpService>(
    io: TokioIo<Stream>,
    service: CountedService<S>,
    (config, open): (&ConnectionConfig, &OpenConnection),
) -> Result<(), ConnectionError> {
    let mut connection = pin!(config.http2.serve_connection(io, service));
    tokio::select! {
        biased;
        end = connection.as_mut() => return end.map_err(ConnectionError::Http),
        () = open.closing() => {
            if !open.was_requested() {
                return Err(ConnectionError::Idle);
            }
        }
        () = config.shutdown.started() => {}
    }
    connection.as_mut().graceful_shutdown();
    finish((config, open), async {
        if !open.was_requested() {
            tokio::select! {
                biased;
                end = connection.as_mut() => return end.map_err(ConnectionError::Http),
                () = config.shutdown.idle_over() => {}
            }
            if !open.was_requested() {
                return Err(ConnectionError::Idle);
            }
        }
        connection.await.map_err(ConnectionError::Http)
    })
    .await
}

/// Waits for the last requests of a connection until the drain is over. A connection that was asked to close and has no request
/// may still wait for the client, such as for the acknowledgement of a ping; its place is needed.
async fn finish(
    (config, open): (&ConnectionConfig, &OpenConnection),
    last: impl Future<Output = Result<(), ConnectionError>>,
) -> Result<(), ConnectionError> {
    tokio::select! {
        biased;
        end = last => end,
        () = config.shutdown.over() => Err(ConnectionError::DrainTimeout),
        () = idle_after_closing(open) => Err(ConnectionError::Idle),
    }
}

async fn idle_after_closing(open: &OpenConnection) {
    open.closing().await;
    loop {
        sleep(CLOSE_GRACE).await;
        if open.is_idle() {
            return;
        }
    }
}

/// Why a connection was closed early.
#[derive(Debug, Error)]
enum ConnectionError {
    #[error("the client closed the connection")]
    Closed(#[source] io::Error),
    #[error("the open requests took longer than the drain")]
    DrainTimeout,
    #[error("the TLS handshake failed")]
    Handshake(#[source] io::Error),
    #[error("the TLS handshake took too long")]
    HandshakeTimeout,
    #[error("a body on the connection exceeded a limit")]
    Ended,
    #[error(transparent)]
    Http(hyper::Error),
    #[error("the client sent no request")]
    Idle,
}

impl ConnectionError {
    /// The reason code if hyper refused a request head: it has then responded with 400 or 431.
    fn refusal(&self) -> Option<ReasonCode> {
        match self {
            Self::Http(error) if error.is_parse_too_large() => Some(ReasonCode::RequestHeadTooLarge),
            Self::Http(error) if error.is_parse() => Some(ReasonCode::RequestMalformed),
            _ => None,
        }
    }
}

fn http1_builder(limits: &Limits) -> http1::Builder {
    let header_bytes = limits.header_bytes as usize;
    let mut builder = http1::Builder::new();
    builder
        // `Connections::watch` checks the time of all heads, without a timer for each request.
        .header_read_timeout(None)
        .keep_alive(true)
        .half_close(false)
        .title_case_headers(false)
        .ignore_invalid_headers(false)
        .max_header_size(header_bytes)
        .max_buf_size(header_bytes.max(MAX_BUFFER_BYTES));
    // With an explicit number, even an equal one, hyper fills its header array element by element for each request.
    if limits.header_fields != HYPER_MAX_HEADERS {
        builder.max_headers(limits.header_fields);
    }
    builder
}

fn http2_builder(limits: &Limits) -> http2::Builder<AbortableExecutor> {
    let mut builder = http2::Builder::new(AbortableExecutor);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams_per_connection)
        .max_header_list_size(limits.header_bytes)
        .max_send_buf_size(MAX_BUFFER_BYTES)
        .initial_stream_window_size(H2_STREAM_WINDOW)
        .initial_connection_window_size(H2_CONNECTION_WINDOW)
        // A client that does not acknowledge a ping is unreachable or does not read.
        .keep_alive_interval(limits.idle_timeout)
        .keep_alive_timeout(limits.handshake_timeout);
    builder
}

/// How long a connection without a request may take to close.
const CLOSE_GRACE: Duration = Duration::from_secs(1);
/// How much of a response one connection, or one HTTP/2 stream, may buffer.
const MAX_BUFFER_BYTES: usize = 32 * 1024;
/// How many encrypted bytes of a response one connection may buffer.
const MAX_TLS_BUFFER_BYTES: usize = 16 * 1024;
/// How much of a request body the client may send that the application has not read (RFC 9113 §6.9.2): on one stream, and
/// on all streams of a connection together.
const H2_STREAM_WINDOW: u32 = 48 * 1024;
const H2_CONNECTION_WINDOW: u32 = 256 * 1024;
const HYPER_MAX_HEADERS: usize = 100;

#[cfg(test)]
mod tests;
