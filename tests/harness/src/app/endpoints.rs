//! The application's endpoints.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header, request::Parts};
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming};
use serde_json::{Map, Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::{
    legacy::{State, pairs},
    page, websocket,
};
use crate::{
    body::Body,
    encoding::{first, form_pairs},
    serve::Answer,
};

/// Answers one request.
pub(crate) async fn answer(state: Arc<State>, mut request: Request<Incoming>) -> Answer {
    // Read the release counter before the request is recorded: a test may release it as soon as it is recorded.
    let mut releases = state.releases.subscribe();
    let before = *releases.borrow_and_update();
    let target = request.uri().path_and_query().map_or("*", http::uri::PathAndQuery::as_str).to_owned();
    let number = state.record(request.method().as_str(), &target, request.headers());
    if request.uri().path() == "/ws" {
        return Ok(websocket::answer(&mut request));
    }
    let (parts, mut body) = request.into_parts();
    let query = form_pairs(parts.uri.query().unwrap_or_default().as_bytes());
    let number_of = |name: &str| first(&query, name).and_then(|text| text.parse::<u64>().ok());
    if parts.uri.path() == "/upload" {
        let bytes = count(&mut body).await?;
        state.set_body(number, bytes);
        return Ok(json_answer(&json!({"bytes": bytes})));
    }
    let content = body.collect().await.map_err(io::Error::other)?.to_bytes();
    state.set_body(number, content.len());
    match parts.uri.path() {
        "/" if wants_page(&parts.headers) => Ok(html_answer(page::home(&parts.headers))),
        "/cgi" => Ok(json_answer(&cgi(&parts.headers))),
        "/slow" => {
            tokio::time::sleep(Duration::from_millis(number_of("ms").unwrap_or(100))).await;
            Ok(echo(&parts, &target, &content))
        }
        "/hold" => {
            // The sender lives as long as the application.
            let _ = releases.wait_for(|releases| *releases > before).await;
            Ok(echo(&parts, &target, &content))
        }
        "/large" => Ok(large(number_of("bytes").unwrap_or(1024 * 1024))),
        "/fail" => {
            let mut response = echo(&parts, &target, &content);
            let status = number_of("status").and_then(|status| u16::try_from(status).ok()).unwrap_or(500);
            *response.status_mut() = StatusCode::from_u16(status).map_err(io::Error::other)?;
            Ok(response)
        }
        "/redirect" => {
            let mut response = echo(&parts, &target, &content);
            let status = number_of("status").and_then(|status| u16::try_from(status).ok()).unwrap_or(303);
            *response.status_mut() = StatusCode::from_u16(status).map_err(io::Error::other)?;
            let location = HeaderValue::from_str(first(&query, "to").unwrap_or("/")).map_err(io::Error::other)?;
            response.headers_mut().insert(header::LOCATION, location);
            for line in query.iter().filter(|(name, _)| name == "cookie").map(|(_, line)| line) {
                let line = HeaderValue::from_str(line).map_err(io::Error::other)?;
                response.headers_mut().append(header::SET_COOKIE, line);
            }
            Ok(response)
        }
        "/reset" => Ok(reset().await),
        "/sse" => Ok(events(&state)),
        "/set-cookie" => {
            let mut response = echo(&parts, &target, &content);
            for (name, value) in &query {
                let value = HeaderValue::from_str(&format!("{name}={value}")).map_err(io::Error::other)?;
                response.headers_mut().append(header::SET_COOKIE, value);
            }
            Ok(response)
        }
        "/headers" => {
            let mut response = echo(&parts, &target, &content);
            for (name, value) in &query {
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(io::Error::other)?;
                let value = HeaderValue::from_str(value).map_err(io::Error::other)?;
                if name == header::CONTENT_TYPE {
                    response.headers_mut().insert(name, value);
                } else {
                    response.headers_mut().append(name, value);
                }
            }
            Ok(response)
        }
        "/trailers" => Ok(trailers().await),
        _ => Ok(echo(&parts, &target, &content)),
    }
}

/// The headers as CGI (RFC 3875, section 4.1.18), WSGI and PHP map them: upper case, `-`, `.` and space become `_`; of two equal names the last wins.
fn cgi(headers: &HeaderMap) -> Value {
    let variables = pairs(headers).into_iter().map(|(name, value)| {
        let name = name.to_uppercase().replace(['-', '.', ' '], "_");
        let prefix = if name == "CONTENT_TYPE" || name == "CONTENT_LENGTH" { "" } else { "HTTP_" };
        (format!("{prefix}{name}"), json!(value))
    });
    Value::Object(variables.collect::<Map<_, _>>())
}

fn echo(parts: &Parts, target: &str, content: &Bytes) -> Response<Body> {
    json_answer(&json!({
        "method": parts.method.as_str(),
        "target": target,
        "headers": pairs(&parts.headers),
        "body": String::from_utf8_lossy(content),
    }))
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
}

fn json_answer(value: &Value) -> Response<Body> {
    with_type("application/json", Body::from(value.to_string()))
}

fn html_answer(html: String) -> Response<Body> {
    with_type("text/html; charset=utf-8", Body::from(html))
}

fn with_type(kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

async fn count(body: &mut Incoming) -> io::Result<usize> {
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame.map_err(io::Error::other)?.data_ref().map_or(0, Bytes::len);
    }
    Ok(bytes)
}

fn large(bytes: u64) -> Response<Body> {
    let (sender, body) = Body::arriving();
    tokio::spawn(async move {
        let piece = Bytes::from(vec![b'x'; 64 * 1024]);
        let mut left = bytes;
        while left > 0 {
            let length = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
            if sender.send(Ok(Frame::data(piece.slice(..length)))).await.is_err() {
                return;
            }
            left -= length as u64;
        }
    });
    let mut response = with_type("application/octet-stream", body);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    response
}

async fn reset() -> Response<Body> {
    let (sender, body) = Body::arriving();
    // The channel has space for both pieces, so sending does not wait for the reader.
    let _ = sender.send(Ok(Frame::data(Bytes::from_static(b"half an answer")))).await;
    let _ = sender.send(Err(io::Error::other("closed inside the answer, as asked"))).await;
    with_type("text/plain", body)
}

fn events(state: &State) -> Response<Body> {
    let mut emitted = state.emitted.subscribe();
    let (sender, body) = Body::arriving();
    tokio::spawn(async move {
        loop {
            let text = tokio::select! {
                text = emitted.recv() => text,
                () = sender.closed() => return,
            };
            match text {
                Ok(text) => {
                    if sender.send(Ok(Frame::data(Bytes::from(format!("data: {text}\n\n"))))).await.is_err() {
                        return;
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
    let mut response = with_type("text/event-stream", body);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

async fn trailers() -> Response<Body> {
    let (sender, body) = Body::arriving();
    let mut fields = HeaderMap::new();
    fields.insert("x-checksum", HeaderValue::from_static("42"));
    fields.insert("x-forwarded-user", HeaderValue::from_static("from the trailer"));
    let _ = sender.send(Ok(Frame::data(Bytes::from_static(b"the body")))).await;
    let _ = sender.send(Ok(Frame::trailers(fields))).await;
    let mut response = with_type("text/plain", body);
    response.headers_mut().insert(header::TRAILER, HeaderValue::from_static("x-checksum, x-forwarded-user"));
    response
}
