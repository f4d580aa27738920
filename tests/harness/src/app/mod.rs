//! A legacy application: it does not use OpenID Connect, and reports the requests that it received.

mod endpoints;
mod legacy;
mod page;
mod websocket;

pub use legacy::{LegacyApp, RecordedRequest};
