//! Towards the application: what it is sent, over which connection, and what of its answer goes back.

mod connect;
mod cookies;
mod forward;
mod headers;
mod pool;
mod request_body;
mod response_body;
mod settings;
mod strip;
#[cfg(test)]
mod testing;
mod trailers;
mod upgrade;

pub use connect::ConnectError;
pub use forward::{Forward, ForwardError};
pub use settings::{RouteHeaders, Upstream, UpstreamError, UpstreamSettings};
pub use strip::StripList;
pub use upgrade::AccessWatch;
