//! The claims of Microsoft Entra ID that deviate from OpenID Connect, translated into standard ones.
//!
//! The host name is not considered: Entra's clouds differ only in their hosts, and the metadata lists the endpoints.

use serde_json::{Map, Value};

use super::issuer::{IssuerMismatch, guid};

/// The identifier of a person across all applications and tenants: `tid.oid`, in lower case. `sub` differs from one
/// application to the next, and an e-mail address can change hands.
///
/// Both claims are required: if one token gave `tid.oid` and the next one `sub`, one person would have two identifiers.
/// An issuer may name only people of its own tenant, whose id is a segment of the issuer's path in every cloud and
/// version.
pub(super) fn account(issuer: &str, claims: &Map<String, Value>) -> Result<String, IssuerMismatch> {
    let (tenant, object) = (guid(claims, "tid"), guid(claims, "oid"));
    let (_, tenant) = tenant?;
    if !issuer.split('/').any(|segment| segment.eq_ignore_ascii_case(tenant.as_str())) {
        return Err(IssuerMismatch::Issuer);
    }
    Ok(format!("{tenant}.{}", object?.1))
}

/// Sets `email_verified` where Entra sets `xms_edov`: the owner of the address's domain has confirmed the address.
pub(super) fn standardize(claims: &mut Map<String, Value>) {
    // The type of `xms_edov` is not documented; a boolean, a number and a string have all been observed.
    let verified = claims.get("xms_edov").is_some_and(|value| {
        value == true || value == 1 || value.as_str().is_some_and(|text| matches!(text, "1" | "true"))
    });
    if verified {
        claims.insert("email_verified".to_owned(), Value::Bool(true));
    }
}

#[cfg(test)]
mod tests {
    use super::{account, standardize};
    use serde_json::{Value, json};

    // Covers: S1-2.
    #[test]
    fn xms_edov_is_read_in_three_types() {
        for (value, verified) in [
            (json!(true), true),
            (json!(1), true),
            (json!("1"), true),
            (json!("true"), true),
            (json!(false), false),
            (json!(0), false),
            (json!("0"), false),
            (json!("false"), false),
            (json!("yes"), false),
            (json!(["true"]), false),
            (json!(null), false),
        ] {
            let Value::Object(mut claims) = json!({"xms_edov": value, "email": "a@x.example"}) else { continue };
            standardize(&mut claims);
            assert_eq!(claims.get("email_verified") == Some(&json!(true)), verified, "{value}");
        }
    }

    // Covers: S0-12.
    #[test]
    fn both_claims_are_required() {
        let (tid, oid) = ("AAAAAAAA-0000-0000-0000-00000000000a", "bbbbbbbb-0000-0000-0000-00000000000b");
        let issuer = "https://login.example/aaaaaaaa-0000-0000-0000-00000000000a/v2.0";
        for (claims, identifier) in [
            (
                json!({"tid": tid, "oid": oid, "sub": "s"}),
                Some("aaaaaaaa-0000-0000-0000-00000000000a.bbbbbbbb-0000-0000-0000-00000000000b"),
            ),
            (json!({"tid": oid, "oid": oid, "sub": "s"}), None),
            (json!({"tid": tid, "sub": "s"}), None),
            (json!({"oid": oid, "sub": "s"}), None),
            (json!({"tid": tid, "oid": "", "sub": "s"}), None),
            (json!({"tid": tid, "oid": "x.y", "sub": "s"}), None),
            (json!({"tid": tid, "oid": [oid], "sub": "s"}), None),
            (json!({"tid": tid, "oid": oid, "OID": oid, "sub": "s"}), None),
        ] {
            let Value::Object(claims) = claims else { continue };
            assert_eq!(account(issuer, &claims).ok().as_deref(), identifier, "{claims:?}");
        }
    }
}
