//! A sign-in in progress. The server stores nothing for it: `state` is authenticated, and the login cookie holds the rest.
//!
//! `state` travels to the provider and back. Its MAC binds it to this gateway, origin, provider and client. The PKCE
//! verifier is derived from the seed, which only the login cookie holds. The nonce is derived from `state` alone, so a
//! response can be verified without any cookie. The session cookie is derived from neither.

use std::{fmt, time::Duration};

use zeroize::Zeroizing;

use super::login_request::LoginRequest;
use crate::{
    base::{Key, KeyId, KeyRing, Purpose, Random, Timestamp, decode_base64url, encode_base64url, random_bytes, sha256},
    web::ReturnTo,
};

/// The parties of a sign-in. Everything that is signed or sealed for a sign-in is bound to all three.
#[derive(Clone, Copy, Debug)]
pub struct LoginBinding<'a> {
    /// The public origin, as the browser sees it.
    pub origin: &'a str,
    /// The provider's name in this gateway.
    pub provider: &'a str,
    /// The client identifier of this gateway at the provider.
    pub client_id: &'a str,
}

impl<'a> LoginBinding<'a> {
    fn parts(&self) -> [&'a [u8]; 3] {
        [self.origin.as_bytes(), self.provider.as_bytes(), self.client_id.as_bytes()]
    }

    /// The authenticated data of a sealed value: the three parties, and the name of the value.
    #[must_use]
    pub(crate) fn bind<'b>(&self, name: &'b [u8]) -> [&'b [u8]; 4]
    where
        'a: 'b,
    {
        let [origin, provider, client_id] = self.parts();
        [origin, provider, client_id, name]
    }
}

/// The authenticated `state` of one sign-in (RFC 6749 §10.12).
#[derive(Clone)]
pub struct State {
    text: Box<str>,
    key: Key,
    issued_at: Timestamp,
}

/// Why a `state` is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The `state` was not issued by this gateway for this origin, provider and client, or it was modified.
    #[error("the state was not issued by this gateway for this provider and site")]
    Forged,
    /// The `state` was issued under a secret that this instance does not have.
    #[error("the state was issued by another instance, or before a restart")]
    OtherInstance,
}

/// Distinguishes the sign-ins of one browser in cookie names and URLs: the first 12 bytes of the SHA-256 of `state`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(Box<str>);

/// A sign-in in progress, as the login cookie holds it.
#[derive(Clone)]
pub struct LoginTransaction {
    state: State,
    seed: Zeroizing<[u8; SEED]>,
    return_to: ReturnTo,
    request: LoginRequest,
}

/// A login cookie as the browser sends it.
#[derive(Clone, Copy)]
pub struct LoginCookie<'a> {
    /// The tag, from the cookie's name or the URL.
    pub tag: &'a Tag,
    /// The value.
    pub value: &'a str,
}

impl State {
    /// Issues the `state` of a new sign-in.
    #[must_use]
    pub fn issue(keys: &KeyRing, binding: LoginBinding<'_>, random: &dyn Random, now: Timestamp) -> Self {
        let key = keys.current();
        let random: [u8; RANDOM] = random_bytes(random);
        let issued_at = now.micros().to_be_bytes();
        let mac = Self::mac(key, binding, &random, &issued_at);
        let text = encode_base64url([&key.id().bytes()[..], &random, &issued_at, &mac].concat());
        Self { text: text.into(), key: key.clone(), issued_at: now }
    }

    /// Verifies a `state` from an authorization response. The caller checks its age.
    pub fn read(text: &str, keys: &KeyRing, binding: LoginBinding<'_>) -> Result<Self, StateError> {
        let bytes = decode_base64url(text).ok_or(StateError::Forged)?;
        let (key_id, rest) = KeyId::split(&bytes).ok_or(StateError::Forged)?;
        let (random, rest) = rest.split_first_chunk::<RANDOM>().ok_or(StateError::Forged)?;
        let (issued_at, mac) = rest.split_first_chunk::<8>().ok_or(StateError::Forged)?;
        let mac: &[u8; MAC] = mac.try_into().map_err(|_| StateError::Forged)?;
        let key = keys.find(key_id).ok_or(StateError::OtherInstance)?;
        let expected = Self::mac(key, binding, random, issued_at);
        aws_lc_rs::constant_time::verify_slices_are_equal(mac, &expected).map_err(|_| StateError::Forged)?;
        let issued_at = Timestamp::from_micros(u64::from_be_bytes(*issued_at));
        Ok(Self { text: text.into(), key: key.clone(), issued_at })
    }

    fn mac(key: &Key, binding: LoginBinding<'_>, random: &[u8], issued_at: &[u8]) -> [u8; MAC] {
        let [origin, provider, client_id] = binding.parts();
        let digest = key.derive(STATE, &[origin, provider, client_id, random, issued_at]);
        let mut mac = [0; MAC];
        mac.copy_from_slice(&digest[..MAC]);
        mac
    }

    /// The text, base64url.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The key from which all values of this sign-in are derived. A rotation of the secret does not change it.
    #[must_use]
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// When the sign-in began.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// Whether the sign-in has expired at `now`.
    #[must_use]
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        now > self.expires_at()
    }

    /// When the sign-in expires.
    #[must_use]
    pub(crate) fn expires_at(&self) -> Timestamp {
        self.issued_at.plus(LOGIN_LIFETIME)
    }

    /// The `nonce` that the `id_token` must have (OpenID Connect Core §3.1.2.1).
    #[must_use]
    pub fn nonce(&self) -> String {
        encode_base64url(self.key.derive(NONCE, &[self.text.as_bytes()]))
    }

    /// The tag of this sign-in.
    #[must_use]
    pub fn tag(&self) -> Tag {
        Tag::of(&self.text)
    }
}

impl LoginTransaction {
    /// Begins the sign-in of `state`, which asks the provider for `request` and returns to `return_to`.
    #[must_use]
    pub fn begin(state: State, return_to: ReturnTo, request: LoginRequest, random: &dyn Random) -> Self {
        Self { state, seed: Zeroizing::new(random_bytes(random)), return_to, request }
    }

    /// The value of the login cookie.
    #[must_use]
    pub fn seal(&self, binding: LoginBinding<'_>, random: &dyn Random) -> String {
        let state = self.state.text.as_bytes();
        let length = [u8::try_from(state.len()).unwrap_or(u8::MAX)];
        let request = self.request.encode();
        let request_length = u16::try_from(request.len()).unwrap_or(u16::MAX).to_be_bytes();
        let return_to = self.return_to.as_str().as_bytes();
        let plain = Zeroizing::new([&self.seed[..], &length, state, &request_length, &request, return_to].concat());
        let tag = self.state.tag();
        encode_base64url(self.state.key.seal(LOGIN, &binding.bind(tag.0.as_bytes()), &plain, random))
    }

    /// Opens a login cookie; `None` if it was not sealed by this gateway for this binding and this tag. `prefix` is the
    /// path prefix of the gateway's endpoints, to which no sign-in returns.
    #[must_use]
    pub fn open(
        LoginCookie { tag, value }: LoginCookie<'_>,
        keys: &KeyRing,
        binding: LoginBinding<'_>,
        prefix: &str,
    ) -> Option<Self> {
        let sealed = decode_base64url(value)?;
        let plain = Zeroizing::new(keys.open(LOGIN, &binding.bind(tag.0.as_bytes()), &sealed).ok()?);
        let (seed, rest) = plain.split_first_chunk::<SEED>()?;
        let (length, rest) = rest.split_first()?;
        let (state, rest) = rest.split_at_checked(usize::from(*length))?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (request, return_to) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let request = LoginRequest::decode(request)?;
        let state = State::read(std::str::from_utf8(state).ok()?, keys, binding).ok()?;
        let return_to = ReturnTo::parse(std::str::from_utf8(return_to).ok()?, prefix);
        (state.tag() == *tag).then(|| Self { state, seed: Zeroizing::new(*seed), return_to, request })
    }

    /// The `state`.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The page to which the sign-in returns.
    #[must_use]
    pub fn return_to(&self) -> &ReturnTo {
        &self.return_to
    }

    /// What the sign-in asks the provider for.
    #[must_use]
    pub(crate) fn request(&self) -> &LoginRequest {
        &self.request
    }

    /// The PKCE code verifier (RFC 7636 §4.1): 43 characters.
    #[must_use]
    pub fn verifier(&self) -> Zeroizing<String> {
        Zeroizing::new(encode_base64url(self.state.key.derive(PKCE, &[&self.seed[..], self.state.text.as_bytes()])))
    }
}

impl Tag {
    /// The tag of a `state`. Any text has a tag, so that the refusal of an invalid `state` needs no special case.
    #[must_use]
    pub fn of(state: &str) -> Self {
        Self(encode_base64url(&sha256(state.as_bytes())[..TAG]).into())
    }

    /// Reads a tag from a URL or a cookie name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (decode_base64url(text)?.len() == TAG).then(|| Self(text.into()))
    }

    /// 16 characters of base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("tag", &self.tag()).field("issued_at", &self.issued_at).finish_non_exhaustive()
    }
}

impl fmt::Debug for LoginTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginTransaction")
            .field("state", &self.state)
            .field("return_to", &self.return_to)
            .finish_non_exhaustive()
    }
}

/// How long a person may take at the provider.
pub(super) const LOGIN_LIFETIME: Duration = Duration::from_secs(3600);

const STATE: Purpose = Purpose("state");
const NONCE: Purpose = Purpose("nonce");
const PKCE: Purpose = Purpose("pkce");
const LOGIN: Purpose = Purpose("login cookie");

const RANDOM: usize = 16;
const MAC: usize = 16;
const SEED: usize = 32;
const TAG: usize = 12;

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, time::Duration};

    use super::{LOGIN_LIFETIME, LoginBinding, LoginCookie, LoginTransaction, State, StateError, Tag};
    use crate::{
        base::{KeyRing, Secret, SystemRandom, Timestamp},
        oidc::Parameters,
        session::LoginRequest,
        web::ReturnTo,
    };
    use proptest::prelude::{any, proptest};

    const HERE: LoginBinding<'_> = LoginBinding { origin: "https://a.example", provider: "idp", client_id: "client" };
    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn keys() -> KeyRing {
        KeyRing::new(&Secret::new("a secret of at least thirty-two bytes"), &[])
    }

    fn request() -> LoginRequest {
        LoginRequest::with(Parameters::parse("max_age=900&login_hint=a%40b").expect("parameters"))
    }

    fn transaction() -> LoginTransaction {
        let state = State::issue(&keys(), HERE, &SystemRandom, NOW);
        LoginTransaction::begin(state, ReturnTo::parse("/wanted?x=1", "/.auth"), request(), &SystemRandom)
    }

    fn open(login: &LoginTransaction, binding: LoginBinding<'_>) -> Option<LoginTransaction> {
        let (value, tag) = (login.seal(HERE, &SystemRandom), login.state().tag());
        LoginTransaction::open(LoginCookie { tag: &tag, value: &value }, &keys(), binding, "/.auth")
    }

    #[test]
    fn the_login_cookie_preserves_the_transaction() {
        let login = transaction();
        let tag = login.state().tag();
        let read = open(&login, HERE).expect("a valid login cookie");
        assert_eq!(read.state().text(), login.state().text());
        assert_eq!(read.return_to().as_str(), "/wanted?x=1");
        assert_eq!(read.request(), &request());
        assert_eq!(*read.verifier(), *login.verifier());
        assert_eq!(Tag::parse(tag.as_str()), Some(tag));
    }

    // Covers: CVE-D22, C02, C34.
    #[test]
    fn state_is_bound_to_origin_provider_client_and_secret() {
        let login = transaction();
        let text = login.state().text();
        assert!(State::read(text, &keys(), HERE).is_ok());
        for other in [
            LoginBinding { origin: "https://b.example", ..HERE },
            LoginBinding { provider: "other", ..HERE },
            LoginBinding { client_id: "other", ..HERE },
        ] {
            assert_eq!(State::read(text, &keys(), other).err(), Some(StateError::Forged));
            assert!(open(&login, other).is_none());
        }
        let other_keys = KeyRing::new(&Secret::new("another secret of the same good length"), &[]);
        assert_eq!(State::read(text, &other_keys, HERE).err(), Some(StateError::OtherInstance));
        for forged in ["", "x", &text[..text.len() - 1], &format!("{text}A")] {
            assert_eq!(State::read(forged, &keys(), HERE).err(), Some(StateError::Forged), "{forged}");
        }
    }

    #[test]
    fn a_sign_in_survives_secret_rotation() {
        let login = transaction();
        let rotated = KeyRing::new(
            &Secret::new("the next secret, as long as the other"),
            &[Secret::new("a secret of at least thirty-two bytes")],
        );
        let state = State::read(login.state().text(), &rotated, HERE).expect("a former secret");
        assert_eq!(state.nonce(), login.state().nonce());
    }

    // Covers: C05.
    #[test]
    fn a_state_expires() {
        let login = transaction();
        assert!(!login.state().is_expired(NOW.plus(LOGIN_LIFETIME)));
        assert!(login.state().is_expired(NOW.plus(LOGIN_LIFETIME).plus(Duration::from_secs(1))));
    }

    // Covers: K03.
    #[test]
    fn state_nonce_and_verifier_are_unique() {
        let mut seen = HashSet::new();
        for _ in 0..10_000 {
            let login = transaction();
            for text in [login.state().text().to_owned(), login.state().nonce(), login.verifier().to_string()] {
                assert!(seen.insert(text));
            }
        }
    }

    proptest! {
        // Covers: C02.
        #[test]
        fn any_changed_character_is_refused(at in any::<proptest::sample::Index>(), letter in "[A-Za-z0-9_-]") {
            let text = transaction().state().text().to_owned();
            let at = at.index(text.len());
            let mut changed = text.clone();
            changed.replace_range(at..=at, &letter);
            assert!(changed == text || State::read(&changed, &keys(), HERE).is_err());
        }
    }
}
