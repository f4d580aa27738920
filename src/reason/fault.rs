//! Whose fault a refusal is.

use std::fmt;

/// Whose fault a refusal is, as far as the reason code alone shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The browser, the person, or the sender of the request.
    Browser,
    /// The OpenID provider.
    Provider,
    /// The gateway, its machine or its operator.
    Gateway,
    /// The application behind the gateway.
    Application,
}

/// In lower case: `browser`, `provider`, `gateway` or `application`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Browser => "browser",
            Self::Provider => "provider",
            Self::Gateway => "gateway",
            Self::Application => "application",
        })
    }
}
