//! Random bytes, as a dependency that tests can replace.

/// A source of random bytes that are unpredictable, except in tests.
pub trait Random: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The cryptographic random number generator of aws-lc.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the only place that draws random bytes")]
    fn fill(&self, bytes: &mut [u8]) {
        // A gateway without randomness must not continue: every secret would be predictable.
        assert!(aws_lc_rs::rand::fill(bytes).is_ok(), "the operating system provides no random bytes");
    }
}

/// `N` bytes drawn from `random`.
pub(crate) fn random_bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}
