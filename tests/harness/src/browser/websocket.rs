//! The client's end of a WebSocket (RFC 6455, section 4.1).

use std::io;

use http::{Request, StatusCode, header};
use hyper::{body::Incoming, upgrade::Upgraded};
use hyper_util::rt::TokioIo;
use url::Url;

use super::{
    navigation::{AGENT, cookie_line, host, target},
    page::Response,
};
use crate::{
    body::Body,
    encoding::base64,
    frames::{self, BINARY, CLOSE, Frame, TEXT},
};

/// An open WebSocket.
#[derive(Debug)]
pub struct WebSocket {
    stream: TokioIo<Upgraded>,
}

impl WebSocket {
    /// Sends a text.
    pub async fn send_text(&mut self, text: &str) -> io::Result<()> {
        self.send(TEXT, text.as_bytes().to_vec()).await
    }

    /// Sends bytes.
    pub async fn send_binary(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.send(BINARY, bytes.to_vec()).await
    }

    /// The next text; an error when the connection was closed or failed.
    pub async fn recv_text(&mut self) -> io::Result<String> {
        String::from_utf8(self.receive(TEXT).await?).map_err(io::Error::other)
    }

    /// The next bytes; an error when the connection was closed or failed.
    pub async fn recv_binary(&mut self) -> io::Result<Vec<u8>> {
        self.receive(BINARY).await
    }

    /// Closes the WebSocket and waits for the close frame of the server.
    pub async fn close(mut self) -> io::Result<()> {
        self.send(CLOSE, 1000_u16.to_be_bytes().to_vec()).await?;
        while frames::read(&mut self.stream).await?.opcode != CLOSE {}
        Ok(())
    }

    async fn send(&mut self, opcode: u8, payload: Vec<u8>) -> io::Result<()> {
        frames::write(&mut self.stream, &Frame { opcode, payload }, true).await
    }

    async fn receive(&mut self, wanted: u8) -> io::Result<Vec<u8>> {
        loop {
            let frame = frames::read(&mut self.stream).await?;
            if frame.opcode == wanted {
                return Ok(frame.payload);
            }
            if frame.opcode == CLOSE {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
        }
    }
}

/// The handshake request.
pub(crate) fn request(url: &Url, origin: Option<&str>, cookies: &[(String, String)]) -> Request<Body> {
    let mut request = Request::builder()
        .uri(target(url))
        .header(header::HOST, host(url))
        .header(header::USER_AGENT, AGENT)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, base64(KEY));
    if let Some(origin) = origin {
        request = request.header(header::ORIGIN, origin);
    }
    if !cookies.is_empty() {
        request = request.header(header::COOKIE, cookie_line(cookies));
    }
    request.body(Body::empty()).expect("headers that may stand in a request")
}

/// The WebSocket after a 101; any other response unchanged.
pub(crate) async fn open(mut response: http::Response<Incoming>) -> Result<WebSocket, Response> {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(Response::read(response).await.expect("a whole answer"));
    }
    let accept = response.headers().get(header::SEC_WEBSOCKET_ACCEPT).and_then(|value| value.to_str().ok());
    assert_eq!(accept, Some(frames::accept_key(&base64(KEY)).as_str()), "the accept key (section 4.1)");
    let upgraded = hyper::upgrade::on(&mut response).await.expect("an upgraded connection");
    Ok(WebSocket { stream: TokioIo::new(upgraded) })
}

/// 16 bytes; they need not be random, because no cache is involved.
const KEY: &[u8] = b"the test browser";
