//! An authorization response between the callback that received it and the browser that began the sign-in.
//!
//! A cross-site POST has no cookies, so the callback verifies and stores the response, and sends its ticket to the browser
//! as a cookie. The browser then presents the ticket together with the login cookie. The ticket is a function of the
//! response, so a repeated response has the same key in the store. The store holds only the hash of the ticket, and a value
//! sealed with a key derived from the ticket. A response that is only a short code is sealed into the cookie instead.

use std::fmt;

use zeroize::Zeroizing;

use super::{
    login_transaction::{LoginBinding, State, Tag},
    pending::{PendingKey, PendingKind},
};
use crate::base::{
    Key, KeyRing, OpenError, Purpose, Random, Secret, Timestamp, decode_base64url, encode_base64url, sha256,
};

/// A successful authorization response. Its `id_token`, if the flow has one in the front channel, is verified; a code alone
/// is not.
#[derive(Clone, Debug)]
pub struct PendingResponse {
    /// When the response was received and its `id_token` was verified.
    pub at: Timestamp,
    /// The authorization code.
    pub code: Option<Secret>,
    /// The `id_token` of the front channel.
    pub id_token: Option<Secret>,
}

/// Proves that a browser received the response: a MAC over provider, `state`, code and `id_token`.
#[derive(Clone)]
pub struct ResponseTicket {
    bytes: Zeroizing<[u8; 32]>,
    kind: PendingKind,
}

impl PendingResponse {
    /// The ticket of this response to `state`.
    #[must_use]
    pub fn ticket(&self, state: &State, binding: LoginBinding<'_>) -> ResponseTicket {
        let [code, id_token] = self.texts();
        let parts = [binding.provider, state.text(), code, id_token].map(str::as_bytes);
        // A code alone is not verified, and must not use up the limits of verified responses.
        let kind = if self.id_token.is_some() { PendingKind::Responses } else { PendingKind::Codes };
        ResponseTicket { bytes: Zeroizing::new(state.key().derive(TICKET, &parts)), kind }
    }

    /// The response as the store holds it.
    #[must_use]
    pub fn seal(
        &self,
        ticket: &ResponseTicket,
        state: &State,
        binding: LoginBinding<'_>,
        random: &dyn Random,
    ) -> Vec<u8> {
        ticket.key(state).seal(STORED, &binding.bind(ticket.pending_key().bytes()), &self.encode(), random)
    }

    /// The response as a cookie holds it; `None` unless it is only a code, and short enough. Such a response takes no room
    /// in the store, so no client can fill the store with codes.
    #[must_use]
    pub fn seal_in_cookie(&self, state: &State, binding: LoginBinding<'_>, random: &dyn Random) -> Option<String> {
        let is_short = self.code.as_ref().is_some_and(|code| code.expose().len() <= MAX_CODE_IN_COOKIE);
        if self.id_token.is_some() || !is_short {
            return None;
        }
        let tag = state.tag();
        let sealed = state.key().seal(IN_COOKIE, &binding.bind(tag.as_str().as_bytes()), &self.encode(), random);
        Some(encode_base64url(sealed))
    }

    /// Opens a response that a cookie of the sign-in `tag` holds.
    #[must_use]
    pub fn open_from_cookie(value: &str, tag: &Tag, keys: &KeyRing, binding: LoginBinding<'_>) -> Option<Self> {
        let sealed = decode_base64url(value)?;
        let plain = Zeroizing::new(keys.open(IN_COOKIE, &binding.bind(tag.as_str().as_bytes()), &sealed).ok()?);
        Self::decode(&plain)
    }

    /// The code and the `id_token`; empty for one that the response does not have.
    fn texts(&self) -> [&str; 2] {
        [&self.code, &self.id_token].map(|secret| secret.as_ref().map_or("", Secret::expose))
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut plain = Zeroizing::new(self.at.micros().to_be_bytes().to_vec());
        for text in self.texts() {
            plain.extend_from_slice(&(text.len() as u64).to_be_bytes());
            plain.extend_from_slice(text.as_bytes());
        }
        plain
    }

    /// Opens a response that was stored.
    pub fn open(
        sealed: &[u8],
        ticket: &ResponseTicket,
        state: &State,
        binding: LoginBinding<'_>,
    ) -> Result<Self, OpenError> {
        let plain =
            Zeroizing::new(ticket.key(state).open(STORED, &binding.bind(ticket.pending_key().bytes()), sealed)?);
        Self::decode(&plain).ok_or(OpenError::Damaged)
    }

    fn decode(plain: &[u8]) -> Option<Self> {
        let (at, rest) = plain.split_first_chunk::<8>()?;
        let (code, rest) = secret(rest)?;
        let (id_token, rest) = secret(rest)?;
        rest.is_empty().then_some(Self { at: Timestamp::from_micros(u64::from_be_bytes(*at)), code, id_token })
    }
}

fn secret(bytes: &[u8]) -> Option<(Option<Secret>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let (text, rest) = rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
    let text = std::str::from_utf8(text).ok()?;
    Some(((!text.is_empty()).then(|| Secret::new(text)), rest))
}

impl ResponseTicket {
    /// Parses the response cookie of a response that was stored as `kind`.
    #[must_use]
    pub fn parse(text: &str, kind: PendingKind) -> Option<Self> {
        Some(Self { bytes: Zeroizing::new(decode_base64url(text)?.try_into().ok()?), kind })
    }

    /// The value of the response cookie: 43 characters of base64url.
    #[must_use]
    pub fn text(&self) -> String {
        encode_base64url(self.bytes.as_slice())
    }

    /// The key of the response in the store.
    #[must_use]
    pub(crate) fn pending_key(&self) -> PendingKey {
        PendingKey::new(self.kind, self.hash())
    }

    /// The SHA-256 hash of the ticket, which does not reveal the ticket to a store.
    pub(super) fn hash(&self) -> [u8; 32] {
        sha256(self.bytes.as_slice())
    }

    /// The key of values that only the holder of the ticket may read.
    pub(super) fn key(&self, state: &State) -> Key {
        state.key().subkey(STORED, &[self.bytes.as_slice(), state.text().as_bytes()])
    }
}

impl fmt::Debug for ResponseTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseTicket(…)")
    }
}

const TICKET: Purpose = Purpose("response ticket");
const STORED: Purpose = Purpose("stored response");
const IN_COOKIE: Purpose = Purpose("carried response");

/// Browsers store cookies of at most 4,096 bytes, name included (RFC 6265 §6.1). A code of this many bytes is 3.5 KB,
/// sealed and encoded.
const MAX_CODE_IN_COOKIE: usize = 2560;

#[cfg(test)]
mod tests {
    use super::{PendingResponse, ResponseTicket};
    use crate::{
        base::{KeyRing, Secret, SystemRandom, Timestamp},
        session::{LoginBinding, LoginRequest, LoginTransaction, PendingKind, State},
        web::ReturnTo,
    };

    #[test]
    fn a_response_opens_only_with_its_ticket_and_state() {
        let binding = LoginBinding { origin: "https://a.example", provider: "idp", client_id: "client" };
        let keys = KeyRing::generate(&SystemRandom);
        let begin = || {
            let (request, now) = (LoginRequest::default(), Timestamp::from_seconds(1));
            LoginTransaction::begin(
                State::issue(&keys, binding, &SystemRandom, now),
                ReturnTo::parse("/", "/.auth"),
                request,
                &SystemRandom,
            )
        };
        let (one, two) = (begin(), begin());
        let response = PendingResponse {
            at: Timestamp::from_seconds(5),
            code: Some(Secret::new("code")),
            id_token: Some(Secret::new("token")),
        };
        let ticket = response.ticket(one.state(), binding);
        assert_eq!(ticket.text(), response.ticket(one.state(), binding).text(), "one response, one key");
        assert_ne!(ticket.text(), response.ticket(two.state(), binding).text());

        let sealed = response.seal(&ticket, one.state(), binding, &SystemRandom);
        let ticket_read = ResponseTicket::parse(&ticket.text(), PendingKind::Responses).expect("a valid ticket");
        let read = PendingResponse::open(&sealed, &ticket_read, one.state(), binding).expect("the response");
        assert_eq!(
            (read.at, read.code, read.id_token),
            (response.at, response.code.clone(), response.id_token.clone())
        );
        assert!(PendingResponse::open(&sealed, &response.ticket(two.state(), binding), one.state(), binding).is_err());
        assert!(
            PendingResponse::open(&sealed, &ticket, two.state(), binding).is_err(),
            "another sign-in of this browser"
        );
        let elsewhere = LoginBinding { provider: "other", ..binding };
        assert!(PendingResponse::open(&sealed, &ticket, one.state(), elsewhere).is_err());

        let code_only = PendingResponse { id_token: None, ..response };
        let ticket = code_only.ticket(one.state(), binding);
        let sealed = code_only.seal(&ticket, one.state(), binding, &SystemRandom);
        assert!(
            PendingResponse::open(&sealed, &ticket, one.state(), binding).expect("the response").id_token.is_none()
        );
        assert_eq!(ticket.pending_key().kind(), PendingKind::Codes);
    }

    #[test]
    fn a_sealed_code_opens_only_for_its_sign_in() {
        let binding = LoginBinding { origin: "https://a.example", provider: "idp", client_id: "client" };
        let keys = KeyRing::generate(&SystemRandom);
        let begin = || {
            LoginTransaction::begin(
                State::issue(&keys, binding, &SystemRandom, Timestamp::from_seconds(1)),
                ReturnTo::front("/.auth"),
                LoginRequest::default(),
                &SystemRandom,
            )
        };
        let (one, two) = (begin(), begin());
        let response = |length, id_token: Option<&str>| PendingResponse {
            at: Timestamp::from_seconds(5),
            code: Some(Secret::new("c".repeat(length))),
            id_token: id_token.map(Secret::new),
        };
        let seal = |response: PendingResponse| response.seal_in_cookie(one.state(), binding, &SystemRandom);
        assert!(seal(response(2561, None)).is_none(), "too long for a cookie");
        assert!(seal(response(1, Some("token"))).is_none(), "a verified response is stored");
        let value = seal(response(2560, None)).expect("short enough");
        assert!(value.len() < 3600, "{}", value.len());
        let tag = one.state().tag();
        let read = PendingResponse::open_from_cookie(&value, &tag, &keys, binding).expect("the response");
        assert_eq!((read.at, read.code), (Timestamp::from_seconds(5), response(2560, None).code));
        assert!(PendingResponse::open_from_cookie(&value, &two.state().tag(), &keys, binding).is_none());
        let elsewhere = LoginBinding { provider: "other", ..binding };
        assert!(PendingResponse::open_from_cookie(&value, &tag, &keys, elsewhere).is_none());
    }
}
