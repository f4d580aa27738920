//! What a signed token of the provider is for: its type and its audience.

use serde_json::{Map, Value};

/// Whether `typ` is that of an ordinary JWT or missing. RFC 8725 §3.11: a token of another type (`at+jwt`, `logout+jwt`) is
/// not accepted. RFC 7515 §4.1.9: letter case and the prefix `application/` are not significant.
pub(super) fn is_plain_jwt(typ: Option<&str>) -> bool {
    typ.is_none_or(|typ| ["JWT", "application/jwt"].iter().any(|jwt| typ.eq_ignore_ascii_case(jwt)))
}

/// Whether `aud` is `client_id` alone (OpenID Connect Core §3.1.3.7 steps 3 and 4). No additional audience is trusted.
pub(super) fn is_only_audience(claims: &Map<String, Value>, client_id: &str) -> bool {
    match claims.get("aud") {
        Some(Value::String(audience)) => audience == client_id,
        Some(Value::Array(audiences)) => !audiences.is_empty() && audiences.iter().all(|each| each == client_id),
        _ => false,
    }
}
