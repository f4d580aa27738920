//! The application behind every proxy, on a thread of its own. It answers any GET with 1 KiB and ten header fields.

use std::{net::SocketAddr, thread};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime,
};

use crate::Outcome;

/// Starts the application; it runs until the process ends.
pub(crate) fn start() -> Outcome<SocketAddr> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        runtime.block_on(async {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
    });
    Ok(address)
}

/// Answers each request of one connection; the response to `/headers` is the request head as received.
async fn serve(mut stream: TcpStream) {
    let page = response(&"x".repeat(1024));
    let mut pending = Vec::new();
    let mut buffer = [0; 4096];
    if stream.set_nodelay(true).is_err() {
        return;
    }
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        pending.extend_from_slice(&buffer[..length]);
        while let Some(end) = pending.windows(4).position(|window| window == b"\r\n\r\n") {
            let head: Vec<u8> = pending.drain(..end + 4).collect();
            let echo = head.starts_with(b"GET /headers ").then(|| response(&String::from_utf8_lossy(&head)));
            if stream.write_all(echo.as_ref().unwrap_or(&page).as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

fn response(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
         last-modified: Sun, 06 Nov 1994 08:49:37 GMT\r\netag: \"5f3b-1c2d3e4f\"\r\ncache-control: private, max-age=0\r\n\
         vary: Accept-Encoding\r\nx-frame-options: SAMEORIGIN\r\nx-content-type-options: nosniff\r\ncontent-language: en\r\n\r\n{body}",
        body.len()
    )
}
