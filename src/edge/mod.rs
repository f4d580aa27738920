//! From a request to its answer.

mod access_log;
mod admin;
mod ask;
mod cors;
mod endpoints;
mod error_response;
mod forwarded;
mod handler;
mod read_body;
mod resume;
mod route;
mod route_table;
mod settings;
mod step_up;

pub use access_log::AccessLog;
pub use admin::admin_service;
pub use handler::{Peer, Shared, Worker, service};
pub use settings::{RouteSettings, TrustedProxies};
