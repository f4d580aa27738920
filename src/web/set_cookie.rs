//! Writing `Set-Cookie`: every attribute spelled out, the same on every cookie of ours.

use std::time::Duration;

use cookie::{Cookie, SameSite};
use http::HeaderValue;

use super::origin::Origin;

/// A `Set-Cookie` field: `HttpOnly`, `SameSite=Lax`, `Path=/`, `Secure` on https; it ends with the browser when
/// `max_age` is absent.
///
/// There is no `SameSite=None` cookie here: the provider's answer, a cross-site POST, needs none.
#[must_use]
pub fn set(name: &str, value: &str, origin: &Origin, max_age: Option<Duration>) -> HeaderValue {
    let mut cookie =
        Cookie::build((name, value)).http_only(true).secure(origin.is_https()).same_site(SameSite::Lax).path("/");
    if let Some(age) = max_age {
        cookie = cookie.max_age(cookie::time::Duration::seconds(i64::try_from(age.as_secs()).unwrap_or(i64::MAX)));
    }
    // Names and values are ours: base64url and dots.
    let mut field = HeaderValue::try_from(cookie.to_string()).unwrap_or(HeaderValue::from_static(""));
    // Not for `Debug`, nor for the tables of HTTP/2.
    field.set_sensitive(true);
    field
}

/// A `Set-Cookie` field that makes the browser forget the cookie `name`.
#[must_use]
pub fn expire(name: &str, origin: &Origin) -> HeaderValue {
    set(name, "", origin, Some(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{expire, set};
    use crate::web::Origin;

    #[test]
    fn every_attribute_is_spelled_out() {
        let https = Origin::parse("https://a.example").expect("an origin");
        let http = Origin::parse("http://127.0.0.1:4180").expect("an origin");
        assert_eq!(set("__Host-x", "v", &https, None), "__Host-x=v; HttpOnly; SameSite=Lax; Secure; Path=/");
        assert_eq!(
            set("x", "v", &http, Some(Duration::from_secs(60))),
            "x=v; HttpOnly; SameSite=Lax; Path=/; Max-Age=60"
        );
        assert_eq!(expire("__Host-x", &https), "__Host-x=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0");
    }
}
