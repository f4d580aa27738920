//! The store keys of short-lived sealed values, each of which one browser may take.

/// The key of a pending value: its kind, and SHA-256 of the secret that its browser holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PendingKey {
    kind: PendingKind,
    hash: [u8; 32],
}

/// The kind of a pending value. Each kind has its own limits: a full kind does not affect the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PendingKind {
    /// Authorization responses whose `id_token` was verified.
    Responses,
    /// Authorization responses that have only a code, too long for a cookie. They are not verified: anyone who started a
    /// sign-in can invent one.
    Codes,
    /// Preserved POST requests.
    Posts,
}

impl PendingKey {
    /// The key of the value of `kind` whose secret has this SHA-256 hash.
    #[must_use]
    pub(crate) fn new(kind: PendingKind, hash: [u8; 32]) -> Self {
        Self { kind, hash }
    }

    /// The kind of the value.
    #[must_use]
    pub(crate) fn kind(&self) -> PendingKind {
        self.kind
    }

    /// The SHA-256 hash.
    #[must_use]
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.hash
    }
}
