//! The application's WebSocket, which echoes (RFC 6455, section 4.2).

use http::{HeaderMap, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;

use crate::{
    body::Body,
    frames::{self, CLOSE, Frame, PING, PONG},
};

/// Answers the handshake and echoes every message; 400 for a request that is no handshake.
pub(crate) fn answer(request: &mut Request<Incoming>) -> Response<Body> {
    let Some(accept) = handshake(request.headers()) else {
        let mut response = Response::new(Body::from("not a WebSocket handshake"));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    };
    let upgrade = hyper::upgrade::on(request);
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let mut stream = TokioIo::new(upgraded);
        while let Ok(frame) = frames::read(&mut stream).await {
            let closing = frame.opcode == CLOSE;
            let opcode = if frame.opcode == PING { PONG } else { frame.opcode };
            let sent = frames::write(&mut stream, &Frame { opcode, payload: frame.payload }, false).await;
            if closing || sent.is_err() {
                return;
            }
        }
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, accept)
        .body(Body::empty())
        .expect("a response of constant headers")
}

fn handshake(headers: &HeaderMap) -> Option<String> {
    let has = |name, wanted: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.split(',').any(|token| token.trim().eq_ignore_ascii_case(wanted)))
    };
    let good = has(header::CONNECTION, "upgrade") && has(header::UPGRADE, "websocket");
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?.to_str().ok()?;
    good.then(|| frames::accept_key(key))
}
