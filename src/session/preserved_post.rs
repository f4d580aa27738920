//! A POST request without a live session, preserved until the person has signed in again.
//!
//! The store holds the request, sealed with a key that only a cookie of the browser has. No other browser can have the
//! request sent, and access to the store does not reveal it.

use std::fmt;

use bytes::Bytes;
use zeroize::Zeroizing;

use super::{
    login_transaction::Tag,
    pending::{PendingKey, PendingKind},
};
use crate::base::{KeyRing, Purpose, Random, Secret, decode_base64url, encode_base64url, random_bytes, sha256};

/// The part of a POST request that is sent again.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PreservedPost {
    /// The `Content-Type`.
    pub(crate) content_type: Box<str>,
    /// The `Referer`, which applications redirect to; empty when the request had none.
    pub(crate) referer: Box<str>,
    /// The body, byte for byte.
    pub(crate) body: Bytes,
}

/// What the browser holds of a preserved request: the key, and path and query of the request.
#[derive(Clone)]
pub(crate) struct PostTicket {
    key: Zeroizing<[u8; KEY]>,
    target: Box<str>,
}

impl PreservedPost {
    /// The request as the store holds it.
    #[must_use]
    pub(crate) fn seal(&self, ticket: &PostTicket, origin: &str, random: &dyn Random) -> Vec<u8> {
        let mut plain = Vec::with_capacity(self.body.len() + self.content_type.len() + self.referer.len() + 16);
        for text in [&self.content_type, &self.referer] {
            plain.extend_from_slice(&(text.len() as u64).to_be_bytes());
            plain.extend_from_slice(text.as_bytes());
        }
        plain.extend_from_slice(&self.body);
        ticket.keys().current().seal(POST, &ticket.parts(origin), &plain, random)
    }

    /// Opens a request that was stored.
    #[must_use]
    pub(crate) fn open(sealed: &[u8], ticket: &PostTicket, origin: &str) -> Option<Self> {
        let plain = ticket.keys().open(POST, &ticket.parts(origin), sealed).ok()?;
        let (content_type, rest) = text(&plain)?;
        let (referer, body) = text(rest)?;
        Some(Self { content_type, referer, body: Bytes::copy_from_slice(body) })
    }
}

fn text(bytes: &[u8]) -> Option<(Box<str>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let (text, rest) = rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
    Some((std::str::from_utf8(text).ok()?.into(), rest))
}

impl PostTicket {
    /// A new ticket for a request to `target`, path and query.
    #[must_use]
    pub(crate) fn issue(target: &str, random: &dyn Random) -> Self {
        Self { key: Zeroizing::new(random_bytes(random)), target: target.into() }
    }

    /// The cookie value.
    #[must_use]
    pub(crate) fn seal(&self, keys: &KeyRing, origin: &str, random: &dyn Random) -> String {
        let plain = Zeroizing::new([&self.key[..], self.target.as_bytes()].concat());
        let tag = self.tag();
        encode_base64url(keys.current().seal(TICKET, &[origin.as_bytes(), tag.as_str().as_bytes()], &plain, random))
    }

    /// Opens the cookie of `tag`; `None` if it was not sealed by this gateway for this origin and this tag.
    #[must_use]
    pub(crate) fn open(value: &str, tag: &Tag, keys: &KeyRing, origin: &str) -> Option<Self> {
        let sealed = decode_base64url(value)?;
        let parts = [origin.as_bytes(), tag.as_str().as_bytes()];
        let plain = Zeroizing::new(keys.open(TICKET, &parts, &sealed).ok()?);
        let (key, target) = plain.split_first_chunk::<KEY>()?;
        Some(Self { key: Zeroizing::new(*key), target: std::str::from_utf8(target).ok()?.into() })
    }

    /// The tag that distinguishes the tickets of one browser in cookie names and URLs.
    #[must_use]
    pub(crate) fn tag(&self) -> Tag {
        Tag::of(&encode_base64url(self.pending_key().bytes()))
    }

    /// The key of the request in the store.
    #[must_use]
    pub(crate) fn pending_key(&self) -> PendingKey {
        PendingKey::new(PendingKind::Posts, sha256(self.key.as_slice()))
    }

    /// Path and query of the request.
    #[must_use]
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// The key ring that only the holder of the ticket has.
    fn keys(&self) -> KeyRing {
        KeyRing::new(&Secret::new(encode_base64url(self.key.as_slice())), &[])
    }

    fn parts<'a>(&'a self, origin: &'a str) -> [&'a [u8]; 2] {
        [origin.as_bytes(), self.target.as_bytes()]
    }
}

/// Shows the length only: the content is confidential.
impl fmt::Debug for PreservedPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreservedPost").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for PostTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostTicket").field("tag", &self.tag()).finish_non_exhaustive()
    }
}

const KEY: usize = 32;
const TICKET: Purpose = Purpose("ticket of a kept form");
const POST: Purpose = Purpose("kept form");

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{PostTicket, PreservedPost};
    use crate::base::{KeyRing, SystemRandom};
    use proptest::prelude::{any, proptest};

    const HERE: &str = "https://a.example";

    fn post(body: &[u8]) -> PreservedPost {
        PreservedPost {
            content_type: "multipart/form-data; boundary=x".into(),
            referer: "".into(),
            body: Bytes::copy_from_slice(body),
        }
    }

    #[test]
    fn a_preserved_form_opens_only_with_its_ticket() {
        let (one, two) = (PostTicket::issue("/form?x=1", &SystemRandom), PostTicket::issue("/form?x=1", &SystemRandom));
        assert_ne!((one.pending_key(), one.tag()), (two.pending_key(), two.tag()));
        let sealed = post(b"a long letter").seal(&one, HERE, &SystemRandom);
        assert_eq!(PreservedPost::open(&sealed, &one, HERE), Some(post(b"a long letter")));
        assert_eq!(PreservedPost::open(&sealed, &two, HERE), None);
        assert_eq!(PreservedPost::open(&sealed, &one, "https://b.example"), None);
        assert!(!sealed.windows(6).any(|part| part == b"letter"));
        assert!(!format!("{:?} {one:?}", post(b"letter")).contains("letter"));
    }

    #[test]
    fn post_tickets_open_for_their_tag_origin_and_secret() {
        let keys = KeyRing::generate(&SystemRandom);
        let ticket = PostTicket::issue("/form?x=1", &SystemRandom);
        let (cookie, tag) = (ticket.seal(&keys, HERE, &SystemRandom), ticket.tag());
        let read = PostTicket::open(&cookie, &tag, &keys, HERE).expect("a valid cookie");
        assert_eq!((read.target(), read.pending_key()), ("/form?x=1", ticket.pending_key()));
        let other = PostTicket::issue("/form?x=1", &SystemRandom);
        assert!(PostTicket::open(&cookie, &other.tag(), &keys, HERE).is_none());
        assert!(PostTicket::open(&cookie, &tag, &keys, "https://b.example").is_none());
        assert!(PostTicket::open(&cookie, &tag, &KeyRing::generate(&SystemRandom), HERE).is_none());
    }

    proptest! {
        #[test]
        fn every_body_is_preserved_unchanged(body in any::<Vec<u8>>()) {
            let ticket = PostTicket::issue("/", &SystemRandom);
            let sealed = post(&body).seal(&ticket, HERE, &SystemRandom);
            assert_eq!(PreservedPost::open(&sealed, &ticket, HERE), Some(post(&body)));
        }
    }
}
