//! Durations in the configuration: a number and a unit, such as `"90s"`, `"15m"` or `"12h"`.

use std::time::Duration;

/// Parses a duration. Zero is accepted; the caller checks the range.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
    Some(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(*millis)?))
}

/// `duration` in the syntax that [`parse`] accepts, in the largest unit that divides it.
pub(super) fn display(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if duration.subsec_millis() != 0 {
        return format!("{}ms", duration.as_millis());
    }
    let unit = UNITS.iter().find(|(_, millis)| seconds != 0 && (seconds * 1000).is_multiple_of(*millis));
    unit.map_or_else(|| "0s".to_owned(), |(name, millis)| format!("{}{name}", seconds * 1000 / millis))
}

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{display, parse};

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        for (text, millis) in [
            ("250ms", Some(250)),
            ("90s", Some(90_000)),
            ("15m", Some(900_000)),
            ("12h", Some(43_200_000)),
            ("7d", Some(604_800_000)),
            ("", None),
            ("90", None),
            ("s", None),
            ("1.5h", None),
            ("1h30m", None),
            ("-1s", None),
            ("1 h", None),
            ("99999999999999999999d", None),
            ("9999999999999999d", None),
        ] {
            assert_eq!(parse(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn durations_are_displayed_in_the_largest_unit() {
        for text in ["250ms", "90s", "15m", "25h", "7d", "0s"] {
            assert_eq!(parse(text).map(display).as_deref(), Some(text));
        }
    }
}
