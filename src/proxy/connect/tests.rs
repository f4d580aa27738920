//! What a connection to an application holds for a receiver that does not read.

use http::Request;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    net::{TcpListener, TcpStream},
};

use super::{Connection, KEEPALIVE_TIME, USER_TIMEOUT, handshake, set_options};
use crate::{proxy::request_body::RequestBody, stream::BoundedRead};

/// Sends a request and reads the first megabytes of its response. Returns the unread rest, and the number of bytes.
async fn begin_to_read(connection: &mut Connection) -> (Incoming, usize) {
    let mut body =
        connection.sender.send_request(Request::new(RequestBody::empty())).await.expect("a response").into_body();
    let mut read = 0;
    while read < 4 * PIPE {
        read += body.frame().await.expect("a frame").expect("a frame").into_data().expect("data").len();
    }
    (body, read)
}

#[tokio::test]
async fn a_vanished_upstream_is_noticed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let socket = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("a connection");
    set_options(&socket).expect("set");
    let options = SockRef::from(&socket);
    assert!(options.keepalive().expect("an option") && options.tcp_nodelay().expect("an option"));
    assert_eq!(options.tcp_keepalive_time().expect("an option"), KEEPALIVE_TIME);
    assert_eq!(options.tcp_user_timeout().expect("an option"), Some(USER_TIMEOUT));
}

/// Writes until nothing more is accepted. Returns the number of bytes.
async fn fill(application: &mut DuplexStream) -> usize {
    let (part, mut accepted, mut idle) = (vec![b'x'; PIPE], 0, 0);
    while idle < 100 {
        tokio::select! {
            biased;
            sent = application.write(&part) => (accepted, idle) = (accepted + sent.expect("an open connection"), 0),
            () = tokio::task::yield_now() => idle += 1,
        }
    }
    accepted
}

#[tokio::test]
async fn an_unread_response_holds_two_reads() {
    for head in ["Content-Length: 100000000", "Connection: close"] {
        let (gateway, mut application) = duplex(PIPE);
        let mut connection = handshake(BoundedRead::new(gateway, ())).await.expect("a connection");
        let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n");
        let served = async {
            // The head of a request without fields ends with the second line break.
            while application.read_u8().await.expect("a request") != b'\n' {}
            while application.read_u8().await.expect("a request") != b'\n' {}
            application.write_all(head.as_bytes()).await.expect("sent");
            fill(&mut application).await
        };
        let ((body, read), accepted) = tokio::join!(begin_to_read(&mut connection), served);
        assert!(accepted - read <= PIPE + 2 * 8 * 1024, "{head}: {accepted} - {read}");
        drop(body);
    }
}

const PIPE: usize = 512 * 1024;
