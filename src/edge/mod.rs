//! From a request to its answer.

mod access_log;
mod admin;
mod ask;
mod cors;
mod endpoints;
mod failure;
mod gate;
mod resume;
mod routes;
mod settings;
mod site;
mod step_up;
mod trust;
mod whole;

pub use access_log::AccessLog;
pub use admin::admin_service;
pub use gate::{Core, Gateway, Peer, service};
pub use settings::{RouteSettings, TrustedProxies};
