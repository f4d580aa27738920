//! Shared by the fuzz targets: one provider, one time, one signing key, and constant random bytes.

use std::{path::Path, sync::LazyLock};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use vestibule::{
    base::{KeyRing, Random, Secret, Timestamp, encode_base64url},
    config::{self, Environment},
    jose::KeySet,
    oidc::{Metadata, ProviderSettings},
    session::LoginBinding,
};

/// The settings of the provider `https://idp.example` from `fuzz/vestibule.toml`.
pub static SETTINGS: LazyLock<ProviderSettings> = LazyLock::new(|| {
    let environment: Environment = [["CLIENT_SECRET", "client-secret"].map(str::to_owned)].into_iter().collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("vestibule.toml");
    let (mut settings, _warnings) = config::load(&file, &environment).expect("a good configuration");
    settings.providers.remove(0).client
});

/// The current time in every target.
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// The binding of every sign-in.
pub const HERE: LoginBinding<'static> =
    LoginBinding { origin: "https://site.example", provider: "idp", client_id: "client" };

/// The gateway's session secret.
pub static KEYS: LazyLock<KeyRing> =
    LazyLock::new(|| KeyRing::new(&Secret::new("a secret of more than thirty-two bytes"), &[]));

/// The provider's signing key. Ed25519 signatures are deterministic, so a run can be repeated.
static SIGNER: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("any 32 bytes are a key"));

/// The provider's key set, with the public part of the signing key.
pub static PUBLISHED: LazyLock<KeySet> = LazyLock::new(|| {
    let point = encode_base64url(SIGNER.public_key());
    let text = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"1","use":"sig","x":"{point}"}}]}}"#);
    KeySet::parse(text.as_bytes()).expect("a good key set")
});

/// The provider's metadata.
pub static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    let text = br#"{"issuer":"https://idp.example","authorization_endpoint":"https://idp.example/authorize",
        "token_endpoint":"https://idp.example/token","jwks_uri":"https://idp.example/keys"}"#;
    Metadata::parse(text, &SETTINGS).expect("good metadata")
});

/// A token with exactly the bytes `header` and `claims`, signed with the provider's key.
#[must_use]
pub fn signed(header: &[u8], claims: &[u8]) -> String {
    let text = format!("{}.{}", encode_base64url(header), encode_base64url(claims));
    let signature = SIGNER.sign(text.as_bytes());
    format!("{text}.{}", encode_base64url(signature))
}

/// A random source that repeats one byte.
pub struct Repeating(pub u8);

impl Random for Repeating {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}
