//! A provider for the tests of this module.

use serde_json::{Value, json};

use super::{
    client_authentication::{ClientAuthentication, SecretMethod},
    flow::Flow,
    issuer::Issuer,
    metadata::Metadata,
    parameters::Parameters,
    profile::Profile,
    provider_settings::{ProviderName, ProviderSettings},
    userinfo::UserinfoUse,
};
use crate::jose::testing::with;

/// The settings of a provider at `https://idp.example`, where the gateway is the client `app`.
pub(super) fn settings() -> ProviderSettings {
    ProviderSettings {
        name: ProviderName::parse("idp").expect("a name"),
        issuer: Issuer::parse("https://idp.example").expect("an issuer"),
        discovery_url: None,
        profile: Profile::Standard,
        client_id: "app".to_owned(),
        client_authentication: ClientAuthentication::Secret(SecretMethod::Basic),
        scopes: vec!["profile".to_owned(), "openid".to_owned()],
        flow: Flow::CodeIdToken,
        authorize: Parameters::default(),
        pass_through: Vec::new(),
        redirect_query: None,
        userinfo: UserinfoUse::Off,
    }
}

/// The provider's metadata document, with `members` set, or removed where null.
pub(super) fn document(members: &Value) -> Value {
    let plain = json!({
        "issuer": "https://idp.example",
        "authorization_endpoint": "https://idp.example/authorize",
        "token_endpoint": "https://idp.example/token",
        "jwks_uri": "https://idp.example/keys",
        "end_session_endpoint": "https://idp.example/end",
        "response_types_supported": ["code id_token"],
        "subject_types_supported": ["public"],
    });
    with(&plain, members)
}

/// The metadata of [`document`].
pub(super) fn metadata(members: &Value) -> Metadata {
    Metadata::parse(document(members).to_string().as_bytes(), &settings()).expect("valid metadata")
}
