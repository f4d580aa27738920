//! What the provider saw, in order, for assertions.

use serde::Serialize;
use serde_json::Value;

/// One event at the provider.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A response was sent to the client through the browser.
    Answered {
        /// The names of the fields, in order.
        names: Vec<String>,
        /// The ids of the active faults.
        faults: Vec<&'static str>,
    },
    /// An authorization request arrived.
    Authorize {
        /// Its parameters, in order.
        params: Vec<(String, String)>,
        /// Its problems; empty for a valid one.
        problems: Vec<String>,
    },
    /// The discovery document was fetched.
    Discovery,
    /// A browser was sent to sign out.
    EndSession {
        /// The parameters, in order.
        params: Vec<(String, String)>,
        /// Its problems; empty for a valid one.
        problems: Vec<String>,
    },
    /// The keys were fetched.
    Jwks,
    /// A user signed in with name and password.
    LoggedIn {
        /// The login name.
        user: String,
    },
    /// A wrong name or password.
    LoginFailed,
    /// The login page was shown.
    LoginShown,
    /// A token was revoked.
    Revoked {
        /// The kind of token that the client gives (`token_type_hint`).
        hint: Option<String>,
    },
    /// A request for an unknown path.
    Unexpected {
        /// Method and path.
        target: String,
    },
    /// The token endpoint was called.
    Token(TokenRequest),
    /// The userinfo endpoint was called.
    Userinfo {
        /// Whether the access token was valid.
        known_token: bool,
        /// Whether a token came in the query or in a form (RFC 6750, sections 2.2 and 2.3).
        elsewhere: bool,
    },
}

/// A call of the token endpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TokenRequest {
    /// How the client authenticated: `client_secret_basic`, `private_key_jwt`, …, `none`, or several joined by `+`.
    pub auth_method: String,
    /// Header and claims of the client's assertion.
    pub assertion: Option<Value>,
    /// The `Origin`, which only a browser sends.
    pub origin: Option<String>,
    /// The endpoint: its path, or the whole URL of the mTLS endpoint.
    pub address: String,
    /// The `grant_type`.
    pub grant_type: String,
    /// The `code`.
    pub code: Option<String>,
    /// Whether the PKCE verifier matches the challenge of the code.
    pub code_verifier_ok: bool,
    /// The `redirect_uri`.
    pub redirect_uri: Option<String>,
    /// The whole form, in order; a client secret in it is removed.
    pub form: Vec<(String, String)>,
    /// The OAuth error of the provider (a fault may still change it); `None` for a valid request.
    pub refused: Option<&'static str>,
}

/// The kind of an [`Event`], to count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the variant of `Event` with the same name")]
pub enum EventKind {
    Answered,
    Authorize,
    Discovery,
    EndSession,
    Jwks,
    LoggedIn,
    LoginFailed,
    LoginShown,
    Revoked,
    Unexpected,
    Token,
    Userinfo,
}

impl Event {
    /// The kind of this event.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Answered { .. } => EventKind::Answered,
            Self::Authorize { .. } => EventKind::Authorize,
            Self::Discovery => EventKind::Discovery,
            Self::EndSession { .. } => EventKind::EndSession,
            Self::Jwks => EventKind::Jwks,
            Self::LoggedIn { .. } => EventKind::LoggedIn,
            Self::LoginFailed => EventKind::LoginFailed,
            Self::LoginShown => EventKind::LoginShown,
            Self::Revoked { .. } => EventKind::Revoked,
            Self::Unexpected { .. } => EventKind::Unexpected,
            Self::Token(_) => EventKind::Token,
            Self::Userinfo { .. } => EventKind::Userinfo,
        }
    }
}
