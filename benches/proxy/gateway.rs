//! The gateway with one session, signed in at the harness's provider.

use std::net::SocketAddr;

use crate::{Outcome, Proxy};

/// Starts it before the application and signs somebody in.
///
/// The provider runs on this side, the gateway is the built binary (`CARGO_BIN_EXE_vestibule run --config FILE`, with `public_url` its own
/// loopback address), the harness's browser signs in, and the cookie it is left with goes into `target`. The application must then see
/// `x-forwarded-user: `. Called once for each count: every process has sessions of its own.
pub(crate) fn start(_upstream: SocketAddr, _wrapper: &[&str]) -> Outcome<Proxy> {
    Err("the gateway does not run yet".into())
}
