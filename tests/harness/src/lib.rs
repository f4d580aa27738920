//! The world around the gateway in its tests and its demo: a browser, a legacy application and an identity provider that can do wrong.
//!
//! | module | plays |
//! |---|---|
//! | [`app`] | an application that knows nothing of OpenID Connect and tells what reached it |
//! | [`browser`] | a browser: cookie rules, redirects, forms that post themselves, a WebSocket |
//! | [`ca`] | a certificate authority for the test's own TLS |
//! | [`clock`] | a clock a test can move |
//! | [`idp`] | an OpenID provider; every wrong it can do is a named [`idp::Fault`] |
//! | [`raw`] | a client that sends bytes as they are |
//!
//! Every server runs on a task of the current runtime, on port 0 of 127.0.0.1 unless told otherwise, and stops when its handle is dropped.
//! All of it panics with a clear message when it is used wrongly: a test ends there anyway.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "test equipment: a panic with a message is the wanted end of a test that uses it wrongly"
)]

pub mod app;
pub mod browser;
pub mod ca;
pub mod clock;
pub mod idp;
pub mod raw;

mod any_certificate;
mod body;
mod encoding;
mod frames;
mod serve;

pub use serve::Handshake;
