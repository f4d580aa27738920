//! How kinds of providers differ: where they are reached, and what they say in words of their own. Data, read by the endpoints.

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

/// A kind of provider.
#[derive(Clone, Copy)]
pub struct Profile(pub(crate) &'static Dialect);

impl Profile {
    /// OpenID Connect by the book.
    pub const STANDARD: Self = Self(&STANDARD);
    /// Microsoft Entra ID: two tenants of companies, that of personal accounts, what is common to them; versions 1 and 2.
    pub const ENTRA: Self = Self(&entra::ENTRA);
    /// The same, where the application has a signing key of its own.
    pub const ENTRA_OWN_KEY: Self = Self(&entra::OWN_KEY);
    /// Microsoft Entra External ID: its metadata are not where its issuer says.
    pub const CIAM: Self = Self(&entra::CIAM);
    /// Azure AD B2C: a slash ends its issuer, and a policy is part of every address.
    pub const B2C: Self = Self(&b2c::B2C);
    /// Active Directory Federation Services.
    pub const ADFS: Self = Self(&adfs::ADFS);
}

/// What is said otherwise than by the book. Each is called when the usual is done, and changes it.
pub(crate) struct Dialect {
    /// Where it is reached; the first is the one that a client is given.
    pub(crate) authorities: fn(&Bases, &ProviderOptions) -> Vec<Authority>,
    /// Keys that are published besides the usual one: members of a JWK that say what each is for.
    pub(crate) more_keys: fn(&Bases) -> Vec<Map<String, Value>>,
    /// Who may sign in there.
    pub(crate) admits: fn(&Authority, &User) -> bool,
    pub(crate) document: fn(&Authority, &mut Value),
    pub(crate) jwk: fn(&Authority, &mut Value),
    pub(crate) claims: fn(&Minting<'_>, &mut Map<String, Value>),
    pub(crate) signer: fn(&KeyRing, &Map<String, Value>) -> SigningKey,
    pub(crate) answer: fn(&mut Answer),
    pub(crate) access_token: fn(&Grant) -> String,
    pub(crate) tokens: fn(&Grant, &mut Reply),
}

/// The one server under two names, as if it were two.
pub(crate) struct Bases {
    /// Where it is reached.
    pub(crate) base: String,
    /// Another host.
    pub(crate) other: String,
}

/// One address at which a provider can be asked, and what it calls itself there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Authority {
    /// The issuer in its metadata; `{tenantid}` stands for the tenant of the person who signs in.
    pub(crate) issuer: String,
    /// The one tenant it is for.
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

/// What the claims of an ID token are made from.
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

    /// The address of an endpoint.
    pub(crate) fn url(&self, endpoint: Endpoint) -> String {
        format!("{}{}", self.base, self.path(endpoint))
    }
}

impl Minting<'_> {
    /// Whether a scope was asked for.
    pub(crate) fn asked(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|its| its == scope)
    }
}

/// By the book; every other dialect begins here.
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
