//! Vestibule.
#![forbid(unsafe_code)]

pub mod base;
pub mod web;

pub mod server;
