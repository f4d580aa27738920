//! TCP listeners, TLS, HTTP/1.1 (RFC 9112) and HTTP/2 (RFC 9113) connections, worker threads and graceful shutdown.
//!
//! The module is generic over the service that handles the requests. `bind` opens the listening sockets, `run` starts
//! the worker threads, and `serve` serves one listener on the current runtime. `Shutdown` starts the drain of both.

mod acceptor;
mod connection;
mod connections;
mod descriptors;
mod lingering;
mod listener;
mod open_connection;
mod overload;
mod service;
mod settings;
mod shutdown;
mod stream;
mod tls;
mod workers;

#[cfg(test)]
mod tests;

pub use listener::BindError;
pub use settings::{Limits, ListenSettings, TlsFiles};
pub use shutdown::ShutdownSettings;
pub use tls::TlsError;
pub use workers::RunError;

pub(crate) use acceptor::serve;
pub(crate) use connections::Connections;
pub(crate) use descriptors::{ADMIN_CONNECTIONS, connection_limit, raise_descriptor_limit};
pub(crate) use listener::{Listeners, bind};
pub(crate) use service::HttpService;
pub(crate) use settings::ConnectionPeer;
pub(crate) use shutdown::Shutdown;
pub(crate) use tls::{ReloadableTls, load_tls};
pub(crate) use workers::{WorkerCallbacks, Workers, run};
