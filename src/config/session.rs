//! `[session]`: where sessions are kept, and for how long.

use std::{collections::BTreeSet, time::Duration};

use super::{
    section::{Section, short},
    source::Value,
    spelling,
};
use crate::{base::KeyRing, session::SessionSettings};

pub(super) const KEYS: &[&str] = &["store", "capacity", "idle", "lifetime", "secret"];

/// Reads `[session]`.
pub(super) fn read(section: &Section<'_>) -> SessionSettings {
    check_store(section);
    let (idle, lifetime) = spans(section);
    SessionSettings {
        capacity: section.count("capacity", 1..=MOST_SESSIONS).unwrap_or(CAPACITY),
        idle,
        lifetime,
        keys: keys(section),
    }
}

fn check_store(section: &Section<'_>) {
    let Some(node) = section.node("store") else { return };
    let (wrong, mend) = match &node.value {
        Value::Text(store) if store == "memory" => return,
        Value::Text(store) if ["disk", "redis"].contains(&store.as_str()) => (NOT_YET, "write store = \"memory\""),
        Value::Text(store) if spelling::meant(store, &["memory"]).is_some() => {
            ("is no store", "did you mean \"memory\"?")
        }
        Value::Table(_) => {
            // The address of a store may hold a password.
            section.reader.hide(node);
            (NOT_YET, "write store = \"memory\"")
        }
        _ => ("is no store", "write store = \"memory\""),
    };
    section.reader.wrong(&section.spot("store"), wrong, mend);
}

fn spans(section: &Section<'_>) -> (Duration, Duration) {
    let lifetime = section.duration("lifetime", LEAST_SPAN..=MOST_SPAN);
    let idle = section.duration("idle", LEAST_SPAN..=MOST_SPAN);
    let whole = lifetime.as_ref().map_or(LIFETIME, |lifetime| lifetime.value);
    if let Some(idle) = &idle
        && idle.value > whole
    {
        let mend = format!("make it at most \"{}\", or lengthen session.lifetime", short(whole));
        section.reader.wrong(&idle.spot, "is longer than session.lifetime", mend);
    }
    // A lifetime shorter than the default idle time needs no second line in the file.
    (idle.map_or(IDLE.min(whole), |idle| idle.value), whole)
}

/// The first secret seals; all of them open, so that one can be exchanged without ending what is under way.
fn keys(section: &Section<'_>) -> Option<KeyRing> {
    if let Some(Value::List(items)) = section.node("secret").map(|node| &node.value)
        && items.is_empty()
    {
        section.reader.wrong(&section.spot("secret"), "is an empty list", "name a secret, or leave the key out");
    }
    let secrets = section.secrets("secret");
    for short in secrets.iter().filter(|secret| secret.value.expose().len() < SECRET_BYTES) {
        let wrong = format!("leads to a secret of fewer than {SECRET_BYTES} bytes");
        section.reader.wrong(&short.spot, wrong, NEW_SECRET);
    }
    for plain in secrets.iter().filter(|secret| secret.value.expose().len() >= SECRET_BYTES) {
        let different: BTreeSet<_> = plain.value.expose().bytes().collect();
        if different.len() < DIFFERENT_BYTES {
            section.reader.wrong(&plain.spot, "leads to a secret of which hardly any two bytes differ", NEW_SECRET);
        }
    }
    let mut secrets = secrets.into_iter().map(|secret| secret.value);
    let current = secrets.next()?;
    Some(KeyRing::new(&current, &secrets.collect::<Vec<_>>()))
}

const CAPACITY: u64 = 100_000;
const MOST_SESSIONS: u64 = 100_000_000;
const IDLE: Duration = Duration::from_secs(60 * 60);
const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
const LEAST_SPAN: Duration = Duration::from_secs(60);
const MOST_SPAN: Duration = Duration::from_secs(90 * 24 * 60 * 60);
const SECRET_BYTES: usize = 32;
/// Of 32 random bytes, written as hexadecimal digits, practically none have fewer different ones.
const DIFFERENT_BYTES: usize = 8;
const NEW_SECRET: &str = "make a new one: openssl rand -base64 32";
const NOT_YET: &str = "is a store that is not there yet";
