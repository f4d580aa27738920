//! A provider's answer on its way from the POST that brought it to the browser that asked for it.
//!
//! The POST comes without cookies, so the answer is verified and parked, unless it is a mere code; its receipt goes to
//! the browser as a cookie and comes back with the login cookie. The same answer always has the same receipt, hence one
//! slot. A store sees the hash of the receipt and a value sealed with a key that needs it.

use std::fmt;

use zeroize::Zeroizing;

use super::{
    login_transaction::{LoginBinding, State, Tag},
    store::{PendingKey, PendingKind},
};
use crate::base::{
    Key, KeyRing, OpenError, Purpose, Random, Secret, Timestamp, decode_base64url, encode_base64url, sha256,
};

/// A granted answer, verified as far as the front channel goes.
#[derive(Clone, Debug)]
pub struct PendingResponse {
    /// When it came: the moment at which its `id_token` was verified.
    pub at: Timestamp,
    /// The authorization code.
    pub code: Option<Secret>,
    /// The `id_token` of the front channel.
    pub id_token: Option<Secret>,
}

/// Proves that a browser received the answer with this state.
#[derive(Clone)]
pub struct ResponseTicket {
    bytes: Zeroizing<[u8; 32]>,
    lot: PendingKind,
}

impl PendingResponse {
    /// The receipt of this answer to `state`.
    #[must_use]
    pub fn receipt(&self, state: &State, relation: LoginBinding<'_>) -> ResponseTicket {
        let text = |secret: &Option<Secret>| {
            secret.as_ref().map(|secret| secret.expose().as_bytes().to_vec()).unwrap_or_default()
        };
        let parts = [relation.provider.as_bytes(), state.text().as_bytes(), &text(&self.code), &text(&self.id_token)];
        // A code alone proves nothing yet, and takes no room from what was verified.
        let lot = if self.id_token.is_some() { PendingKind::Answers } else { PendingKind::Codes };
        ResponseTicket { bytes: Zeroizing::new(state.key().derive(RECEIPT, &parts)), lot }
    }

    /// The answer as it is parked.
    #[must_use]
    pub fn seal(
        &self,
        receipt: &ResponseTicket,
        state: &State,
        relation: LoginBinding<'_>,
        random: &dyn Random,
    ) -> Vec<u8> {
        receipt.key(state).seal(PARKED, &relation.bind(receipt.slot().bytes()), &self.encode(), random)
    }

    /// The answer as its browser carries it to the end: a code that is short enough for a cookie. It takes no room here,
    /// so nobody can fill any.
    #[must_use]
    pub fn carried(&self, state: &State, relation: LoginBinding<'_>, random: &dyn Random) -> Option<String> {
        let is_short = self.code.as_ref().is_some_and(|code| code.expose().len() <= LONGEST_CARRIED);
        if self.id_token.is_some() || !is_short {
            return None;
        }
        let tag = state.tag();
        let sealed = state.key().seal(CARRIED, &relation.bind(tag.as_str().as_bytes()), &self.encode(), random);
        Some(encode_base64url(sealed))
    }

    /// Reads an answer that its browser carried, for the sign-in `tag`.
    #[must_use]
    pub fn open_carried(value: &str, tag: &Tag, keys: &KeyRing, relation: LoginBinding<'_>) -> Option<Self> {
        let sealed = decode_base64url(value)?;
        let plain = Zeroizing::new(keys.open(CARRIED, &relation.bind(tag.as_str().as_bytes()), &sealed).ok()?);
        Self::decode(&plain)
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut plain = Zeroizing::new(self.at.micros().to_be_bytes().to_vec());
        for secret in [&self.code, &self.id_token] {
            let text = secret.as_ref().map_or("", Secret::expose);
            plain.extend_from_slice(&(text.len() as u64).to_be_bytes());
            plain.extend_from_slice(text.as_bytes());
        }
        plain
    }

    /// Reads a parked answer.
    pub fn open(
        sealed: &[u8],
        receipt: &ResponseTicket,
        state: &State,
        relation: LoginBinding<'_>,
    ) -> Result<Self, OpenError> {
        let plain = Zeroizing::new(receipt.key(state).open(PARKED, &relation.bind(receipt.slot().bytes()), sealed)?);
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
    /// Reads the answer cookie, for something that was parked in `lot`.
    #[must_use]
    pub fn parse(text: &str, lot: PendingKind) -> Option<Self> {
        Some(Self { bytes: Zeroizing::new(decode_base64url(text)?.try_into().ok()?), lot })
    }

    /// The answer cookie: 43 characters of base64url.
    #[must_use]
    pub fn text(&self) -> String {
        encode_base64url(self.bytes.as_slice())
    }

    /// Where the answer is parked.
    #[must_use]
    pub fn slot(&self) -> PendingKey {
        PendingKey::new(self.lot, sha256(self.bytes.as_slice()))
    }

    fn key(&self, state: &State) -> Key {
        state.key().subkey(PARKED, &[self.bytes.as_slice(), state.text().as_bytes()])
    }
}

impl fmt::Debug for ResponseTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseTicket(…)")
    }
}

const RECEIPT: Purpose = Purpose("answer receipt");
const PARKED: Purpose = Purpose("parked answer");
const CARRIED: Purpose = Purpose("carried answer");

/// Browsers keep cookies of at most 4,096 bytes, name included (RFC 6265 §6.1); sealed and encoded, this is 3.5 KB.
const LONGEST_CARRIED: usize = 2560;

#[cfg(test)]
mod tests {
    use super::{PendingResponse, ResponseTicket};
    use crate::{
        base::{KeyRing, Secret, SystemRandom, Timestamp},
        session::{LoginBinding, LoginRequest, LoginTransaction, PendingKind},
        web::ReturnTo,
    };

    #[test]
    fn an_answer_opens_only_with_its_receipt_and_state() {
        let relation = LoginBinding { origin: "https://a.example", provider: "idp", client_id: "client" };
        let keys = KeyRing::generate(&SystemRandom);
        let begin = || {
            let (asked, now) = (LoginRequest::default(), Timestamp::from_seconds(1));
            LoginTransaction::begin(&keys, relation, ReturnTo::parse("/", "/.auth"), asked, &SystemRandom, now)
        };
        let (one, two) = (begin(), begin());
        let arrival = PendingResponse {
            at: Timestamp::from_seconds(5),
            code: Some(Secret::new("code")),
            id_token: Some(Secret::new("token")),
        };
        let receipt = arrival.receipt(one.state(), relation);
        assert_eq!(receipt.text(), arrival.receipt(one.state(), relation).text(), "one answer, one slot");
        assert_ne!(receipt.text(), arrival.receipt(two.state(), relation).text());

        let sealed = arrival.seal(&receipt, one.state(), relation, &SystemRandom);
        let read_receipt = ResponseTicket::parse(&receipt.text(), PendingKind::Answers).expect("our receipt");
        let read = PendingResponse::open(&sealed, &read_receipt, one.state(), relation).expect("our answer");
        assert_eq!((read.at, read.code, read.id_token), (arrival.at, arrival.code.clone(), arrival.id_token.clone()));
        assert!(
            PendingResponse::open(&sealed, &arrival.receipt(two.state(), relation), one.state(), relation).is_err()
        );
        assert!(
            PendingResponse::open(&sealed, &receipt, two.state(), relation).is_err(),
            "another sign-in of this browser"
        );
        let elsewhere = LoginBinding { provider: "other", ..relation };
        assert!(PendingResponse::open(&sealed, &receipt, one.state(), elsewhere).is_err());

        let bare = PendingResponse { id_token: None, ..arrival };
        let receipt = bare.receipt(one.state(), relation);
        let sealed = bare.seal(&receipt, one.state(), relation, &SystemRandom);
        assert!(
            PendingResponse::open(&sealed, &receipt, one.state(), relation).expect("our answer").id_token.is_none()
        );
        assert_eq!(receipt.slot().lot(), PendingKind::Codes);
    }

    #[test]
    fn a_short_code_is_carried_and_opens_only_for_its_sign_in() {
        let relation = LoginBinding { origin: "https://a.example", provider: "idp", client_id: "client" };
        let keys = KeyRing::generate(&SystemRandom);
        let begin = || {
            LoginTransaction::begin(
                &keys,
                relation,
                ReturnTo::front("/.auth"),
                LoginRequest::default(),
                &SystemRandom,
                Timestamp::from_seconds(1),
            )
        };
        let (one, two) = (begin(), begin());
        let arrival = |length, id_token: Option<&str>| PendingResponse {
            at: Timestamp::from_seconds(5),
            code: Some(Secret::new("c".repeat(length))),
            id_token: id_token.map(Secret::new),
        };
        let carry = |arrival: PendingResponse| arrival.carried(one.state(), relation, &SystemRandom);
        assert!(carry(arrival(2561, None)).is_none(), "too long for a cookie");
        assert!(carry(arrival(1, Some("token"))).is_none(), "what was verified is parked");
        let value = carry(arrival(2560, None)).expect("short enough");
        assert!(value.len() < 3600, "{}", value.len());
        let tag = one.state().tag();
        let read = PendingResponse::open_carried(&value, &tag, &keys, relation).expect("our answer");
        assert_eq!((read.at, read.code), (Timestamp::from_seconds(5), arrival(2560, None).code));
        assert!(PendingResponse::open_carried(&value, &two.state().tag(), &keys, relation).is_none());
        let elsewhere = LoginBinding { provider: "other", ..relation };
        assert!(PendingResponse::open_carried(&value, &tag, &keys, elsewhere).is_none());
    }
}
