//! What the fuzz targets share: one provider, one moment, one signing key, and randomness that repeats.

use std::{path::Path, sync::LazyLock};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use vestibule::{
    base::{KeyRing, Random, Secret, Timestamp, encode_base64url},
    config::{self, Environment},
    jose::KeySet,
    oidc::{Metadata, ProviderSettings},
    session::LoginBinding,
};

/// The provider `https://idp.example`, to which the gateway is `client`, as `vestibule.toml` beside this says.
pub static SETTINGS: LazyLock<ProviderSettings> = LazyLock::new(|| {
    let environment: Environment = [["CLIENT_SECRET", "client-secret"].map(str::to_owned)].into_iter().collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("vestibule.toml");
    let (mut settings, _warnings) = config::load(&file, &environment).expect("a good configuration");
    settings.providers.remove(0).client
});

/// When everything happens.
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// Between whom.
pub const HERE: LoginBinding<'static> =
    LoginBinding { origin: "https://site.example", provider: "idp", client_id: "client" };

/// The gateway's secret.
pub static KEYS: LazyLock<KeyRing> =
    LazyLock::new(|| KeyRing::new(&Secret::new("a secret of more than thirty-two bytes"), &[]));

/// The key that the provider signs with: Ed25519, because one message then has one signature.
static SIGNER: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("any 32 bytes are a key"));

/// What the provider publishes.
pub static PUBLISHED: LazyLock<KeySet> = LazyLock::new(|| {
    let point = encode_base64url(SIGNER.public_key());
    let text = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"1","use":"sig","x":"{point}"}}]}}"#);
    KeySet::parse(text.as_bytes()).expect("a good key set")
});

/// The document that names those keys.
pub static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    let text = br#"{"issuer":"https://idp.example","authorization_endpoint":"https://idp.example/authorize",
        "token_endpoint":"https://idp.example/token","jwks_uri":"https://idp.example/keys"}"#;
    Metadata::parse(text, &SETTINGS).expect("good metadata")
});

/// A token of the very bytes `header` and `claims`, signed by the provider.
#[must_use]
pub fn signed(header: &[u8], claims: &[u8]) -> String {
    let text = format!("{}.{}", encode_base64url(header), encode_base64url(claims));
    let signature = SIGNER.sign(text.as_bytes());
    format!("{text}.{}", encode_base64url(signature))
}

/// Randomness that is none, so that a run can be repeated.
pub struct Repeating(pub u8);

impl Random for Repeating {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}
