//! The environment of the gateway in its tests and its demo: a browser, a legacy application and an identity provider with faults.
//!
//! | module | plays |
//! |---|---|
//! | [`app`] | an application that does not use OpenID Connect and reports the requests that it received |
//! | [`browser`] | a browser: cookie rules, redirects, self-submitting forms, a WebSocket |
//! | [`ca`] | a certificate authority for the test's own TLS |
//! | [`clock`] | a clock that a test can advance |
//! | [`idp`] | an OpenID provider; each of its faults is a named [`idp::Fault`] |
//! | [`raw`] | a client that sends bytes unchanged |
//!
//! Every server runs as a task of the current runtime, by default on port 0 of 127.0.0.1, and stops when its handle is dropped.
//! All functions panic with a clear message when they are used incorrectly, which ends the test.

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
