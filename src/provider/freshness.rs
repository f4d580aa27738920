//! How long a document of the provider stays fresh.
//!
//! RFC 9111 §4.2.1: the lifetime is `max-age`, but at least five minutes (also for `no-store` and `no-cache`) and at
//! most one day. `Expires` and `Age` are ignored, because they depend on the provider's clock.

use std::time::Duration;

use crate::base::{Random, random_bytes};

/// How long a document with this `Cache-Control` field is fresh, counted from the request: between [`MIN_LIFETIME`] and
/// one day; one hour if the field has none of the known directives.
pub(super) fn freshness_lifetime(cache_control: Option<&str>) -> Duration {
    let Some(directives) = cache_control else { return DEFAULT_LIFETIME };
    let directive = |name: &str| {
        let mut all =
            directives.split(',').map(|directive| directive.trim().split_once('=').unwrap_or((directive.trim(), "")));
        all.find(|(candidate, _)| candidate.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().trim_matches('"'))
    };
    if directive("no-store").is_some() || directive("no-cache").is_some() {
        return MIN_LIFETIME;
    }
    let Some(age) = directive("max-age") else { return DEFAULT_LIFETIME };
    // An invalid value means stale (§4.2.1); a value too large to represent means the largest one (§1.2.2).
    let is_number = !age.is_empty() && age.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if is_number { age.parse().unwrap_or(u64::MAX) } else { 0 };
    Duration::from_secs(seconds).clamp(MIN_LIFETIME, MAX_LIFETIME)
}

/// The time from the request to the refresh of a document that is fresh for `lifetime`: three quarters of it, plus a
/// random part of at most one eighth, so that gateways started together do not refresh together.
pub(super) fn refresh_after(lifetime: Duration, random: &dyn Random) -> Duration {
    let [jitter] = random_bytes(random);
    lifetime * (3 * 256 * 2 + u32::from(jitter)) / (4 * 256 * 2)
}

const DEFAULT_LIFETIME: Duration = Duration::from_secs(3600);
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// No document is fetched more often than this because of its age.
pub(super) const MIN_LIFETIME: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{freshness_lifetime, refresh_after};
    use crate::base::{Random, SystemRandom};
    use proptest::prelude::proptest;

    // Covers: F15.
    #[test]
    fn cache_lifetimes_are_clamped() {
        for (cache_control, seconds) in [
            (None, 3600),
            (Some(""), 3600),
            (Some("public"), 3600),
            (Some("max-age=7200"), 7200),
            (Some("public, MAX-AGE = \"7200\" ,must-revalidate"), 7200),
            (Some("max-age=600, max-age=7200"), 600),
            (Some("max-age=0"), 300),
            (Some("max-age=299"), 300),
            (Some("max-age=315360000"), 86400),
            (Some("max-age=99999999999999999999999999"), 86400),
            (Some("max-age=-1"), 300),
            (Some("max-age=1h"), 300),
            (Some("max-age="), 300),
            (Some("max-age"), 300),
            (Some("s-maxage=7"), 3600),
            (Some("no-store"), 300),
            (Some("no-store, max-age=7200"), 300),
            (Some("max-age=7200, No-Cache"), 300),
            (Some("no-cache=\"set-cookie\", max-age=7200"), 300),
        ] {
            assert_eq!(freshness_lifetime(cache_control).as_secs(), seconds, "{cache_control:?}");
        }
    }

    // Covers: F15.
    #[test]
    fn a_document_is_refreshed_early_with_jitter() {
        struct Always(u8);
        impl Random for Always {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(self.0);
            }
        }
        let hour = Duration::from_secs(3600);
        assert_eq!(refresh_after(hour, &Always(0)), Duration::from_secs(2700));
        assert!((3140..3150).contains(&refresh_after(hour, &Always(255)).as_secs()));
        assert!(
            (0..100).map(|_| refresh_after(hour, &SystemRandom)).collect::<std::collections::HashSet<_>>().len() > 1
        );
    }

    proptest! {
        // Covers: F15.
        #[test]
        fn every_lifetime_is_within_the_bounds(text in "([a-z-]{0,8}[=,\" 0-9]{0,9}){0,5}") {
            assert!((300..=86400).contains(&freshness_lifetime(Some(&text)).as_secs()));
        }
    }
}
