//! Vestibule.
#![forbid(unsafe_code)]

pub mod access;
pub mod base;
pub mod identity;
pub mod web;
