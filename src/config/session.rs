//! `[session]`: how sessions are stored, and for how long.

use std::{collections::BTreeSet, ops::RangeInclusive, time::Duration};

use super::{
    duration,
    section::{EMPTY_ARRAY, Section, quoted},
    source::Value,
    suggestion,
};
use crate::{base::KeyRing, session::SessionSettings};

pub(super) const KEYS: &[&str] = &[
    "store",
    "capacity",
    "idle",
    "lifetime",
    "secret",
    "refresh_wait",
    "kept_forms_per_client",
    "responses_per_client",
    "refused_codes_per_client",
    "redemptions",
];

/// Reads `[session]`.
pub(super) fn read(section: &Section<'_>) -> SessionSettings {
    check_store(section);
    let (idle, lifetime) = durations(section);
    let default = SessionSettings::default();
    let refresh_wait = section.duration("refresh_wait", REFRESH_WAIT);
    SessionSettings {
        capacity: section.integer("capacity", 1..=MAX_CAPACITY).unwrap_or(default.capacity),
        idle,
        lifetime,
        keys: keys(section),
        kept_forms_per_client: count(section, "kept_forms_per_client").unwrap_or(default.kept_forms_per_client),
        responses_per_client: count(section, "responses_per_client").unwrap_or(default.responses_per_client),
        refused_codes_per_client: count(section, "refused_codes_per_client")
            .unwrap_or(default.refused_codes_per_client),
        redemptions: count(section, "redemptions").unwrap_or(default.redemptions),
        refresh_wait: refresh_wait.map_or(default.refresh_wait, |written| written.value),
    }
}

fn count<T: TryFrom<u64>>(section: &Section<'_>, key: &str) -> Option<T> {
    section.integer(key, COUNTS).and_then(|number| T::try_from(number).ok())
}

fn check_store(section: &Section<'_>) {
    let Some(node) = section.node("store") else { return };
    let reader = section.reader;
    let (message, help) = if let Value::Table(_) = &node.value {
        // The URL of a store may contain a password.
        reader.hide(node);
        ("this store is not supported yet".to_owned(), STORE_HELP.to_owned())
    } else {
        let Some(store) = section.string("store") else { return };
        let value = quoted(store.value);
        match store.value {
            "memory" => return,
            "disk" | "redis" => (format!("store {value} is not supported yet"), STORE_HELP.to_owned()),
            other => (format!("unknown store {value}"), suggestion::help(other, &["memory"], STORE_HELP)),
        }
    };
    reader.error(&section.span("store"), message, help);
}

/// The idle timeout and the lifetime.
fn durations(section: &Section<'_>) -> (Duration, Duration) {
    let lifetime = section.duration("lifetime", MIN_DURATION..=MAX_DURATION);
    let idle = section.duration("idle", MIN_DURATION..=MAX_DURATION);
    let default = SessionSettings::default();
    let lifetime = lifetime.map_or(default.lifetime, |lifetime| lifetime.value);
    if let Some(idle) = &idle
        && idle.value > lifetime
    {
        let help = format!("write at most \"{}\", or raise session.lifetime", duration::display(lifetime));
        section.reader.error(&idle.span, "longer than session.lifetime", help);
    }
    // A lifetime shorter than the default idle timeout shortens the default.
    (idle.map_or(default.idle.min(lifetime), |idle| idle.value), lifetime)
}

/// The first secret encrypts; all of them decrypt, so that a secret can be rotated while sign-ins are in progress.
fn keys(section: &Section<'_>) -> Option<KeyRing> {
    if let Some(Value::Array(items)) = section.node("secret").map(|node| &node.value)
        && items.is_empty()
    {
        section.reader.error(&section.span("secret"), EMPTY_ARRAY, "add a secret, or remove the key");
    }
    let secrets = section.secrets("secret");
    for secret in &secrets {
        let bytes = secret.value.expose().as_bytes();
        if bytes.len() < SECRET_BYTES {
            let message = format!("the secret has fewer than {SECRET_BYTES} bytes");
            section.reader.error(&secret.span, message, NEW_SECRET);
        } else if bytes.iter().collect::<BTreeSet<_>>().len() < DISTINCT_BYTES {
            let message = format!("the secret has fewer than {DISTINCT_BYTES} distinct bytes");
            section.reader.error(&secret.span, message, NEW_SECRET);
        }
    }
    let mut secrets = secrets.into_iter().map(|secret| secret.value);
    let current = secrets.next()?;
    Some(KeyRing::new(&current, &secrets.collect::<Vec<_>>()))
}

const MAX_CAPACITY: u64 = 100_000_000;
const COUNTS: RangeInclusive<u64> = 1..=100_000;
const REFRESH_WAIT: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(60);
const MIN_DURATION: Duration = Duration::from_secs(60);
const MAX_DURATION: Duration = Duration::from_secs(90 * 24 * 60 * 60);
const SECRET_BYTES: usize = 32;
/// 32 random bytes in hexadecimal have fewer distinct digits with negligible probability.
const DISTINCT_BYTES: usize = 8;
const NEW_SECRET: &str = "generate a new one: openssl rand -base64 32";
const STORE_HELP: &str = "write store = \"memory\"";
