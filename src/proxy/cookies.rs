//! The gateway's cookies are its own: none goes to an application, none is set by one.
//!
//! RFC 6265 §5.4 (the `Cookie` field) and §5.2 (`Set-Cookie`).

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};

use crate::web::is_own_cookie;

/// Takes the gateway's cookies out of a request. The others stay as they are, byte for byte and in order; several fields,
/// as HTTP/2 sends them, become one (RFC 9113 §8.2.3).
pub(super) fn remove_own(headers: &mut HeaderMap) {
    let fields = headers.get_all(header::COOKIE);
    let several = fields.iter().nth(1).is_some();
    if !several && !fields.iter().flat_map(pieces).any(is_own) {
        return;
    }
    let room = fields.iter().map(|field| field.len() + 2).sum();
    let mut kept = Vec::with_capacity(room);
    for piece in fields.iter().flat_map(pieces).filter(|piece| !piece.is_empty() && !is_own(piece)) {
        if !kept.is_empty() {
            kept.extend_from_slice(b"; ");
        }
        kept.extend_from_slice(piece);
    }
    match HeaderValue::from_maybe_shared(Bytes::from(kept)) {
        Ok(cookies) if !cookies.is_empty() => drop(headers.insert(header::COOKIE, cookies)),
        Ok(_) | Err(_) => drop(headers.remove(header::COOKIE)),
    }
}

/// Takes every `Set-Cookie` with one of the gateway's names out of an answer.
pub(super) fn refuse_own(headers: &mut HeaderMap) {
    let is_ours = |field: &HeaderValue| pieces(field).next().is_some_and(is_own);
    let fields = headers.get_all(header::SET_COOKIE);
    if !fields.iter().any(is_ours) {
        return;
    }
    let kept: Vec<HeaderValue> = fields.iter().filter(|field| !is_ours(field)).cloned().collect();
    headers.remove(header::SET_COOKIE);
    for field in kept {
        headers.append(header::SET_COOKIE, field);
    }
}

fn pieces(field: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    field.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii)
}

/// Whether `name=value` has one of our names. A cookie without a name whose value is `name=value` comes back from the
/// browser looking like one with a name: the `=` before it does not count.
fn is_own(piece: &[u8]) -> bool {
    let start = piece.iter().position(|byte| *byte != b'=' && !byte.is_ascii_whitespace()).unwrap_or(piece.len());
    let name = piece[start..].split(|byte| *byte == b'=').next().unwrap_or_default();
    std::str::from_utf8(name.trim_ascii()).is_ok_and(is_own_cookie)
}

#[cfg(test)]
mod tests {
    use super::{refuse_own, remove_own};
    use http::{HeaderMap, HeaderValue, header};

    fn after(name: &header::HeaderName, fields: &[&[u8]], edit: fn(&mut HeaderMap)) -> Vec<Vec<u8>> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(name, HeaderValue::from_bytes(field).expect("a field"));
        }
        edit(&mut headers);
        headers.get_all(name).iter().map(|field| field.as_bytes().to_vec()).collect()
    }

    #[test]
    fn cve_h04_our_cookies_never_go_to_the_application() {
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
            assert_eq!(after(&header::COOKIE, fields, remove_own), left, "{fields:?}");
        }
    }

    #[test]
    fn an_application_cannot_set_our_cookies() {
        for (fields, left) in [
            (&[&b"a=1; Path=/"[..]][..], &[&b"a=1; Path=/"[..]][..]),
            (&[b"a=1", b"__Host-vestibule=x; Secure", b"b=2; Path=/vestibule=3"], &[b"a=1", b"b=2; Path=/vestibule=3"]),
            (&[b"Vestibule-Login-x=1"], &[]),
            (&[b" vestibule =x", b"=vestibule=x", b"vestibule", b"= =__Host-vestibule=x"], &[]),
            (&[b"a=vestibule=1"], &[b"a=vestibule=1"]),
        ] {
            assert_eq!(after(&header::SET_COOKIE, fields, refuse_own), left, "{fields:?}");
        }
    }
}
