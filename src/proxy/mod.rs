//! The reverse proxy: which upstream gets a request, over which connection, with which headers, and what of the response
//! reaches the client.

mod caching;
mod capacity;
mod client_connection;
mod collect;
mod connect;
mod connection_auth;
mod cookies;
mod exchange;
mod forward;
mod headers;
mod pool;
mod request_body;
mod resend;
mod response_body;
mod reuse;
mod settings;
mod stream_watch;
mod strip;
#[cfg(test)]
mod testing;
mod trailers;
mod upgrade;
mod upstreams;
mod write_errors;

pub(crate) use capacity::CapacityLimits;
pub(crate) use client_connection::{ClientConnection, ClientRequest};
pub(crate) use exchange::ForwardError;
pub(crate) use forward::Forwarder;
pub(crate) use settings::{
    Capacities, ConnectionUse, KeepAlive, RouteHeaders, Upstream, UpstreamError, UpstreamSettings,
};
pub(crate) use strip::StripList;
