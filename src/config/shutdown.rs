//! `[shutdown]`: how the gateway stops.

use std::{ops::RangeInclusive, time::Duration};

use super::{duration, section::Section};
use crate::server::ShutdownSettings;

pub(super) const KEYS: &[&str] = &["delay", "idle", "drain"];

/// Reads `[shutdown]`.
pub(super) fn read(section: &Section<'_>) -> ShutdownSettings {
    let default = ShutdownSettings::default();
    let written = |key| section.duration(key, RANGE);
    let (delay, drain) = (written("delay"), written("drain"));
    let drain = drain.map_or(default.drain, |drain| drain.value);
    let idle = written("idle");
    if let Some(idle) = &idle
        && idle.value > drain
    {
        let help = format!("write at most \"{}\", or raise shutdown.drain", duration::display(drain));
        section.reader.error(&idle.span, "longer than shutdown.drain", help);
    }
    ShutdownSettings {
        delay: delay.map_or(default.delay, |delay| delay.value),
        idle: idle.map_or(default.idle.min(drain), |idle| idle.value),
        drain,
    }
}

const RANGE: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(60 * 60);
