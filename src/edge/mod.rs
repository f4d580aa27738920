//! From a request to its response.

mod access_log;
mod admin;
mod challenge;
mod cors;
mod endpoints;
mod error;
mod error_response;
mod forwarded;
mod handler;
mod read_body;
mod restore;
mod route;
mod route_table;
mod serve;
mod settings;
mod shared;
mod worker;

pub use access_log::AccessLog;
pub use admin::admin_service;
pub use forwarded::Peer;
pub use handler::service;
pub use settings::{RouteSettings, TrustedProxies};
pub use shared::Shared;
pub use worker::Worker;
