//! Vestibule.
#![forbid(unsafe_code)]

pub mod access;
pub mod app;
pub mod base;
pub mod cli;
pub mod config;
pub mod edge;
pub mod flow;
pub mod identity;
pub mod jose;
pub mod oidc;
pub mod provider;
pub mod proxy;
pub mod server;
pub mod session;
pub mod telemetry;
pub mod web;
