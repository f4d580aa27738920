//! Vestibule: an OpenID Connect gateway for web applications that do not implement OpenID Connect.
//!
//! It is a reverse proxy in front of the applications. It signs people in with the hybrid flow (`response_type=code
//! id_token`, `response_mode=form_post`), stores their sessions on the server, sends the application their identity in
//! headers, and signs them out, here and at the provider.
//!
//! # Modules
//!
//! A module depends only on modules below it; `tests/it/architecture.rs` checks this. `docs/architecture.md` says more.
//!
//! ```text
//! main, cli                  the command line
//! process                    the process: signals, reading secrets again
//! app                        the composition root: builds a running gateway from the settings
//! config                     reads the configuration file into settings
//! edge | server              HTTP requests and responses | listeners, TLS and connections
//! flow                       sign-in, decision, refresh, preserved requests, sign-out
//! provider | session | proxy requests to the provider | sessions and their store | requests to the application
//! oidc | access              messages of OpenID Connect, without I/O | access rules
//! jose | identity | web      signed tokens | claims and identity headers | HTTP vocabulary
//! stream                     bodies under way and their limits
//! signals                    the signals of the process
//! telemetry                  log, audit log, access log, metrics
//! reason                     reason codes
//! base                       time, randomness, secrets
//! ```
//!
//! Public are the items that the binary, the tests, the benchmark, the example and the fuzz targets use. Everything else is
//! `pub(crate)` or narrower, so that the compiler reports what is unused.
//!
//! # A sign-in, file by file
//!
//! 1. `edge/handler` builds the request context and finds the route in `edge/route_table`. `edge/serve` decides about the
//!    request (`flow/guard`, `access/rule`): there is no session. `edge/challenge` begins a sign-in (`flow/login`): it
//!    redirects the browser to the provider with a `state`, and sets a login cookie.
//! 2. The provider's response is posted to `edge/endpoints`; `flow/callback` verifies and stores it.
//! 3. The browser requests `continue` with its cookies (`flow/complete`). Of all requests that present the response, one
//!    redeems the code (`flow/completion`, `flow/redemption`) and begins the session.
//! 4. From then on `flow/guard` finds the session, `access/rule` returns a `Pass`, and `proxy/forward` consumes it to send
//!    the request to the application.

#![forbid(unsafe_code)]

pub(crate) mod access;
pub mod app;
pub mod base;
pub mod cli;
pub mod config;
pub(crate) mod edge;
pub mod flow;
pub(crate) mod identity;
pub mod jose;
pub mod oidc;
pub(crate) mod process;
pub(crate) mod provider;
pub(crate) mod proxy;
pub mod reason;
pub mod server;
pub mod session;
pub(crate) mod signals;
pub(crate) mod stream;
pub mod telemetry;
pub mod web;
