//! The load generator: a fixed number of requests over a fixed number of keep-alive connections. Every response is checked.

use std::{io, net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::{self, Runtime},
    task::JoinSet,
};

use crate::Outcome;

/// The client, with one thread.
pub(crate) struct Load {
    runtime: Runtime,
}

/// Where requests are sent, and with which session.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// The value of `Host`.
    pub(crate) host: String,
    /// The value of `Cookie`.
    pub(crate) cookie: String,
}

impl Load {
    pub(crate) fn new() -> Outcome<Self> {
        Ok(Self { runtime: runtime::Builder::new_current_thread().enable_all().build()? })
    }

    /// Sends `requests` requests over `connections` connections. Fails unless every response has status 200 and 1 KiB.
    pub(crate) fn send(&self, target: &Target, requests: usize, connections: usize) -> Outcome<()> {
        let request: Arc<str> = request(target, "/page").into();
        self.runtime.block_on(async {
            let mut running = JoinSet::new();
            for at in 0..connections {
                let share = requests / connections + usize::from(at < requests % connections);
                running.spawn(send_share(target.address, Arc::clone(&request), share));
            }
            while let Some(ended) = running.join_next().await {
                ended??;
            }
            Ok(())
        })
    }

    /// The head of a request as the application receives it.
    pub(crate) fn received_by_application(&self, target: &Target) -> Outcome<String> {
        let request = request(target, "/headers");
        let body = self.runtime.block_on(async {
            let mut stream = TcpStream::connect(target.address).await?;
            stream.write_all(request.as_bytes()).await?;
            read_response(&mut stream, &mut Vec::new()).await
        })?;
        Ok(String::from_utf8(body)?)
    }
}

/// Eleven headers, as a browser sends them.
fn request(Target { host, cookie, .. }: &Target, path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
         Accept-Language: en-GB,en;q=0.9,ja;q=0.8\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nReferer: http://{host}/\r\n\
         Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\nUpgrade-Insecure-Requests: 1\r\n\
         Cookie: {cookie}\r\n\r\n"
    )
}

async fn send_share(address: SocketAddr, request: Arc<str>, requests: usize) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut pending = Vec::with_capacity(8 * 1024);
    for _ in 0..requests {
        stream.write_all(request.as_bytes()).await?;
        if read_response(&mut stream, &mut pending).await?.len() != 1024 {
            return Err(invalid("the response is not the application's page"));
        }
    }
    Ok(())
}

/// The body of the next response. Bytes after the body stay in `pending`.
async fn read_response(stream: &mut TcpStream, pending: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let head = loop {
        if let Some(end) = pending.windows(4).position(|window| window == b"\r\n\r\n") {
            break pending.drain(..end + 4).collect::<Vec<u8>>();
        }
        read_more(stream, pending).await?;
    };
    let head = String::from_utf8(head).map_err(|_| invalid("the response head is not UTF-8"))?.to_ascii_lowercase();
    if !head.starts_with("http/1.1 200 ") {
        return Err(invalid(head.lines().next().unwrap_or_default()));
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize =
        length.and_then(|length| length.trim().parse().ok()).ok_or_else(|| invalid("no content-length"))?;
    while pending.len() < length {
        read_more(stream, pending).await?;
    }
    Ok(pending.drain(..length).collect())
}

async fn read_more(stream: &mut TcpStream, pending: &mut Vec<u8>) -> io::Result<()> {
    if stream.read_buf(pending).await? == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
