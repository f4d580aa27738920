//! Identifiers of requests.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use http::HeaderValue;

use crate::base::{Random, random_bytes};

/// The identifier of a request: 16 hexadecimal digits that are random for each worker, then 8 that count the requests of
/// the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestId {
    worker: u64,
    number: u64,
}

/// Generates the request identifiers of one worker.
#[derive(Debug)]
pub(crate) struct RequestIds {
    worker: u64,
    next: AtomicU64,
}

impl RequestIds {
    /// A generator with a random worker part.
    #[must_use]
    pub(crate) fn new(random: &dyn Random) -> Self {
        Self { worker: u64::from_be_bytes(random_bytes(random)), next: AtomicU64::new(1) }
    }

    /// The next identifier. It repeats after 2³² requests of a worker.
    pub(crate) fn next(&self) -> RequestId {
        RequestId { worker: self.worker, number: self.next.fetch_add(1, Ordering::Relaxed) }
    }
}

impl RequestId {
    /// The identifier as a header value.
    #[must_use]
    pub(crate) fn header(self) -> HeaderValue {
        let text = self.text();
        HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("-"))
    }

    /// The identifier as 24 hexadecimal digits in ASCII.
    #[must_use]
    pub(crate) fn text(self) -> [u8; 24] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'0'; 24];
        let bytes = self.worker.to_be_bytes().into_iter().chain(self.number.to_be_bytes().into_iter().skip(4));
        for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        text
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::RequestIds;
    use crate::base::SystemRandom;

    #[test]
    fn identifiers_are_unique() {
        let ids = RequestIds::new(&SystemRandom);
        let (one, two) = (ids.next().to_string(), ids.next().to_string());
        assert_ne!(one, two);
        assert_eq!((one.len(), &one[..16]), (24, &two[..16]));
        assert_eq!(ids.next().header().len(), 24);
    }
}
