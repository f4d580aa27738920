//! Parses a `Set-Cookie` line (RFC 6265bis, sections 5.5 and 5.6).

/// When a cookie is sent with cross-site requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// With top-level navigations by GET.
    Lax,
    /// Always.
    None,
    /// Never.
    Strict,
}

/// A parsed line, not yet checked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) domain: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) secure: bool,
    pub(crate) http_only: bool,
    pub(crate) same_site: Option<SameSite>,
    pub(crate) max_age: Option<i64>,
    /// Seconds since 1970.
    pub(crate) expires: Option<i64>,
}

/// Parses a line; of repeated attributes the last one counts.
pub(crate) fn parse(text: &str) -> Line {
    let mut parts = text.split(';');
    let pair = parts.next().unwrap_or_default();
    let (name, value) = pair.split_once('=').unwrap_or(("", pair));
    let mut line = Line { name: name.trim().to_owned(), value: value.trim().to_owned(), ..Line::default() };
    for attribute in parts {
        let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "domain" => line.domain = Some(value.trim_start_matches('.').to_ascii_lowercase()),
            "path" => line.path = value.starts_with('/').then(|| value.to_owned()),
            "secure" => line.secure = true,
            "httponly" => line.http_only = true,
            "samesite" => line.same_site = same_site(value),
            "max-age" => line.max_age = value.parse().ok().or(line.max_age),
            "expires" => line.expires = date(value).or(line.expires),
            _ => {}
        }
    }
    line
}

fn same_site(value: &str) -> Option<SameSite> {
    match value.to_ascii_lowercase().as_str() {
        "lax" => Some(SameSite::Lax),
        "none" => Some(SameSite::None),
        "strict" => Some(SameSite::Strict),
        _ => None,
    }
}

/// A cookie date (section 5.1.1) in seconds since 1970.
fn date(text: &str) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    let is_delimiter = |character: char| !character.is_ascii_alphanumeric() && character != ':';
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()) {
        let month_number = || MONTHS.iter().position(|known| token.to_ascii_lowercase().starts_with(known));
        if time.is_none() && token.contains(':') {
            time = Some(time_of_day(token)?);
        } else if let (None, Ok(number @ 1..=31)) = (day, token.parse::<i64>()) {
            day = Some(number);
        } else if let (None, Some(number)) = (month, month_number()) {
            month = Some(i64::try_from(number).ok()? + 1);
        } else if let (None, Ok(number)) = (year, token.parse::<i64>()) {
            year = Some(match number {
                0..=69 => number + 2000,
                70..=99 => number + 1900,
                other => other,
            });
        }
    }
    Some(days_since_1970(year?, month?, day?) * 86_400 + time?)
}

fn time_of_day(token: &str) -> Option<i64> {
    let mut fields = token.splitn(3, ':').map(|field| field.parse::<i64>().ok());
    Some(fields.next()?? * 3600 + fields.next()?? * 60 + fields.next()??)
}

/// Days of the Gregorian calendar: years start in March, so that the leap day is the last one.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_browsers_do() {
        let rows = [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Wed, 09 Jun 2021 10:18:14 GMT", Some(1_623_233_894)),
            ("Wednesday, 09-Jun-21 10:18:14 GMT", Some(1_623_233_894)),
            ("Thu, 29 Feb 2024 23:59:59 GMT", Some(1_709_251_199)),
            ("tomorrow", None),
        ];
        for (text, expected) in rows {
            assert_eq!(date(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_is_taken_apart() {
        let line = parse("name = a=b ; PATH=/x; secure; HttpOnly; SameSite=lax; Max-Age=60; Domain=.Example.test");
        let expected = Line {
            name: "name".to_owned(),
            value: "a=b".to_owned(),
            domain: Some("example.test".to_owned()),
            path: Some("/x".to_owned()),
            secure: true,
            http_only: true,
            same_site: Some(SameSite::Lax),
            max_age: Some(60),
            expires: None,
        };
        assert_eq!(line, expected);
    }
}
