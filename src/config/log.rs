//! `[log]`: the logs.

use std::ops::RangeInclusive;

use super::section::Section;
use crate::telemetry::LogSettings;

pub(super) const KEYS: &[&str] = &["buffer_bytes"];

/// Reads `[log]`.
pub(super) fn read(section: &Section<'_>) -> LogSettings {
    let written = section.integer("buffer_bytes", BUFFER_BYTES).and_then(|bytes| usize::try_from(bytes).ok());
    written.map_or_else(LogSettings::default, |buffer_bytes| LogSettings { buffer_bytes })
}

/// A buffer of the access log of a worker has 32 KiB.
const BUFFER_BYTES: RangeInclusive<u64> = 128 * 1024..=1024 * 1024 * 1024;
