//! The differences between provider products: addresses, claims and responses. Data, read by the endpoints.

use serde_json::{Map, Value};

use super::{
    adfs,
    authorize::Answer,
    b2c, entra,
    fault::FaultPoint,
    keys::{KeyRing, SigningKey},
    options::{ProviderOptions, User},
    reply::Reply,
    world::Grant,
};
use crate::encoding::random_name;

/// A provider product.
#[derive(Clone, Copy)]
pub struct Profile(pub(crate) &'static Dialect);

impl Profile {
    /// OpenID Connect without deviations.
    pub const STANDARD: Self = Self(&STANDARD);
    /// Microsoft Entra ID: two tenants of companies, that of personal accounts, the common authorities; versions 1 and 2.
    pub const ENTRA: Self = Self(&entra::ENTRA);
    /// Microsoft Entra ID, where the application has its own signing key.
    pub const ENTRA_OWN_KEY: Self = Self(&entra::OWN_KEY);
    /// Microsoft Entra External ID: its metadata are not below its issuer.
    pub const CIAM: Self = Self(&entra::CIAM);
    /// Azure AD B2C: its issuer ends in a slash, and every URL contains a policy.
    pub const B2C: Self = Self(&b2c::B2C);
    /// Active Directory Federation Services.
    pub const ADFS: Self = Self(&adfs::ADFS);
}

/// The deviations of a product. Each function is called after the standard behaviour, and changes its result.
pub(crate) struct Dialect {
    /// Its authorities; the first one is that of the client.
    pub(crate) authorities: fn(&Bases, &ProviderOptions) -> Vec<Authority>,
    /// Further published keys: JWK members that say what each is for.
    pub(crate) more_keys: fn(&Bases) -> Vec<Map<String, Value>>,
    /// Whether a user may sign in at an authority.
    pub(crate) admits: fn(&Authority, &User) -> bool,
    pub(crate) document: fn(&Authority, &mut Value),
    pub(crate) jwk: fn(&Authority, &mut Value),
    pub(crate) claims: fn(&Minting<'_>, &mut Map<String, Value>),
    pub(crate) signer: fn(&KeyRing, &Map<String, Value>) -> SigningKey,
    pub(crate) answer: fn(&mut Answer),
    pub(crate) access_token: fn(&Grant) -> String,
    pub(crate) tokens: fn(&Grant, &mut Reply),
}

/// One server under two host names, like two servers.
pub(crate) struct Bases {
    /// The base URL.
    pub(crate) base: String,
    /// The base URL on another host.
    pub(crate) other: String,
}

/// One authority of a provider, with its issuer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Authority {
    /// The issuer in its metadata; `{tenantid}` is replaced by the tenant of the user.
    pub(crate) issuer: String,
    /// Its only tenant, if it has one.
    pub(crate) tenant: Option<&'static str>,
    pub(crate) version: &'static str,
    pub(crate) base: String,
    pub(crate) paths: Vec<(Endpoint, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Authorize,
    Discovery,
    EndSession,
    Jwks,
    Login,
    Revoke,
    Token,
    Userinfo,
}

/// The input for the claims of an ID token.
pub(crate) struct Minting<'a> {
    pub(crate) authority: &'a Authority,
    pub(crate) user: &'a User,
    pub(crate) point: FaultPoint,
    pub(crate) scope: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) now: i64,
}

impl Authority {
    /// The endpoint with that path.
    pub(crate) fn endpoint(&self, path: &str) -> Option<Endpoint> {
        self.paths.iter().find_map(|(endpoint, its)| (its == path).then_some(*endpoint))
    }

    /// The path of an endpoint; every authority has all of them.
    pub(crate) fn path(&self, endpoint: Endpoint) -> &str {
        let found = self.paths.iter().find_map(|(its, path)| (*its == endpoint).then_some(path.as_str()));
        found.unwrap_or_default()
    }

    /// The URL of an endpoint.
    pub(crate) fn url(&self, endpoint: Endpoint) -> String {
        format!("{}{}", self.base, self.path(endpoint))
    }
}

impl Minting<'_> {
    /// Whether a scope was requested.
    pub(crate) fn asked(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|its| its == scope)
    }
}

/// Without deviations; every other dialect is based on this one.
pub(crate) const STANDARD: Dialect = Dialect {
    authorities: |bases, options| {
        let path = |end: &str| format!("{}{end}", options.issuer_path.trim_end_matches('/'));
        vec![Authority {
            issuer: format!("{}{}", bases.base, options.issuer_path),
            tenant: None,
            version: "",
            base: bases.base.clone(),
            paths: vec![
                (Endpoint::Discovery, path("/.well-known/openid-configuration")),
                (Endpoint::Jwks, path("/jwks")),
                (Endpoint::Authorize, path("/authorize")),
                (Endpoint::Login, path("/login")),
                (Endpoint::Token, path("/token")),
                (Endpoint::Userinfo, path("/userinfo")),
                (Endpoint::Revoke, path("/revoke")),
                (Endpoint::EndSession, path("/logout")),
            ],
        }]
    },
    more_keys: |_| Vec::new(),
    admits: |_, _| true,
    document: |_, _| (),
    jwk: |_, _| (),
    claims: |_, _| (),
    signer: |keys, _| keys.current().clone(),
    answer: |_| (),
    access_token: |_| random_name(),
    tokens: |_, _| (),
};
