//! A client that sends bytes unchanged, for requests that no HTTP client library sends.

use std::{io, net::SocketAddr, sync::Arc};

use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use crate::ca::TestCa;

/// Sends bytes, then reads until the first whole response has arrived or the server closes the connection.
pub async fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut connection = Connection::open(address).await;
    connection.send(bytes).await;
    connection.response().await
}

/// Sends bytes and shuts down the write side; reads all responses until the server closes the connection.
pub async fn exchange_to_end(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut connection = Connection::open(address).await;
    connection.send(bytes).await;
    connection.finish().await;
    connection.rest().await
}

/// The status of a response's first line; 0 without one.
pub fn status(response: &[u8]) -> u16 {
    let line = response.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    text.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.trim().parse().ok()).unwrap_or(0)
}

/// A connection for several requests.
pub struct Connection {
    stream: Box<dyn Stream>,
    /// Received bytes that were not returned yet.
    pending: Vec<u8>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Connection {
    /// A plain connection; panics if it is refused.
    pub async fn open(address: SocketAddr) -> Self {
        Self { stream: Box::new(connect(address).await), pending: Vec::new() }
    }

    /// A plain connection, unless it is refused.
    pub async fn try_open(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { stream: Box::new(TcpStream::connect(address).await?), pending: Vec::new() })
    }

    /// A TLS connection to a server with a certificate of this authority.
    pub async fn open_tls(address: SocketAddr, host: &str, ca: &TestCa) -> Self {
        let name = ServerName::try_from(host.to_owned()).expect("a host name");
        let connector = TlsConnector::from(Arc::clone(&ca.client_config()));
        let stream = connector.connect(name, connect(address).await).await.expect("a TLS handshake");
        Self { stream: Box::new(stream), pending: Vec::new() }
    }

    /// Sends bytes; a connection that the server has already closed is not an error.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// Shuts down the write side.
    pub async fn finish(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// The next whole response (length or chunks), or the bytes until the server closed the connection.
    pub async fn response(&mut self) -> Vec<u8> {
        loop {
            if let Some(length) = response_length(&self.pending) {
                let rest = self.pending.split_off(length);
                return std::mem::replace(&mut self.pending, rest);
            }
            if !self.read().await {
                return std::mem::take(&mut self.pending);
            }
        }
    }

    /// All bytes until the server closes the connection.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.read().await {}
        std::mem::take(&mut self.pending)
    }

    /// Reads some bytes; false at the end or after a connection error.
    pub async fn read(&mut self) -> bool {
        self.stream.read_buf(&mut self.pending).await.is_ok_and(|bytes| bytes > 0)
    }
}

async fn connect(address: SocketAddr) -> TcpStream {
    let connected: io::Result<TcpStream> = TcpStream::connect(address).await;
    connected.unwrap_or_else(|error| panic!("nothing listens on {address}: {error}"))
}

/// The length of the response at the start of these bytes, once it is complete; `None` also when it ends with the connection.
fn response_length(bytes: &[u8]) -> Option<usize> {
    let head = find(bytes, b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let status = status(bytes);
    if status == 204 || status == 304 || (100..200).contains(&status) {
        return Some(head);
    }
    if text.contains("\r\ntransfer-encoding: chunked\r\n") {
        return chunks_length(&bytes[head..]).map(|length| head + length);
    }
    let length: usize = text.split("\r\ncontent-length: ").nth(1)?.split("\r\n").next()?.trim().parse().ok()?;
    (bytes.len() >= head + length).then_some(head + length)
}

/// The length of a chunked body with its trailers (RFC 9112, section 7.1).
fn chunks_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = find(&bytes[at..], b"\r\n")?;
        let text = String::from_utf8_lossy(&bytes[at..at + line]);
        let size = usize::from_str_radix(text.split(';').next()?.trim(), 16).ok()?;
        at += line + 2;
        if size > 0 {
            at += size + 2;
            bytes.get(..at)?;
            continue;
        }
        // Trailers end with an empty line.
        loop {
            let line = find(&bytes[at..], b"\r\n")?;
            at += line + 2;
            if line == 0 {
                return Some(at);
            }
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_length_follows_length_or_chunks() {
        let rows: [(&[u8], Option<usize>); 5] = [
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", Some(40)),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh", None),
            (b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1", Some(27)),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nX", Some(59)),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", None),
        ];
        for (bytes, expected) in rows {
            assert_eq!(response_length(bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(status(b"HTTP/1.1 303 See Other\r\n"), 303);
    }
}
