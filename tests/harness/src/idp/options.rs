//! The options of a provider: address, client, users.

use std::sync::Arc;

use rustls::ServerConfig;
use serde_json::{Map, Value};

use super::{dialect::Profile, entra, keys::Algorithm};
use crate::ca::TestCa;

/// The options of a provider; `Default` is a plain-http provider with two users and a client called `vestibule`.
pub struct ProviderOptions {
    /// A fixed port; any free one if absent.
    pub port: Option<u16>,
    /// The host name in the issuer; the socket is always bound on 127.0.0.1.
    pub host: String,
    /// TLS; `None` is plain http.
    pub tls: Option<Arc<ServerConfig>>,
    /// The one client's identifier.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: String,
    /// The redirect URIs, compared exactly; more may be registered later.
    pub redirect_uris: Vec<String>,
    /// The post-logout redirect URIs; more may be registered later.
    pub post_logout_redirect_uris: Vec<String>,
    /// The users.
    pub users: Vec<User>,
    /// The path of the issuer, such as `/tenant/v2.0` or `/tenant/`; empty by default.
    pub issuer_path: String,
    /// The signature algorithm of ID tokens.
    pub algorithm: Algorithm,
    /// The product that it behaves like.
    pub profile: Profile,
}

impl ProviderOptions {
    /// The default options over TLS, with a certificate of this authority.
    pub fn tls(ca: &TestCa) -> Self {
        let options = Self::default();
        let hosts = [options.host.as_str(), "127.0.0.1"];
        Self { tls: Some(ca.server_config(&hosts)), ..options }
    }
}

impl Default for ProviderOptions {
    fn default() -> Self {
        Self {
            port: None,
            host: "localhost".to_owned(),
            tls: None,
            client_id: "vestibule".to_owned(),
            client_secret: "a secret with : % + / in it".to_owned(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            users: vec![User::alice(), User::bob()],
            issuer_path: String::new(),
            algorithm: Algorithm::Rs256,
            profile: Profile::STANDARD,
        }
    }
}

/// A user of the provider.
#[derive(Clone)]
pub struct User {
    /// The user name in the login form; also `preferred_username`.
    pub name: String,
    /// The password; the login page shows it, because this is a test provider.
    pub password: String,
    /// The `sub` claim.
    pub subject: String,
    /// The `name` claim.
    pub full_name: String,
    /// The `email` claim.
    pub email: String,
    /// The `email_verified` claim.
    pub email_verified: bool,
    /// The `groups` claim.
    pub groups: Vec<String>,
    /// Entra: the tenants of this user, the home tenant first, with the object id in each.
    pub accounts: Vec<(String, String)>,
    /// More claims, or other values for the claims above.
    pub claims: Map<String, Value>,
}

impl User {
    /// A user with names and an address derived from the login name, and no groups.
    pub fn new(name: &str, password: &str) -> Self {
        Self {
            name: name.to_owned(),
            password: password.to_owned(),
            subject: format!("subject-of-{name}"),
            full_name: name.to_owned(),
            email: format!("{name}@example.com"),
            email_verified: true,
            groups: Vec::new(),
            accounts: Vec::new(),
            claims: Map::new(),
        }
    }

    /// Alice, password `wonderland`, in the groups `staff` and `sales`.
    pub fn alice() -> Self {
        Self {
            full_name: "Alice Liddell".to_owned(),
            groups: vec!["staff".to_owned(), "sales".to_owned()],
            ..Self::new("alice", "wonderland")
        }
    }

    /// Bob, password `builder`, in the group `staff`; his name is not ASCII.
    pub fn bob() -> Self {
        Self { full_name: "Bob Žižka".to_owned(), groups: vec!["staff".to_owned()], ..Self::new("bob", "builder") }
    }

    /// A member of a tenant of Entra.
    pub fn of_tenant(name: &str, password: &str, tenant: &str) -> Self {
        Self::new(name, password).guest_of(tenant)
    }

    /// Adds a tenant of Entra to the user: as a guest, unless it is the first.
    #[must_use]
    pub fn guest_of(mut self, tenant: &str) -> Self {
        let oid = entra::object_id(&self.name, tenant);
        self.accounts.push((tenant.to_owned(), oid));
        self
    }

    /// Adds a claim to the user.
    #[must_use]
    pub fn with_claim(mut self, name: &str, value: Value) -> Self {
        self.claims.insert(name.to_owned(), value);
        self
    }
}
