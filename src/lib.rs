//! Vestibule.
#![forbid(unsafe_code)]

pub mod access;
pub mod base;
pub mod identity;
pub mod jose;
pub mod oidc;
pub mod provider;
pub mod session;
pub mod web;

pub mod server;
