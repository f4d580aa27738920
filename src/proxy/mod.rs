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

pub(crate) use forward::{Forward, ForwardError};
pub(crate) use settings::RouteHeaders;
pub use settings::{Upstream, UpstreamError, UpstreamSettings};
pub(crate) use strip::StripList;
pub(crate) use upgrade::AccessWatch;
