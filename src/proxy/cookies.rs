//! The gateway's cookies are not sent to an application, and an application cannot set them.
//!
//! RFC 6265 §5.4 (the `Cookie` field) and §5.2 (`Set-Cookie`).

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};

use crate::web::is_own_cookie;

/// Removes the gateway's cookies from a request. The other cookies are not changed. Several `Cookie`
/// fields, as HTTP/2 sends them, are joined into one (RFC 9113 §8.2.3).
pub(super) fn strip_request(headers: &mut HeaderMap) {
    let fields = headers.get_all(header::COOKIE);
    let has_several = fields.iter().nth(1).is_some();
    if !has_several && !fields.iter().flat_map(pairs).any(is_gateway_cookie) {
        return;
    }
    let capacity = fields.iter().map(|field| field.len() + 2).sum();
    let mut remaining = Vec::with_capacity(capacity);
    for pair in fields.iter().flat_map(pairs).filter(|pair| !pair.is_empty() && !is_gateway_cookie(pair)) {
        if !remaining.is_empty() {
            remaining.extend_from_slice(b"; ");
        }
        remaining.extend_from_slice(pair);
    }
    match HeaderValue::from_maybe_shared(Bytes::from(remaining)) {
        Ok(cookies) if !cookies.is_empty() => drop(headers.insert(header::COOKIE, cookies)),
        Ok(_) | Err(_) => drop(headers.remove(header::COOKIE)),
    }
}

/// Removes every `Set-Cookie` field with the name of a gateway cookie from a response.
pub(super) fn strip_response(headers: &mut HeaderMap) {
    let sets_gateway_cookie = |field: &HeaderValue| pairs(field).next().is_some_and(is_gateway_cookie);
    let fields = headers.get_all(header::SET_COOKIE);
    if !fields.iter().any(sets_gateway_cookie) {
        return;
    }
    let remaining: Vec<HeaderValue> = fields.iter().filter(|field| !sets_gateway_cookie(field)).cloned().collect();
    headers.remove(header::SET_COOKIE);
    for field in remaining {
        headers.append(header::SET_COOKIE, field);
    }
}

fn pairs(field: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    field.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii)
}

/// Whether the name in `pair` (`name=value`) is that of a gateway cookie. Leading `=` are skipped: a browser stores
/// `=name=value` as a cookie without a name and sends the value `name=value`, which reads as a cookie with a name.
fn is_gateway_cookie(pair: &[u8]) -> bool {
    let start = pair.iter().position(|byte| *byte != b'=' && !byte.is_ascii_whitespace()).unwrap_or(pair.len());
    let name = pair[start..].split(|byte| *byte == b'=').next().unwrap_or_default();
    std::str::from_utf8(name.trim_ascii()).is_ok_and(is_own_cookie)
}

#[cfg(test)]
mod tests {
    use super::{strip_request, strip_response};
    use http::{HeaderMap, HeaderValue, header};

    fn after(name: &header::HeaderName, fields: &[&[u8]], edit: fn(&mut HeaderMap)) -> Vec<Vec<u8>> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(name, HeaderValue::from_bytes(field).expect("a field"));
        }
        edit(&mut headers);
        headers.get_all(name).iter().map(|field| field.as_bytes().to_vec()).collect()
    }

    // Covers: CVE-H4.
    #[test]
    fn gateway_cookies_are_not_sent_to_the_application() {
        for (fields, left) in [
            (&[&b"a=1; b=2"[..]][..], &[&b"a=1; b=2"[..]][..]),
            (&[b"a=1;b=2 ;; c"], &[b"a=1;b=2 ;; c"]),
            (&[b"a=1; __Host-vestibule=s; b=\"q; r\"; a=2"], &[b"a=1; b=\"q; r\"; a=2"]),
            (&[b"__Host-vestibule=s;x=\xff\xfe;__Host-vestibule-login-ab=t"], &[b"x=\xff\xfe"]),
            (&[b"__Host-vestibule=s"], &[]),
            (&[b"__host-VESTIBULE=s; vestibule=t; vestibule-loop=1; =vestibule=u; \t= __Host-vestibule =v"], &[]),
            (&[b"vestibules=1; __Secure-vestibule=2"], &[b"vestibules=1; __Secure-vestibule=2"]),
            (&[b"a=1", b"__Host-vestibule=s", b"b=2"], &[b"a=1; b=2"]),
            (&[b"a=1", b"b=2; c=3"], &[b"a=1; b=2; c=3"]),
            (&[b"a=\"; __Host-vestibule=s; \""], &[b"a=\"; \""]),
            (&[b"a=b=__Host-vestibule=s"], &[b"a=b=__Host-vestibule=s"]),
            (&[b""], &[b""]),
        ] {
            assert_eq!(after(&header::COOKIE, fields, strip_request), left, "{fields:?}");
        }
    }

    #[test]
    fn an_application_cannot_set_gateway_cookies() {
        for (fields, left) in [
            (&[&b"a=1; Path=/"[..]][..], &[&b"a=1; Path=/"[..]][..]),
            (&[b"a=1", b"__Host-vestibule=x; Secure", b"b=2; Path=/vestibule=3"], &[b"a=1", b"b=2; Path=/vestibule=3"]),
            (&[b"Vestibule-Login-x=1"], &[]),
            (&[b" vestibule =x", b"=vestibule=x", b"vestibule", b"= =__Host-vestibule=x"], &[]),
            (&[b"a=vestibule=1"], &[b"a=vestibule=1"]),
        ] {
            assert_eq!(after(&header::SET_COOKIE, fields, strip_response), left, "{fields:?}");
        }
    }
}
