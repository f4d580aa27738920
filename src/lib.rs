//! Vestibule.
#![forbid(unsafe_code)]

pub mod access;
pub mod base;
pub mod identity;
pub mod jose;
pub mod oidc;
pub mod proxy;
pub mod session;
pub mod web;
