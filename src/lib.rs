//! Vestibule: an OpenID Connect gateway for web applications that know nothing of OpenID Connect.
//!
//! It stands in front of them as a reverse proxy, signs people in with the hybrid flow (`response_type=code id_token`,
//! `response_mode=form_post`), keeps their sessions on the server, tells the application who is there, and signs them
//! out, here and at the provider.
//!
//! # Modules
//!
//! A module depends only on modules below it; `tests/it/architecture.rs` checks this.
//!
//! ```text
//! main, cli       the command line
//! app             the composition root: settings become a running gateway
//! config          the operator's file, and nothing else, becomes settings
//! edge    server  from a request to its answer  |  from sockets to requests
//! flow            the stories: sign-in, the guarded request, sign-out
//! provider  session  proxy      a living provider  |  what is remembered  |  towards the application
//! oidc    access  messages, built and checked, never sent  |  who may pass
//! jose  identity  web           signed tokens  |  who somebody is  |  our words for HTTP
//! telemetry       what is told to the operator
//! reason          why a request is refused: one code each
//! base            time, randomness, secrets
//! ```
//!
//! # A sign-in, file by file
//!
//! 1. `edge/gate` makes a [`web::RequestContext`] of the request and finds its `edge/site`, which asks `flow/guard`. Nobody is
//!    signed in, so `flow/login` sends the browser to the provider: a state that proves itself, and a login cookie.
//! 2. The provider's answer is posted to `edge/endpoints`; `flow/callback` verifies it whole and parks it.
//! 3. The browser comes back to `continue` with its cookies; `flow/complete` lets exactly one request through, and
//!    `flow/redemption` redeems the code once and begins the session.
//! 4. From then on `flow/guard` finds the session, `access/rule` gives a [`access::Pass`], and `proxy/forward` uses it
//!    up to send the request on.

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
pub mod reason;
pub mod server;
pub mod session;
pub mod telemetry;
pub mod web;
