//! Writing `Set-Cookie` (RFC 6265bis §4.1).

use std::time::Duration;

use cookie::{Cookie, SameSite};
use http::HeaderValue;

use super::origin::Origin;

/// The value of a `Set-Cookie` field: `HttpOnly`, `SameSite=Lax`, `Path=/`, and `Secure` on an `https` origin. Without
/// `max_age`, the cookie lasts until the browser ends its session.
///
/// No cookie of the gateway is `SameSite=None`: the authorization response, a cross-site POST, needs none.
#[must_use]
pub(crate) fn set(name: &str, value: &str, origin: &Origin, max_age: Option<Duration>) -> HeaderValue {
    let mut cookie =
        Cookie::build((name, value)).http_only(true).secure(origin.is_https()).same_site(SameSite::Lax).path("/");
    if let Some(age) = max_age {
        cookie = cookie.max_age(cookie::time::Duration::seconds(i64::try_from(age.as_secs()).unwrap_or(i64::MAX)));
    }
    // Names and values consist of base64url and dots, so that the conversion does not fail.
    let mut field = HeaderValue::try_from(cookie.to_string()).unwrap_or(HeaderValue::from_static(""));
    // Keeps the value out of `Debug` output and of the HPACK tables of HTTP/2.
    field.set_sensitive(true);
    field
}

/// The value of a `Set-Cookie` field that removes the cookie `name`.
#[must_use]
pub(crate) fn expire(name: &str, origin: &Origin) -> HeaderValue {
    set(name, "", origin, Some(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{expire, set};
    use crate::web::Origin;

    #[test]
    fn attributes_are_explicit() {
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
