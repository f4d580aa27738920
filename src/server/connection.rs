//! One connection from its first byte to its last: handshake, protocol, requests, end. HTTP/1.1 (RFC 9112), HTTP/2 (RFC 9113).
//!
//! `Upgrade: h2c` is never honoured (RFC 9113 §3.1 removed it): HTTP/2 comes by ALPN, or in the clear with its preface.

use std::{
    io,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ServerConfig;
use thiserror::Error;
use tokio::{
    net::TcpStream,
    sync::OwnedSemaphorePermit,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{either::Either, sync::CancellationToken};
use tracing::debug;

use super::{
    service::{Answering, LoginRequest},
    settings::{Limits, Peer},
    stream::{Stream, Transport},
    tls::H2,
};

/// What all connections of a worker have in common.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) limits: Limits,
    pub(super) stop: CancellationToken,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Terms {
    pub(super) fn new(limits: Limits, stop: CancellationToken) -> Self {
        let (http1, http2) = (http1_rules(&limits), http2_rules(&limits));
        Self { limits, stop, http1, http2 }
    }

    /// Resolves when a connection must take no further request. One that has asked nothing yet gets a moment to do so: its
    /// request may be on the way, and a client cannot know whether a request that was cut off has been acted upon.
    async fn closing_time(&self, asked: &AtomicBool) {
        self.stop.cancelled().await;
        if !asked.load(Ordering::Relaxed) {
            sleep(FIRST_WORD).await;
        }
    }

    /// Resolves when requests under way have had their time after the stop.
    async fn last_call(&self) {
        self.stop.cancelled().await;
        sleep(self.limits.drain).await;
    }
}

/// A connection as it comes from the listener.
pub(super) struct Accepted {
    pub(super) tcp: TcpStream,
    pub(super) peer: Peer,
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) place: OwnedSemaphorePermit,
}

/// Serves one connection to its end. How it ended is a note for debugging: clients come and go as they like.
pub(super) async fn attend<S: Answering>(accepted: Accepted, service: S, terms: Arc<Terms>) {
    let client = accepted.peer.address;
    if let Err(end) = talk(accepted, service, &terms).await {
        debug!(%client, end = &end as &dyn std::error::Error, "connection ended");
    }
}

async fn talk<S: Answering>(accepted: Accepted, service: S, terms: &Terms) -> Result<(), End> {
    let Accepted { tcp, tls, place, .. } = accepted;
    // The rarer and larger futures are boxed, so that an idle HTTP/1.1 connection is not as large as they are.
    let (transport, protocol) = match tls {
        Some(config) => Box::pin(handshake(tcp, config, terms)).await?,
        None => first_bytes(tcp, terms).await?,
    };
    let io = TokioIo::new(Stream::new(transport, place));
    match protocol {
        Protocol::Http1 => http1(io, LoginRequest::new(service), terms).await,
        Protocol::Http2 => Box::pin(http2(io, LoginRequest::new(service), terms)).await,
    }
}

enum Protocol {
    Http1,
    Http2,
}

async fn handshake(tcp: TcpStream, config: Arc<ServerConfig>, terms: &Terms) -> Result<(Transport, Protocol), End> {
    let accepting = TlsAcceptor::from(config).accept(tcp);
    let tls = timeout(terms.limits.handshake_timeout, accepting)
        .await
        .map_err(|_| End::HandshakeTooSlow)?
        .map_err(End::Handshake)?;
    let protocol = if tls.get_ref().1.alpn_protocol() == Some(H2) { Protocol::Http2 } else { Protocol::Http1 };
    Ok((Either::Right(Box::new(tls)), protocol))
}

/// In the clear the first bytes tell: `PRI` is reserved for the preface of HTTP/2 (RFC 9113 §3.4). They are looked at, not
/// taken. A preface torn within them is read as HTTP/1.1 and refused there, so nobody waits without a limit.
async fn first_bytes(tcp: TcpStream, terms: &Terms) -> Result<(Transport, Protocol), End> {
    let mut start = [0; 3];
    let nothing_asked = AtomicBool::new(false);
    let length = tokio::select! {
        biased;
        length = timeout(terms.limits.header_timeout, tcp.peek(&mut start)) => length.map_err(|_| End::Silent)?.map_err(End::Gone)?,
        () = terms.closing_time(&nothing_asked) => return Err(End::Silent),
    };
    let protocol = if start[..length] == *b"PRI" { Protocol::Http2 } else { Protocol::Http1 };
    Ok((Either::Left(tcp), protocol))
}

async fn http1<S: Answering>(io: TokioIo<Stream>, service: LoginRequest<S>, terms: &Terms) -> Result<(), End> {
    let asked = service.note();
    let mut connection = pin!(terms.http1.serve_connection(io, service).with_upgrades());
    tokio::select! {
        biased;
        end = connection.as_mut() => return end.map_err(End::Http),
        () = terms.closing_time(&asked) => connection.as_mut().graceful_shutdown(),
    }
    finish(connection, terms).await
}

/// HTTP/2 has no limit of its own for silence, so each span of `header_timeout` must bring a new request. Otherwise the
/// connection is told to end (GOAWAY) and what is under way on it still finishes; one that never asked is just closed,
/// for it may hang in a torn preface, where nothing can be told.
async fn http2<S: Answering>(io: TokioIo<Stream>, service: LoginRequest<S>, terms: &Terms) -> Result<(), End> {
    let asked = service.note();
    let mut connection = pin!(terms.http2.serve_connection(io, service));
    let mut has_asked = false;
    loop {
        tokio::select! {
            biased;
            end = connection.as_mut() => return end.map_err(End::Http),
            () = terms.closing_time(&asked) => break,
            () = sleep(terms.limits.header_timeout) => match (asked.swap(false, Ordering::Relaxed), has_asked) {
                (true, _) => has_asked = true,
                (false, true) => break,
                (false, false) => return Err(End::Silent),
            },
        }
    }
    connection.as_mut().graceful_shutdown();
    finish(connection, terms).await
}

async fn finish<C>(connection: Pin<&mut C>, terms: &Terms) -> Result<(), End>
where
    C: Future<Output = hyper::Result<()>>,
{
    tokio::select! {
        biased;
        end = connection => end.map_err(End::Http),
        () = terms.last_call() => Err(End::CutOff),
    }
}

/// Why a connection ended otherwise than by agreement.
#[derive(Debug, Error)]
enum End {
    #[error("the requests under way took longer than the drain")]
    CutOff,
    #[error("the client went away")]
    Gone(#[source] io::Error),
    #[error("the TLS handshake failed")]
    Handshake(#[source] io::Error),
    #[error("the TLS handshake took too long")]
    HandshakeTooSlow,
    #[error(transparent)]
    Http(hyper::Error),
    #[error("the client sent nothing")]
    Silent,
}

fn http1_rules(limits: &Limits) -> http1::Builder {
    let mut rules = http1::Builder::new();
    rules
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .keep_alive(true)
        .half_close(false)
        .title_case_headers(false)
        .ignore_invalid_headers(false)
        .max_header_size(limits.max_header_bytes)
        .max_buf_size(limits.max_header_bytes.max(BUFFER));
    // Said aloud, the number would cost each request a longer way to the same array.
    if limits.max_headers != HYPER_MAX_HEADERS {
        rules.max_headers(limits.max_headers);
    }
    rules
}

fn http2_rules(limits: &Limits) -> http2::Builder<TokioExecutor> {
    let mut rules = http2::Builder::new(TokioExecutor::new());
    rules
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.h2_max_concurrent_streams)
        .max_header_list_size(limits.h2_max_header_list)
        .max_send_buf_size(BUFFER)
        // A client that does not answer a ping is gone, or holds the connection for nothing.
        .keep_alive_interval(limits.header_timeout)
        .keep_alive_timeout(limits.handshake_timeout);
    rules
}

/// How long after the stop a connection that has asked nothing is listened to.
const FIRST_WORD: Duration = Duration::from_secs(1);
/// What one connection, or one HTTP/2 stream, may hold in memory of a body on its way.
const BUFFER: usize = 64 * 1024;
const HYPER_MAX_HEADERS: usize = 100;

#[cfg(test)]
mod tests;
