//! TLS connections, and errors in the files of the certificate.

use std::{
    fs,
    path::PathBuf,
    process,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{Request, Version};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::ServerName};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::server::{
    listener::bind,
    settings::{Limits, ListenSettings, TlsFiles},
    shutdown::{Shutdown, ShutdownSettings},
    tests::{RawClient, Recorder, connections},
    tls::{ReloadableTls, TlsError, load_tls},
    workers::{WorkerCallbacks, Workers, run},
};

/// A temporary directory with a certificate for `localhost`, removed on drop.
struct Folder {
    path: PathBuf,
    pair: CertifiedKey<rcgen::KeyPair>,
}

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("vestibule-tls-{}-{number}", process::id()));
        fs::create_dir_all(&path).unwrap();
        let folder = Self { path, pair: pair() };
        folder.put("tls.crt", &folder.pair.cert.pem());
        folder.put("tls.key", &folder.pair.signing_key.serialize_pem());
        folder
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.path.join(name), text).unwrap();
    }

    fn files(&self) -> TlsFiles {
        TlsFiles { certificate: self.path.join("tls.crt"), key: self.path.join("tls.key") }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.path));
    }
}

fn pair() -> CertifiedKey<rcgen::KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

struct Server {
    address: std::net::SocketAddr,
    tls: Arc<ReloadableTls>,
    shutdown: Shutdown,
    workers: Workers,
}

fn start(folder: &Folder, limits: Limits) -> Server {
    let settings = ListenSettings { addresses: vec![([127, 0, 0, 1], 0).into()], tls: Some(folder.files()) };
    let listeners = bind(&settings, 1).unwrap();
    let (address, tls, shutdown) =
        (listeners.addresses()[0], listeners.tls().unwrap(), Shutdown::new(ShutdownSettings::default()));
    let recorder = Recorder::new();
    let worker = move || {
        let recorder = recorder.clone();
        WorkerCallbacks { make_service: move |peer| recorder.service(peer), tick: || {} }
    };
    let workers = run(listeners, &connections(limits), &shutdown, worker).unwrap();
    Server { address, tls, shutdown, workers }
}

async fn connect(
    server: &Server,
    trusted: &CertifiedKey<rcgen::KeyPair>,
    offers: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.cert.der().clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = offers.iter().map(|offer| offer.as_bytes().to_vec()).collect();
    let tcp = TcpStream::connect(server.address).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), tcp).await
}

#[tokio::test]
async fn the_handshake_chooses_the_version() {
    let folder = Folder::new();
    let server = start(&folder, Limits::default());
    for (offers, version) in
        [(&["h2", "http/1.1"][..], Version::HTTP_2), (&["http/1.1"], Version::HTTP_11), (&[], Version::HTTP_11)]
    {
        let io = TokioIo::new(connect(&server, &folder.pair, offers).await.unwrap());
        let request =
            Request::get("https://localhost/").header("host", "localhost").body(Empty::<bytes::Bytes>::new()).unwrap();
        let answer = if version == Version::HTTP_2 {
            let (mut client, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
            tokio::spawn(connection);
            client.send_request(request).await.unwrap()
        } else {
            let (mut client, connection) = http1::handshake(io).await.unwrap();
            tokio::spawn(connection);
            client.send_request(request).await.unwrap()
        };
        assert_eq!(answer.version(), version);
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "under TLS");
    }
    server.shutdown.token().cancel();
    server.workers.join().await.unwrap();
}

#[tokio::test]
async fn a_client_that_offers_only_unknown_protocols_is_refused() {
    let folder = Folder::new();
    let server = start(&folder, Limits::default());
    assert!(connect(&server, &folder.pair, &["h3"]).await.is_err());
}

// Covers: CVE-G17.
#[tokio::test]
async fn stalled_handshakes_are_closed_and_block_no_client() {
    let folder = Folder::new();
    let server = start(&folder, Limits { handshake_timeout: Duration::from_millis(500), ..Limits::default() });
    let mut stalled = Vec::new();
    for _ in 0..200 {
        stalled.push(RawClient(TcpStream::connect(server.address).await.unwrap()));
    }
    connect(&server, &folder.pair, &["http/1.1"]).await.unwrap();
    for client in &mut stalled {
        assert_eq!(client.read_to_close().await, "");
    }
}

#[tokio::test]
async fn reload_serves_a_new_certificate_unless_invalid() {
    let folder = Folder::new();
    let server = start(&folder, Limits::default());
    let new = pair();
    folder.put("tls.crt", &new.cert.pem());
    assert!(matches!(server.tls.reload(), Err(TlsError::Mismatch { .. })));
    connect(&server, &folder.pair, &[]).await.unwrap();

    folder.put("tls.key", &new.signing_key.serialize_pem());
    server.tls.reload().unwrap();
    connect(&server, &new, &[]).await.unwrap();
    assert!(connect(&server, &folder.pair, &[]).await.is_err());
}

#[test]
fn errors_in_the_files_are_described() {
    let other = pair().signing_key.serialize_pem();
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (name, text, message) in [
        ("tls.crt", None, "cannot read"),
        ("tls.key", None, "cannot read"),
        ("tls.crt", Some(""), "tls.crt holds no certificate"),
        ("tls.crt", Some(&*other), "tls.crt holds no certificate"),
        ("tls.crt", Some("-----BEGIN CERTIFICATE-----\n?"), "tls.crt is not well-formed PEM"),
        ("tls.crt", Some(garbage), "cannot use the certificate"),
        ("tls.key", Some(""), "tls.key holds no private key"),
        (
            "tls.key",
            Some("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
            "cannot use the certificate",
        ),
        ("tls.key", Some(&*other), "is not the key of the first certificate"),
    ] {
        let folder = Folder::new();
        match text {
            Some(text) => folder.put(name, text),
            None => fs::remove_file(folder.path.join(name)).unwrap(),
        }
        let error = load_tls(&folder.files()).unwrap_err();
        assert!(error.to_string().contains(message), "{name} {text:?}: {error}");
        assert!(error.to_string().contains(name) || message.starts_with("cannot use"), "{error}");
    }
    let folder = Folder::new();
    assert_eq!(load_tls(&folder.files()).unwrap().alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
}
