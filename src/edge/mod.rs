//! The HTTP side of the gateway: request context, routing, endpoints, challenges and error responses.

mod access_log;
mod access_record;
mod admin;
mod challenge;
mod client;
mod cors;
mod endpoints;
mod error;
mod error_response;
mod forwarded;
mod handler;
mod last_response;
mod malformed;
mod proxied_requests;
mod read_body;
mod restore;
mod route;
mod route_table;
mod serve;
mod settings;
mod shared;
mod worker;

pub(crate) use access_log::AccessLog;
pub(crate) use admin::{Admin, admin_service};
pub(crate) use forwarded::Peer;
pub(crate) use handler::service;
pub(crate) use malformed::report_malformed;
pub(crate) use proxied_requests::ProxiedRequests;
pub(crate) use settings::{RouteSettings, TrustedProxies};
pub(crate) use shared::Shared;
pub(crate) use worker::Worker;
