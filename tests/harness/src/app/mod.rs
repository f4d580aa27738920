//! A legacy application: it knows nothing of OpenID Connect, and tells what reached it.

mod endpoints;
mod legacy;
mod page;
mod websocket;

pub use legacy::{LegacyApp, RecordedRequest};
