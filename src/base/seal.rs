//! The keys of the gateway, and what is derived from them: MACs, subkeys, sealed values.
//!
//! The purpose of a value and its context (`parts`, such as provider and origin) are authenticated, each preceded by its
//! length, so that a value made for one purpose or context never opens for another. MACs and derivations are
//! HMAC-SHA-256 (RFC 2104) under a key extracted as in RFC 5869 §2.2. Sealing is AES-256-GCM with a random 96-bit nonce
//! and a separate key for each purpose.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest, hmac,
};

use super::{
    random::{Random, random_bytes},
    secret::Secret,
};

/// What a derived or sealed value is for. Two purposes never share a key.
#[derive(Clone, Copy, Debug)]
pub struct Purpose(pub &'static str);

/// Identifies a key of the ring without revealing anything about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyId([u8; 4]);

/// Why a sealed value cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The value was sealed with a key that this gateway does not have: by another instance, or before a restart or a key
    /// rotation.
    #[error("sealed with an unknown key")]
    UnknownKey,
    /// The value was made for another purpose or context, or was modified.
    #[error("damaged or made for another purpose")]
    Damaged,
}

/// The keys of this gateway: the current one seals, all of them open. Never empty.
#[derive(Clone, Debug)]
pub struct KeyRing {
    current: Key,
    previous: Vec<Key>,
}

impl KeyRing {
    /// A ring that seals with a key made from `current` and also opens values sealed with keys made from `previous`.
    #[must_use]
    pub fn new(current: &Secret, previous: &[Secret]) -> Self {
        Self {
            current: Key::from_secret(current.expose().as_bytes()),
            previous: previous.iter().map(|secret| Key::from_secret(secret.expose().as_bytes())).collect(),
        }
    }

    /// A ring of one random key, for a gateway whose sessions end with its process.
    #[must_use]
    pub(crate) fn generate(random: &dyn Random) -> Self {
        Self { current: Key::from_secret(&random_bytes::<32>(random)), previous: Vec::new() }
    }

    /// The key that seals new values.
    #[must_use]
    pub fn current(&self) -> &Key {
        &self.current
    }

    /// The key with this `id`.
    #[must_use]
    pub(crate) fn find(&self, id: KeyId) -> Option<&Key> {
        std::iter::once(&self.current).chain(&self.previous).find(|key| key.id == id)
    }

    /// Opens a value that [`Key::seal`] of any key of the ring made with equal `purpose` and `parts`.
    pub fn open(&self, purpose: Purpose, parts: &[&[u8]], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (id, _) = KeyId::split(sealed).ok_or(OpenError::Damaged)?;
        self.find(id).ok_or(OpenError::UnknownKey)?.open(purpose, parts, sealed)
    }
}

/// A key of the ring.
#[derive(Clone)]
pub struct Key {
    id: KeyId,
    root: hmac::Key,
}

impl Key {
    fn from_secret(secret: &[u8]) -> Self {
        let extracted = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, EXTRACT_SALT), secret);
        let root = hmac::Key::new(hmac::HMAC_SHA256, extracted.as_ref());
        let id_mac = hmac::sign(&root, b"key id");
        let mut id = [0; 4];
        id.copy_from_slice(&id_mac.as_ref()[..4]);
        Self { id: KeyId(id), root }
    }

    /// The identifier of this key.
    #[must_use]
    pub(crate) fn id(&self) -> KeyId {
        self.id
    }

    /// A MAC of `purpose` and `parts`: 32 bytes that only a holder of the key can compute.
    #[must_use]
    pub fn derive(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.root);
        for part in std::iter::once(purpose.0.as_bytes()).chain(parts.iter().copied()) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.sign().as_ref());
        bytes
    }

    /// A key derived from this one for `purpose` and `parts`.
    #[must_use]
    pub fn subkey(&self, purpose: Purpose, parts: &[&[u8]]) -> Self {
        Self::from_secret(&self.derive(purpose, parts))
    }

    /// Seals `plain`. The result is key id (4 bytes), nonce (12 bytes), ciphertext, tag (16 bytes).
    #[must_use]
    pub fn seal(&self, purpose: Purpose, parts: &[&[u8]], plain: &[u8], random: &dyn Random) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random_bytes(random);
        let mut ciphertext = plain.to_vec();
        let sealed = self.cipher(purpose).and_then(|cipher| {
            let aad = Aad::from(self.derive(purpose, parts));
            cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut ciphertext).ok()
        });
        // AES-256-GCM rejects only inputs of 64 GiB or more. A value without ciphertext and tag cannot be opened.
        if sealed.is_none() {
            ciphertext.clear();
        }
        [self.id.0.as_slice(), &nonce, &ciphertext].concat()
    }

    /// Opens a value that [`Key::seal`] of this key made with equal `purpose` and `parts`.
    pub fn open(&self, purpose: Purpose, parts: &[&[u8]], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (id, rest) = KeyId::split(sealed).ok_or(OpenError::Damaged)?;
        if id != self.id {
            return Err(OpenError::UnknownKey);
        }
        self.decrypt(purpose, parts, rest).ok_or(OpenError::Damaged)
    }

    fn decrypt(&self, purpose: Purpose, parts: &[&[u8]], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut buffer = ciphertext.to_vec();
        let aad = Aad::from(self.derive(purpose, parts));
        let plain = self.cipher(purpose)?.open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut buffer).ok()?;
        Some(plain.to_vec())
    }

    fn cipher(&self, purpose: Purpose) -> Option<LessSafeKey> {
        let key = self.derive(purpose, &[b"sealing key"]);
        UnboundKey::new(&AES_256_GCM, &key).ok().map(LessSafeKey::new)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

impl KeyId {
    /// Splits a value into the key id at its start and the rest; `None` if it is too short.
    #[must_use]
    pub(crate) fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        bytes.split_first_chunk().map(|(id, rest)| (Self(*id), rest))
    }

    /// The bytes of the identifier, as they stand at the start of a sealed value.
    #[must_use]
    pub(crate) fn bytes(self) -> [u8; 4] {
        self.0
    }
}

/// The SHA-256 hash of `bytes`.
#[must_use]
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

const EXTRACT_SALT: &[u8] = b"vestibule 1";

#[cfg(test)]
mod tests {
    use super::{KeyRing, OpenError, Purpose};
    use crate::base::{Secret, SystemRandom};
    use proptest::prelude::{any, proptest};

    const A: Purpose = Purpose("a");
    const B: Purpose = Purpose("b");

    fn ring(secret: &str) -> KeyRing {
        KeyRing::new(&Secret::new(secret), &[])
    }

    // Covers: CVE-E4, CVE-E6.
    #[test]
    fn sealed_values_open_only_for_purpose_parts_and_secret() {
        let ring_1 = ring("one");
        let sealed = ring_1.current().seal(A, &[b"x", b"yz"], b"plain", &SystemRandom);
        assert_eq!(ring_1.open(A, &[b"x", b"yz"], &sealed), Ok(b"plain".to_vec()));
        for (purpose, parts) in [(B, [b"x".as_slice(), b"yz"]), (A, [b"xy", b"z"]), (A, [b"x", b""])] {
            assert_eq!(ring_1.open(purpose, &parts, &sealed), Err(OpenError::Damaged));
        }
        assert_eq!(ring("two").open(A, &[b"x", b"yz"], &sealed), Err(OpenError::UnknownKey));
        assert_eq!(ring_1.open(A, &[], b"abc"), Err(OpenError::Damaged));
    }

    #[test]
    fn values_sealed_with_a_previous_secret_open() {
        let sealed = ring("old").current().seal(A, &[], b"plain", &SystemRandom);
        let rotated = KeyRing::new(&Secret::new("new"), &[Secret::new("old")]);
        assert_eq!(rotated.open(A, &[], &sealed), Ok(b"plain".to_vec()));
        assert_ne!(rotated.current().id(), ring("old").current().id());
    }

    // Covers: CVE-E14.
    #[test]
    fn sealing_twice_gives_different_bytes() {
        let ring = ring("one");
        let seal = || ring.current().seal(A, &[], b"plain", &SystemRandom);
        let all: std::collections::HashSet<_> = (0..10_000).map(|_| seal()).collect();
        assert_eq!(all.len(), 10_000);
    }

    proptest! {
        // Covers: CVE-E13.
        #[test]
        fn a_changed_byte_is_detected(plain in any::<Vec<u8>>(), at in any::<proptest::sample::Index>(), flip in 1_u8..) {
            let ring = ring("one");
            let mut sealed = ring.current().seal(A, &[b"x"], &plain, &SystemRandom);
            let at = at.index(sealed.len());
            sealed[at] ^= flip;
            // The error does not depend on the position of the change, except for the key id, which is not secret.
            let error = if at < 4 { OpenError::UnknownKey } else { OpenError::Damaged };
            assert_eq!(ring.open(A, &[b"x"], &sealed), Err(error));
        }
    }
}
