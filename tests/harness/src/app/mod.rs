//! A legacy application: it does not use OpenID Connect, and reports the requests that it received.

mod connection_auth;
mod endpoints;
mod legacy;
mod page;
mod websocket;

pub use connection_auth::ConnectionAuthApp;
pub use legacy::{LegacyApp, RecordedRequest};
