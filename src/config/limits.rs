//! `[limits]`: what clients may use of the gateway.

use std::{ops::RangeInclusive, time::Duration};

use super::section::Section;
use crate::{server::Limits, stream::StreamLimits};

pub(super) const KEYS: &[&str] = &[
    "connections",
    "connections_per_client",
    "requests_per_client",
    "streams_per_connection",
    "target_bytes",
    "header_bytes",
    "header_fields",
    "header_timeout",
    "idle_timeout",
    "handshake_timeout",
    "linger_timeout",
    "linger_bytes",
    "body_timeout",
    "send_timeout",
    "min_rate",
    "min_rate_after",
    "memory",
    "memory_per_client",
];

/// Reads `[limits]`.
pub(super) fn read(section: &Section<'_>) -> Limits {
    let default = Limits::default();
    let duration = |key, default| section.duration(key, TIMEOUT).map_or(default, |written| written.value);
    Limits {
        connections: integer(section, "connections", CONNECTIONS),
        connections_per_client: integer(section, "connections_per_client", CONNECTIONS),
        requests_per_client: integer(section, "requests_per_client", CONNECTIONS)
            .unwrap_or(default.requests_per_client),
        target_bytes: integer(section, "target_bytes", TARGET_BYTES).unwrap_or(default.target_bytes),
        header_bytes: integer(section, "header_bytes", HEADER_BYTES).unwrap_or(default.header_bytes),
        header_fields: integer(section, "header_fields", HEADER_FIELDS).unwrap_or(default.header_fields),
        header_timeout: duration("header_timeout", default.header_timeout),
        idle_timeout: duration("idle_timeout", default.idle_timeout),
        handshake_timeout: duration("handshake_timeout", default.handshake_timeout),
        streams_per_connection: integer(section, "streams_per_connection", STREAMS)
            .unwrap_or(default.streams_per_connection),
        linger_timeout: duration("linger_timeout", default.linger_timeout),
        linger_bytes: section.integer("linger_bytes", LINGER_BYTES).unwrap_or(default.linger_bytes),
    }
}

/// Reads the keys of `[limits]` about bodies under way.
pub(super) fn read_streams(section: &Section<'_>) -> StreamLimits {
    let default = StreamLimits::default();
    let duration = |key, default| section.duration(key, TIMEOUT).map_or(default, |written| written.value);
    StreamLimits {
        request_stall: duration("body_timeout", default.request_stall),
        response_stall: duration("send_timeout", default.response_stall),
        min_rate: section.integer("min_rate", MIN_RATE).unwrap_or(default.min_rate),
        min_rate_after: duration("min_rate_after", default.min_rate_after),
        memory: section.integer("memory", MEMORY),
        memory_per_client: section.integer("memory_per_client", MEMORY),
    }
}

fn integer<T: TryFrom<u64>>(section: &Section<'_>, key: &str, range: RangeInclusive<u64>) -> Option<T> {
    section.integer(key, range).and_then(|number| T::try_from(number).ok())
}

const CONNECTIONS: RangeInclusive<u64> = 10..=1_000_000;
const STREAMS: RangeInclusive<u64> = 1..=1000;
/// hyper refuses targets from 64 KiB.
const TARGET_BYTES: RangeInclusive<u64> = 1024..=32 * 1024;
/// hyper refuses a read buffer below 8 KiB.
const HEADER_BYTES: RangeInclusive<u64> = 8 * 1024..=1024 * 1024;
const HEADER_FIELDS: RangeInclusive<u64> = 20..=1000;
const TIMEOUT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60 * 60);
const LINGER_BYTES: RangeInclusive<u64> = 1..=1024 * 1024 * 1024 * 1024;
const MIN_RATE: RangeInclusive<u64> = 1..=1024 * 1024;
/// At least what one body holds.
const MEMORY: RangeInclusive<u64> = 128 * 1024..=1024 * 1024 * 1024 * 1024;
