//! Vestibule.
#![forbid(unsafe_code)]

pub mod base;
pub mod jose;
pub mod oidc;
pub mod web;
