//! From a request to its answer.

mod access_log;
mod admin;
mod ask;
mod cors;
mod endpoints;
mod error_response;
mod handler;
mod resume;
mod route_table;
mod settings;
mod route;
mod step_up;
mod forwarded;
mod read_body;

pub use access_log::AccessLog;
pub use admin::admin_service;
pub use handler::{Worker, Shared, Peer, service};
pub use settings::{RouteSettings, TrustedProxies};
