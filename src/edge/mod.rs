//! From a request to its answer.

mod access_log;
mod admin;
mod cors;
mod endpoints;
mod failure;
mod gate;
mod routes;
mod settings;
mod site;
mod trust;

pub use access_log::AccessLog;
pub use admin::admin_service;
pub use gate::{Core, Gateway, Peer, service};
pub use settings::{RouteSettings, TrustedProxies};
