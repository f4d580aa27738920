//! A provider's answer on its way from the POST that brought it to the browser that asked for it.
//!
//! The POST comes without cookies, so the answer is verified and parked; its receipt goes to the browser as a cookie and
//! comes back with the login cookie. The same answer always has the same receipt, hence one slot. A store sees the hash
//! of the receipt and a value sealed with a key that needs it.

use std::fmt;

use zeroize::Zeroizing;

use super::{
    attempt::{Relation, State},
    store::ParkingSlot,
};
use crate::base::{Key, OpenError, Purpose, Random, Secret, Timestamp, decode_base64url, encode_base64url, sha256};

/// A granted answer, verified as far as the front channel goes.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When it came: the moment at which its `id_token` was verified.
    pub at: Timestamp,
    /// The authorization code.
    pub code: Option<Secret>,
    /// The `id_token` of the front channel.
    pub id_token: Option<Secret>,
}

/// Proves that a browser received the answer with this state.
#[derive(Clone)]
pub struct Receipt(Zeroizing<[u8; 32]>);

impl Arrival {
    /// The receipt of this answer to `state`.
    #[must_use]
    pub fn receipt(&self, state: &State, relation: Relation<'_>) -> Receipt {
        let text = |secret: &Option<Secret>| {
            secret.as_ref().map(|secret| secret.expose().as_bytes().to_vec()).unwrap_or_default()
        };
        let parts = [relation.provider.as_bytes(), state.text().as_bytes(), &text(&self.code), &text(&self.id_token)];
        Receipt(Zeroizing::new(state.key().derive(RECEIPT, &parts)))
    }

    /// The answer as it is parked.
    #[must_use]
    pub fn seal(&self, receipt: &Receipt, state: &State, relation: Relation<'_>, random: &dyn Random) -> Vec<u8> {
        let mut plain = Zeroizing::new(self.at.micros().to_be_bytes().to_vec());
        for secret in [&self.code, &self.id_token] {
            let text = secret.as_ref().map_or("", Secret::expose);
            plain.extend_from_slice(&(text.len() as u64).to_be_bytes());
            plain.extend_from_slice(text.as_bytes());
        }
        receipt.key(state).seal(PARKED, &relation.bind(receipt.slot().bytes()), &plain, random)
    }

    /// Reads a parked answer.
    pub fn open(sealed: &[u8], receipt: &Receipt, state: &State, relation: Relation<'_>) -> Result<Self, OpenError> {
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

impl Receipt {
    /// Reads the answer cookie.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(Zeroizing::new(decode_base64url(text)?.try_into().ok()?)))
    }

    /// The answer cookie: 43 characters of base64url.
    #[must_use]
    pub fn text(&self) -> String {
        encode_base64url(self.0.as_slice())
    }

    /// Where the answer is parked.
    #[must_use]
    pub fn slot(&self) -> ParkingSlot {
        ParkingSlot::new(sha256(self.0.as_slice()))
    }

    fn key(&self, state: &State) -> Key {
        state.key().subkey(PARKED, &[self.0.as_slice(), state.text().as_bytes()])
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt(…)")
    }
}

const RECEIPT: Purpose = Purpose("answer receipt");
const PARKED: Purpose = Purpose("parked answer");

#[cfg(test)]
mod tests {
    use super::{Arrival, Receipt};
    use crate::{
        base::{KeyRing, Secret, SystemRandom, Timestamp},
        session::{Attempt, Relation, Round},
        web::ReturnTo,
    };

    #[test]
    fn an_answer_opens_only_with_its_receipt_and_state() {
        let relation = Relation { origin: "https://a.example", provider: "idp", client_id: "client" };
        let keys = KeyRing::generate(&SystemRandom);
        let begin = || {
            Attempt::begin(&keys, relation, ReturnTo::root(), Round::First, &SystemRandom, Timestamp::from_seconds(1))
        };
        let (one, two) = (begin(), begin());
        let arrival = Arrival {
            at: Timestamp::from_seconds(5),
            code: Some(Secret::new("code")),
            id_token: Some(Secret::new("token")),
        };
        let receipt = arrival.receipt(one.state(), relation);
        assert_eq!(receipt.text(), arrival.receipt(one.state(), relation).text(), "one answer, one slot");
        assert_ne!(receipt.text(), arrival.receipt(two.state(), relation).text());

        let sealed = arrival.seal(&receipt, one.state(), relation, &SystemRandom);
        let read_receipt = Receipt::parse(&receipt.text()).expect("our receipt");
        let read = Arrival::open(&sealed, &read_receipt, one.state(), relation).expect("our answer");
        assert_eq!((read.at, read.code, read.id_token), (arrival.at, arrival.code.clone(), arrival.id_token.clone()));
        assert!(Arrival::open(&sealed, &arrival.receipt(two.state(), relation), one.state(), relation).is_err());
        assert!(Arrival::open(&sealed, &receipt, two.state(), relation).is_err(), "another sign-in of this browser");
        let elsewhere = Relation { provider: "other", ..relation };
        assert!(Arrival::open(&sealed, &receipt, one.state(), elsewhere).is_err());

        let bare = Arrival { id_token: None, ..arrival };
        let receipt = bare.receipt(one.state(), relation);
        let sealed = bare.seal(&receipt, one.state(), relation, &SystemRandom);
        assert!(Arrival::open(&sealed, &receipt, one.state(), relation).expect("our answer").id_token.is_none());
    }
}
