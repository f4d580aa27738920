//! The languages of the gateway's pages, and their negotiation.
//!
//! RFC 9110 §12.5.4: `Accept-Language` is a list of ranges, each with a weight. A range matches every tag that it is a
//! prefix of (RFC 4647 §3.3.1).

use http::HeaderValue;

/// A language in which all pages of the gateway are available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `en`, also the fallback.
    English,
    /// `de`.
    German,
    /// `ja`.
    Japanese,
    /// `fr`.
    French,
}

impl Language {
    /// All languages.
    pub(crate) const ALL: [Self; 4] = [Self::English, Self::German, Self::Japanese, Self::French];

    /// The preferred language of an `Accept-Language` field; English if the field accepts none of the available languages,
    /// because a page in another language is more useful than status 406.
    #[must_use]
    pub(crate) fn preferred(accepted: Option<&HeaderValue>) -> Self {
        let ranges = parse_ranges(accepted.and_then(|value| value.to_str().ok()).unwrap_or_default());
        let candidate = |language: Self| Some((language.matching_range(&ranges)?, language));
        let candidates = Self::ALL.into_iter().filter_map(candidate).filter(|(range, _)| range.weight > 0);
        // Among equal weights, the first range of the field wins; among languages that match only `*`, the first of `ALL`.
        let best = candidates.reduce(|best, other| if other.0.is_before(best.0) { other } else { best });
        best.map_or(Self::English, |(_, language)| language)
    }

    /// The language tag (RFC 5646).
    #[must_use]
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Japanese => "ja",
            Self::French => "fr",
        }
    }

    /// The range that applies to this language: the range equal to its tag, or else the preferred one of the more specific
    /// ranges (`de-AT` accepts `de`), or else `*`.
    fn matching_range<'r>(self, ranges: &'r [Range<'r>]) -> Option<&'r Range<'r>> {
        let exact = || ranges.iter().find(|range| range.text.eq_ignore_ascii_case(self.tag()));
        let specific = || {
            let specific = ranges.iter().filter(|range| range.primary().eq_ignore_ascii_case(self.tag()));
            specific.reduce(|best, other| if other.is_before(best) { other } else { best })
        };
        exact().or_else(specific).or_else(|| ranges.iter().find(|range| range.text == "*"))
    }
}

/// One element of an `Accept-Language` field.
struct Range<'a> {
    text: &'a str,
    /// In thousandths.
    weight: u16,
    position: usize,
}

impl Range<'_> {
    fn primary(&self) -> &str {
        self.text.split('-').next().unwrap_or_default()
    }

    fn is_before(&self, other: &Self) -> bool {
        (other.weight, self.position) < (self.weight, other.position)
    }
}

/// The ranges of `text`. Malformed elements are skipped.
fn parse_ranges(text: &str) -> Vec<Range<'_>> {
    let elements = text.split(',').take(MAX_RANGES).enumerate();
    elements
        .filter_map(|(position, element)| {
            let (text, weight) =
                element.split_once(';').map_or((element, Some(1000)), |(text, rest)| (text, weight(rest)));
            Some(Range { text: text.trim(), weight: weight?, position })
        })
        .collect()
}

/// `q=0.8` in thousandths (RFC 9110 §12.4.2: at most three decimal places, at most 1).
fn weight(parameter: &str) -> Option<u16> {
    let value = parameter.trim().strip_prefix(['q', 'Q'])?.strip_prefix('=')?;
    let (integer, decimals) = value.split_once('.').unwrap_or((value, ""));
    let is_valid =
        matches!(integer, "0" | "1") && decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let weight = format!("{integer}{decimals:0<3}").parse().ok().filter(|_| is_valid)?;
    (weight <= 1000).then_some(weight)
}

/// More than any browser sends.
const MAX_RANGES: usize = 50;

#[cfg(test)]
mod tests {
    use super::Language::{self, English, French, German, Japanese};
    use http::HeaderValue;

    #[test]
    fn the_preferred_language_is_chosen() {
        for (accepted, language) in [
            ("", English),
            ("de", German),
            ("de-AT", German),
            ("DE-at", German),
            ("de-CH-1996, en;q=0.5", German),
            ("ja,en-US;q=0.9,en;q=0.8", Japanese),
            ("en-US,en;q=0.9,ja;q=0.8", English),
            ("fr-CA,fr;q=0.8,de;q=0.9", German),
            ("fr-CA , de ; q=0.9", French),
            ("es-ES,es;q=0.9,fr;q=0.2", French),
            ("es, zh;q=0.3", English),
            ("*", English),
            ("en;q=0, *", German),
            ("es, *;q=0.1", English),
            ("fr;q=0.5, *;q=0.8, en;q=0, de;q=0", Japanese),
            ("de;q=0", English),
            ("de;q=0, de-AT", English),
            ("de;q=0.5, fr;q=0.5", German),
            ("fr;q=0.5, de;q=0.5", French),
            ("de;q=0.123, fr;q=0.124", French),
            ("de;q=1.000, fr;q=0.999", German),
            ("de;q=1.001, fr;q=0.1", French),
            ("de;q=2, fr;q=0.1", French),
            ("de;q=0.1234, fr;q=0.1", French),
            ("de;q=x, fr;q=0.1", French),
            ("de;level=1, fr;q=0.1", French),
            ("deutsch, fr;q=0.1", French),
            ("den, jav, fra", English),
            (",,;,de,", German),
            ("-", English),
        ] {
            let accepted = HeaderValue::from_static(accepted);
            assert_eq!(Language::preferred(Some(&accepted)), language, "{accepted:?}");
        }
        assert_eq!(Language::preferred(None), English);
        assert_eq!(Language::preferred(HeaderValue::from_bytes(b"de\xff").ok().as_ref()), English);
    }
}
