//! Dates and times as text (RFC 3339 §5.6).

use std::fmt;

/// A moment as `2026-11-27T18:09:29.123Z`: UTC, with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rfc3339([u8; 24]);

impl Rfc3339 {
    /// The text for `micros` microseconds after the Unix epoch, rounded down to milliseconds. Moments after the year 9999
    /// become its last millisecond. Computed without allocation: the access log has such a text in every line.
    pub(super) fn new(micros: u64) -> Self {
        let millis = (micros / 1000).min(LAST_MILLISECOND);
        let (year, month, day) = civil_date(millis / MILLIS_PER_DAY);
        let time = millis % MILLIS_PER_DAY;
        let mut text = *b"0000-00-00T00:00:00.000Z";
        for (at, digits, number) in [
            (0, 4, year),
            (5, 2, month),
            (8, 2, day),
            (11, 2, time / 3_600_000),
            (14, 2, time / 60_000 % 60),
            (17, 2, time / 1000 % 60),
            (20, 3, time % 1000),
        ] {
            write_number(&mut text[at..at + digits], number);
        }
        Self(text)
    }

    /// The text in ASCII.
    #[must_use]
    pub(crate) fn as_bytes(&self) -> &[u8; 24] {
        &self.0
    }
}

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or("-"))
    }
}

/// Year, month and day of the day that begins `days` days after the Unix epoch, in the Gregorian calendar.
///
/// Computed as if years began on 1 March, so that the leap day is the last day of a year (the algorithm `civil_from_days`
/// of Howard Hinnant).
fn civil_date(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_FROM_YEAR_0;
    let (era, of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// Fills `digits` with the decimal digits of `number`.
fn write_number(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

const MILLIS_PER_DAY: u64 = 24 * 3_600_000;

/// 9999-12-31T23:59:59.999Z.
const LAST_MILLISECOND: u64 = 253_402_300_799_999;

/// From 0000-03-01 to 1970-01-01.
const DAYS_FROM_YEAR_0: u64 = 719_468;

/// The Gregorian calendar repeats every 400 years.
const DAYS_PER_ERA: u64 = 146_097;

#[cfg(test)]
mod tests {
    use super::{LAST_MILLISECOND, Rfc3339};
    use proptest::prelude::proptest;

    #[test]
    fn a_moment_is_written_in_utc_with_milliseconds() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_500_999, "1970-01-01T00:00:01.500Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (1_795_802_969_123_456, "2026-11-27T18:09:29.123Z"),
            (u64::MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Rfc3339::new(micros).to_string(), text);
        }
    }

    proptest! {
        // jiff's last timestamp is a few hours before the end of the year 9999.
        #[test]
        fn the_text_matches_jiff(millis in 0..=LAST_MILLISECOND - 2 * 86_400_000) {
            let moment = jiff::Timestamp::from_millisecond(i64::try_from(millis).expect("in range")).expect("in range");
            assert_eq!(Rfc3339::new(millis * 1000).to_string(), format!("{moment:.3}"));
        }
    }
}
