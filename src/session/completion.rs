//! The completion lock of a sign-in, and the outcome that it records.
//!
//! A code is redeemed once (RFC 6749 §4.1.2). Of all requests that present the response of one sign-in, one acquires the
//! lock and redeems the code; the others wait for its outcome.

use zeroize::Zeroizing;

use super::{
    id::SessionCookie,
    login_transaction::{LoginBinding, State},
    pending_response::ResponseTicket,
};
use crate::{
    base::{Purpose, Random, Timestamp, sha256},
    reason::ReasonCode,
};

/// The key of a completion lock: SHA-256 of the `state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CompletionKey([u8; 32]);

/// The state of a completion lock, as one caller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CompletionState {
    /// The caller holds the lock. No other caller gets this state.
    Acquired,
    /// Another caller holds the lock.
    InFlight,
    /// The sign-in is completed.
    Done {
        /// When it was completed.
        at: Timestamp,
        /// How it ended.
        outcome: Outcome,
    },
}

/// How a sign-in ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With a session.
    SignedIn(SealedCookie),
    /// With a refusal of this reason code.
    Refused(ReasonCode),
}

/// A session cookie that only the browser with the ticket of the redeemed response can open.
///
/// The login cookie is not sufficient: an attacker can plant one with a script on the host, and then knows every value that
/// is derived from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SealedCookie {
    ticket: [u8; 32],
    sealed: Box<[u8]>,
}

impl CompletionKey {
    /// The key of the lock for the sign-in of `state`.
    #[must_use]
    pub(crate) fn of(state: &State) -> Self {
        Self(sha256(state.text().as_bytes()))
    }
}

impl SealedCookie {
    /// Seals `cookie` for the holder of `ticket`, the ticket of the response to `state`.
    #[must_use]
    pub(crate) fn seal(
        cookie: &SessionCookie,
        ticket: &ResponseTicket,
        (state, binding): (&State, LoginBinding<'_>),
        random: &dyn Random,
    ) -> Self {
        let hash = ticket.hash();
        let sealed = ticket.key(state).seal(SESSION_COOKIE, &binding.bind(&hash), cookie.bytes(), random);
        Self { ticket: hash, sealed: sealed.into() }
    }

    /// The cookie, for the ticket of the response that was redeemed; `None` for every other ticket.
    #[must_use]
    pub(crate) fn open(
        &self,
        ticket: &ResponseTicket,
        state: &State,
        binding: LoginBinding<'_>,
    ) -> Option<SessionCookie> {
        let hash = ticket.hash();
        if self.ticket != hash {
            return None;
        }
        let plain = Zeroizing::new(ticket.key(state).open(SESSION_COOKIE, &binding.bind(&hash), &self.sealed).ok()?);
        Some(SessionCookie::from_bytes(plain.as_slice().try_into().ok()?))
    }
}

const SESSION_COOKIE: Purpose = Purpose("session cookie of a completed sign-in");

#[cfg(test)]
mod tests {
    use super::SealedCookie;
    use crate::{
        base::{KeyRing, Secret, SystemRandom, Timestamp},
        session::{LoginBinding, LoginRequest, LoginTransaction, PendingResponse, SessionCookie, State},
        web::ReturnTo,
    };

    #[test]
    fn a_sealed_cookie_opens_only_for_the_redeemed_response() {
        let binding = LoginBinding { origin: "https://a.example", provider: "idp", client_id: "client" };
        let (keys, now) = (KeyRing::generate(&SystemRandom), Timestamp::from_seconds(1));
        let begin = || {
            let parts = (ReturnTo::parse("/", "/.auth"), LoginRequest::default());
            LoginTransaction::begin(State::issue(&keys, binding, &SystemRandom, now), parts.0, parts.1, &SystemRandom)
        };
        let (one, two) = (begin(), begin());
        let response = |code: &str| PendingResponse { at: now, code: Some(Secret::new(code)), id_token: None };
        let ticket = response("code").ticket(one.state(), binding);
        let cookie = SessionCookie::generate(&SystemRandom);
        let sealed = SealedCookie::seal(&cookie, &ticket, (one.state(), binding), &SystemRandom);

        let opened = sealed.open(&ticket, one.state(), binding).expect("the redeemed response");
        assert_eq!(opened.text(), cookie.text());
        let elsewhere = LoginBinding { origin: "https://b.example", ..binding };
        assert!(sealed.open(&response("other").ticket(one.state(), binding), one.state(), binding).is_none());
        assert!(sealed.open(&response("code").ticket(two.state(), binding), two.state(), binding).is_none());
        assert!(sealed.open(&ticket, two.state(), binding).is_none());
        assert!(sealed.open(&ticket, one.state(), elsewhere).is_none());
        assert!(!sealed.sealed.windows(32).any(|part| part == cookie.bytes()));
    }
}
