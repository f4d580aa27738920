//! The kinds of providers, which differ in how a person is identified.
//!
//! OpenID Connect Core §2 (`sub`) and §5.7. Claims that deviate from the specification are translated in a separate
//! file for each kind (`entra.rs`).

use serde_json::{Map, Value};

use super::{entra, issuer::IssuerMismatch};

/// The kind of a provider. Everything else about a provider is read from its metadata.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// A person is identified by `sub`, which is unique within the issuer (OpenID Connect Core §5.7).
    #[default]
    Standard,
    /// Microsoft Entra ID: a person is identified by `tid` and `oid`.
    Entra,
}

impl Profile {
    /// The stable identifier of the person in a verified `id_token` of `issuer`, whose `sub` is `subject`.
    pub(super) fn account(
        self,
        issuer: &str,
        claims: &Map<String, Value>,
        subject: &str,
    ) -> Result<String, IssuerMismatch> {
        match self {
            Self::Standard => Ok(subject.to_owned()),
            Self::Entra => entra::account(issuer, claims),
        }
    }

    /// The claims under their standard names (OpenID Connect Core §5.1).
    pub(super) fn standardize(self, mut claims: Map<String, Value>) -> Map<String, Value> {
        if self == Self::Entra {
            entra::standardize(&mut claims);
        }
        claims
    }
}
