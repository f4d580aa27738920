//! An application that signs in connections, as NTLM and Negotiate do (RFC 4559, section 6): not a request but the connection that carried it is signed in.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::serve;

/// The application; it stops when dropped. A body names the user of the connection and the number of the connection: `alice 3`, or `none 4`.
///
/// | request | answer |
/// |---|---|
/// | `Authorization: SCHEME hello` | 401 with `WWW-Authenticate: SCHEME challenge-N`, where N is the number of the connection |
/// | `Authorization: SCHEME USER:challenge-N` | 200, and the connection is signed in, if N is the number of the connection and its last answer was the challenge |
/// | `Authorization: Once USER`, `X-Once: USER` | 200, and the connection is signed in |
/// | `/open` | 200 |
/// | `/mutual?USER` | 200 with `WWW-Authenticate: Negotiate`, and the connection is signed in |
/// | an upgrade | 101 and the user of the connection, as bytes, on a connection that is signed in |
/// | anything else | 200 on a connection that is signed in, else 401 with two challenges |
pub struct ConnectionAuthApp {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl ConnectionAuthApp {
    /// Starts it on 127.0.0.1; needs a running tokio runtime.
    pub fn start() -> Self {
        let listener = serve::bind(None);
        listener.set_nonblocking(true).expect("a socket that can be made non-blocking");
        let listener = TcpListener::from_std(listener).expect("a running tokio runtime");
        let address = listener.local_addr().expect("the address of a bound socket");
        let (accepted, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let task = tokio::spawn(accept(listener, Arc::clone(&accepted), Arc::clone(&open)));
        Self { address, accepted, open, task }
    }

    /// Its URL without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The number of connections that it accepted.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// The number of connections that are open.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

impl Drop for ConnectionAuthApp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, accepted: Arc<AtomicUsize>, open: Arc<AtomicUsize>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let number = accepted.fetch_add(1, Ordering::SeqCst) + 1;
        open.fetch_add(1, Ordering::SeqCst);
        let open = Arc::clone(&open);
        connections.spawn(async move {
            let connection = Connection { stream, number, user: None, is_challenged: false };
            connection.serve().await;
            open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

struct Connection {
    stream: TcpStream,
    number: usize,
    user: Option<String>,
    is_challenged: bool,
}

impl Connection {
    async fn serve(mut self) {
        while let Some(head) = self.head().await {
            let length = field(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            if self.stream.read_exact(&mut body).await.is_err() {
                return;
            }
            let is_upgrade = field(&head, "upgrade").is_some();
            let answer = self.answer(&head);
            if self.stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
            if is_upgrade && answer.starts_with("HTTP/1.1 101") {
                // Whoever closes the tunnel ends it.
                let _ = self.stream.read_to_end(&mut Vec::new()).await;
                return;
            }
            if field(&head, "connection").is_some_and(|connection| connection.eq_ignore_ascii_case("close")) {
                return;
            }
        }
    }

    async fn head(&mut self) -> Option<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.ok()?);
        }
        Some(String::from_utf8_lossy(&head).into_owned())
    }

    fn answer(&mut self, head: &str) -> String {
        let was_challenged = std::mem::take(&mut self.is_challenged);
        let target = head.split(' ').nth(1).unwrap_or_default();
        if let Some(user) = target.strip_prefix("/mutual?") {
            self.user = Some(user.to_owned());
            return self.page("200 OK", "WWW-Authenticate: Negotiate oYG\r\n");
        }
        if let Some(user) = field(head, "x-once") {
            self.user = Some(user.to_owned());
        }
        if let Some((scheme, token)) = field(head, "authorization").and_then(|value| value.split_once(' ')) {
            let challenge = format!("challenge-{}", self.number);
            match token.split_once(':') {
                _ if scheme == "Once" => self.user = Some(token.to_owned()),
                Some((user, answered)) if was_challenged && answered == challenge => self.user = Some(user.to_owned()),
                None if token == "hello" => {
                    self.is_challenged = true;
                    return self.page("401 Unauthorized", &format!("WWW-Authenticate: {scheme} {challenge}\r\n"));
                }
                _ => self.user = None,
            }
        }
        match (&self.user, field(head, "upgrade")) {
            (Some(user), Some(protocol)) => format!(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n{user} {}.",
                self.number
            ),
            (Some(_), None) => self.page("200 OK", ""),
            (None, _) if target.starts_with("/open") => self.page("200 OK", ""),
            (None, _) => self.page("401 Unauthorized", "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"),
        }
    }

    fn page(&self, status: &str, fields: &str) -> String {
        let body = format!("{} {}", self.user.as_deref().unwrap_or("none"), self.number);
        format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len())
    }
}

/// The value of the first field with this name.
fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
