//! The marks of logouts: a sign-in that began before a logout of its provider session creates no session after it.
//!
//! A logout removes the sessions that are stored. A sign-in under way is not stored: its authorization response may be held
//! back and be presented after the logout. So a logout also leaves a mark, which is compared with the start of every
//! sign-in that is completed later. A sign-in that begins after the logout is not affected. The issue time of its token is
//! not compared: in code flow the token is issued at the end of the sign-in.
//!
//! Anyone can send a front-channel logout with an invented `sid`, and no list of known identifiers exists: those of
//! sign-ins under way are unknown. The marks are therefore not a list but a Bloom filter whose bits are times. A mark
//! writes its time to four of [`SLOTS`] slots, which a keyed hash selects. A logout covers a sign-in if all four slots hold
//! a time that is not before its start. So the filter has a fixed size, no mark is ever dropped, for any number of invented
//! ones, and none has to expire: a sign-in is shorter than an hour.
//!
//! A sign-in that takes as long as `n` foreign marks need to arrive is covered by mistake with probability
//! (1 − e^(−4n ⁄ SLOTS))⁴: 2 in a million for 5,000, one in 2,000 for 20,000, 8 % for 100,000. It then begins again by
//! itself.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::{Mutex, PoisonError},
};

use super::{index::LogoutTarget, session::Session};
use crate::base::Timestamp;

/// The marks of logouts.
#[derive(Default)]
pub(super) struct LogoutMarks {
    /// The key of the hash is random, so that no client can choose the slots of an invented identifier.
    hasher: RandomState,
    /// Empty before the first mark, then [`SLOTS`] times in microseconds.
    slots: Mutex<Vec<u64>>,
}

/// What a logout ends.
#[derive(Hash)]
enum Ended<'a> {
    /// The sessions of one session of the provider; without an issuer, of any.
    ProviderSession { provider: &'a str, issuer: Option<&'a str>, session_id: &'a str },
    /// The sessions of one person, by `sub`.
    Person { provider: &'a str, issuer: &'a str, subject: Option<&'a str> },
}

impl LogoutMarks {
    /// Marks the provider session of `target` as ended at `now`.
    pub(super) fn add_target(&self, target: &LogoutTarget, now: Timestamp) {
        let LogoutTarget { provider, issuer, session_id } = target;
        self.add(&Ended::ProviderSession { provider, issuer: issuer.as_deref(), session_id }, now);
    }

    /// Marks the provider session of `session` as ended at `now`; without a `sid`, all of the person's sign-ins under way.
    pub(super) fn add_session(&self, session: &Session, now: Timestamp) {
        self.add(&provider_session(session).unwrap_or_else(|| person(session)), now);
    }

    /// Whether a logout at or after `began`, when the sign-in of `session` began, ended that session or its person's.
    pub(super) fn cover(&self, session: &Session, began: Timestamp) -> bool {
        let of_any_issuer = match provider_session(session) {
            Some(Ended::ProviderSession { provider, session_id, .. }) => {
                Some(Ended::ProviderSession { provider, issuer: None, session_id })
            }
            _ => None,
        };
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let is_ended = |ended: &Ended<'_>| {
            self.slots_of(ended).iter().all(|slot| slots.get(*slot).is_some_and(|at| *at >= began.micros()))
        };
        provider_session(session)
            .into_iter()
            .chain(of_any_issuer)
            .chain([person(session)])
            .any(|ended| is_ended(&ended))
    }

    fn add(&self, ended: &Ended<'_>, now: Timestamp) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.is_empty() {
            slots.resize(SLOTS, 0);
        }
        for slot in self.slots_of(ended) {
            if let Some(at) = slots.get_mut(slot) {
                *at = now.micros().max(*at);
            }
        }
    }

    fn slots_of(&self, ended: &Ended<'_>) -> [usize; 4] {
        [0_u8, 1, 2, 3].map(|number| {
            let hash = self.hasher.hash_one((number, ended));
            usize::try_from(hash % SLOTS as u64).unwrap_or_default()
        })
    }
}

fn provider_session(session: &Session) -> Option<Ended<'_>> {
    let session_id = session.provider_session_id()?;
    let issuer = Some(session.identity().issuer());
    Some(Ended::ProviderSession { provider: session.provider(), issuer, session_id })
}

fn person(session: &Session) -> Ended<'_> {
    let identity = session.identity();
    Ended::Person { provider: session.provider(), issuer: identity.issuer(), subject: identity.claims().text("sub") }
}

/// 4 MiB. It is allocated at the first logout.
const SLOTS: usize = 1 << 19;

#[cfg(test)]
mod tests {
    use super::LogoutMarks;
    use crate::{
        base::Timestamp,
        session::{LogoutTarget, Session},
    };

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn target(issuer: Option<&str>, session_id: &str) -> LogoutTarget {
        LogoutTarget { provider: "idp".into(), issuer: issuer.map(Into::into), session_id: session_id.into() }
    }

    #[test]
    fn a_logout_covers_sign_ins_that_began_before_it() {
        let session = Session::testing("idp", Some("sid"), "alice");
        for (issuer, session_id, is_covered) in [
            (Some(Session::ISSUER), "sid", true),
            (None, "sid", true),
            (Some("https://other.example"), "sid", false),
            (Some(Session::ISSUER), "other", false),
            (None, "", false),
        ] {
            let marks = LogoutMarks::default();
            assert!(!marks.cover(&session, at(0)));
            marks.add_target(&target(issuer, session_id), at(100));
            for (began, is_before) in [(at(99), true), (at(100), true), (at(101), false)] {
                assert_eq!(marks.cover(&session, began), is_covered && is_before, "{issuer:?} {session_id} {began:?}");
            }
            // A mark never goes back in time.
            marks.add_target(&target(issuer, session_id), at(50));
            assert_eq!(marks.cover(&session, at(99)), is_covered);
        }
    }

    #[test]
    fn a_sign_out_covers_the_provider_session_or_the_person() {
        let marks = LogoutMarks::default();
        marks.add_session(&Session::testing("idp", Some("sid"), "alice"), at(100));
        marks.add_session(&Session::testing("idp", None, "bob"), at(100));
        for (provider, session_id, subject, is_covered) in [
            ("idp", Some("sid"), "alice", true),
            ("idp", Some("other"), "alice", false),
            ("idp", None, "alice", false),
            ("second", Some("sid"), "alice", false),
            ("idp", None, "bob", true),
            ("idp", Some("sid of bob"), "bob", true),
            ("second", None, "bob", false),
        ] {
            let session = Session::testing(provider, session_id, subject);
            assert_eq!(marks.cover(&session, at(99)), is_covered, "{provider} {session_id:?} {subject}");
        }
    }

    #[test]
    fn a_flood_of_invented_logouts_drops_no_mark_and_covers_few_sign_ins() {
        let marks = LogoutMarks::default();
        marks.add_target(&target(None, "real"), at(1));
        for invented in 0..20_000 {
            marks.add_target(&target(None, &format!("invented {invented}")), at(2));
        }
        assert!(marks.cover(&Session::testing("idp", Some("real"), "alice"), at(1)), "the first mark");
        let covered = (0..2_000)
            .filter(|number| marks.cover(&Session::testing("idp", Some(&format!("sid {number}")), "bob"), at(1)))
            .count();
        assert!(covered < 20, "{covered} of 2,000 sign-ins that took as long as the whole flood");
        assert!(!marks.cover(&Session::testing("idp", Some("real"), "alice"), at(3)), "a sign-in after the flood");
    }
}
