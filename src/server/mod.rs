//! From sockets to requests: listening, TLS, HTTP/1.1 (RFC 9112) and HTTP/2 (RFC 9113), one worker a core, the orderly end.
//!
//! The room is generic over the service it feeds and knows nothing of a gateway. `bind` takes the ports, `run` starts the
//! workers, `serve` does the same for one listener on the present runtime, and cancelling their token ends
//! either.

mod connection;
mod listener;
mod run;
mod service;
mod settings;
mod stream;
mod tls;

#[cfg(test)]
mod tests;

pub use listener::{BindError, Listeners, bind};
pub use run::{RunError, Worker, Workers, run, serve};
pub use service::Answering;
pub use settings::{Limits, ListenSettings, Peer, TlsFiles};
pub use tls::{Tls, TlsError, load_tls};
