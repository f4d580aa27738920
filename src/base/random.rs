//! Randomness as a value: who needs it is handed it.

/// Gives bytes that nobody can guess. Tests may bring a source that repeats.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The cryptographic generator of aws-lc.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one place that draws random bytes")]
    fn fill(&self, bytes: &mut [u8]) {
        // A gateway without randomness must not go on: every secret would be guessable.
        assert!(aws_lc_rs::rand::fill(bytes).is_ok(), "the operating system gives no random bytes");
    }
}

/// `N` fresh random bytes.
pub fn random_bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}
