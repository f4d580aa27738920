//! Durations in the configuration: `"90s"`, `"15m"`, `"1h30m"`, `"1h 30m"`.
//!
//! The syntax is jiff's "friendly" format. A day is 24 hours; weeks, months and years are refused.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo, SpanRound, Unit, fmt::friendly::SpanParser};

/// Why a text is not a duration of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DurationError {
    /// The text does not have the syntax, or its value exceeds what jiff can represent.
    Malformed,
    /// A unit is longer than a day. The length of months and years depends on the calendar.
    CalendarUnit,
    /// The duration is below zero.
    Negative,
}

/// Parses a duration. Zero is accepted; the caller checks the range.
pub(super) fn parse(text: &str) -> Result<Duration, DurationError> {
    let span = SpanParser::new().parse_span(text).map_err(|_| DurationError::Malformed)?;
    if span.get_years() != 0 || span.get_months() != 0 || span.get_weeks() != 0 {
        return Err(DurationError::CalendarUnit);
    }
    let signed = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| DurationError::Malformed)?;
    Duration::try_from(signed).map_err(|_| DurationError::Negative)
}

/// `duration` in the syntax that [`parse`] accepts, in the largest units: `1d 12h`.
pub(super) fn display(duration: Duration) -> String {
    let balanced =
        Span::try_from(duration).and_then(|span| span.round(SpanRound::new().largest(Unit::Day).days_are_24_hours()));
    balanced.map_or_else(|_| format!("{}s", duration.as_secs()), |span| format!("{span:#}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{DurationError, display, parse};

    #[test]
    fn durations_have_units_up_to_days() {
        use DurationError::{CalendarUnit, Malformed, Negative};
        for (text, millis) in [
            ("250ms", Ok(250)),
            ("90s", Ok(90_000)),
            ("15m", Ok(900_000)),
            ("12h", Ok(43_200_000)),
            ("7d", Ok(604_800_000)),
            ("0s", Ok(0)),
            ("7776000000ms", Ok(7_776_000_000)),
            ("1h30m", Ok(5_400_000)),
            ("1h 30m", Ok(5_400_000)),
            ("1 h", Ok(3_600_000)),
            ("1 hour, 30 minutes", Ok(5_400_000)),
            ("1d 2h 3m 4s 5ms", Ok(93_784_005)),
            ("1.5h", Ok(5_400_000)),
            ("-0s", Ok(0)),
            ("", Err(Malformed)),
            ("90", Err(Malformed)),
            ("s", Err(Malformed)),
            ("long", Err(Malformed)),
            ("30m1h", Err(Malformed)),
            ("1h 1h", Err(Malformed)),
            ("PT1H", Err(Malformed)),
            ("99999999999999999999d", Err(Malformed)),
            ("9999999999999999d", Err(Malformed)),
            ("1w", Err(CalendarUnit)),
            ("1mo", Err(CalendarUnit)),
            ("1y 2d", Err(CalendarUnit)),
            ("-1s", Err(Negative)),
            ("15m ago", Err(Negative)),
        ] {
            assert_eq!(parse(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn durations_are_displayed_in_the_largest_units() {
        for (text, displayed) in [
            ("250ms", "250ms"),
            ("90s", "1m 30s"),
            ("15m", "15m"),
            ("25h", "1d 1h"),
            ("7d", "7d"),
            ("2160h", "90d"),
            ("0s", "0s"),
        ] {
            let duration = parse(text).expect("a duration");
            assert_eq!((display(duration).as_str(), parse(displayed)), (displayed, Ok(duration)));
        }
    }
}
