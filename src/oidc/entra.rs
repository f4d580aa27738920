//! What Microsoft Entra ID says in words of its own, put into standard ones.
//!
//! Nothing here knows a host: the clouds differ in nothing else, and what a provider is, its metadata say.

use serde_json::{Map, Value};

use super::{
    id_token::IdTokenError,
    issuer::{IssuerMismatch, guid},
    settings::Profile,
};

impl Profile {
    /// The name of the person that stays, in a token of `issuer`.
    pub(super) fn account(
        self,
        issuer: &str,
        claims: &Map<String, Value>,
        subject: &str,
    ) -> Result<String, IdTokenError> {
        match self {
            Self::Standard => Ok(subject.to_owned()),
            Self::Entra => account(issuer, claims),
        }
    }

    /// The claims in standard words.
    pub(super) fn translate(self, mut claims: Map<String, Value>) -> Map<String, Value> {
        if self == Self::Entra {
            translate(&mut claims);
        }
        claims
    }
}

/// The one name of a person over all applications and tenants: `tid` and `oid`, in lower case. `sub` is another one for
/// each application, and an e-mail address is anybody's.
///
/// Without both there is no name: one that is now `tid.oid` and now `sub` would make two people of one. And each issuer
/// speaks for its own tenant, whose id stands in its path, in all clouds and versions.
fn account(issuer: &str, claims: &Map<String, Value>) -> Result<String, IdTokenError> {
    let (tenant, person) = (guid(claims, "tid"), guid(claims, "oid"));
    let (_, tenant) = tenant.map_err(IdTokenError::Account)?;
    if !issuer.split('/').any(|segment| segment.eq_ignore_ascii_case(tenant.as_str())) {
        return Err(IdTokenError::Issuer(IssuerMismatch::Issuer));
    }
    Ok(format!("{tenant}.{}", person.map_err(IdTokenError::Account)?.1))
}

/// Says `email_verified` where Entra says `xms_edov`: that the owner of the address's domain vouches for it.
fn translate(claims: &mut Map<String, Value>) {
    // Nobody has written down its type: all three were seen.
    let verified = claims.get("xms_edov").is_some_and(|value| {
        value == true || value == 1 || value.as_str().is_some_and(|text| matches!(text, "1" | "true"))
    });
    if verified {
        claims.insert("email_verified".to_owned(), Value::Bool(true));
    }
}

#[cfg(test)]
mod tests {
    use super::{account, translate};
    use serde_json::{Value, json};

    #[test]
    fn s1_2_the_owner_of_the_domain_vouches_for_an_address_in_any_of_three_ways() {
        for (said, verified) in [
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
            let Value::Object(mut claims) = json!({"xms_edov": said, "email": "a@x.example"}) else { continue };
            translate(&mut claims);
            assert_eq!(claims.get("email_verified") == Some(&json!(true)), verified, "{said}");
        }
    }

    #[test]
    fn s0_12_a_person_has_one_name_or_none() {
        let (tid, oid) = ("AAAAAAAA-0000-0000-0000-00000000000a", "bbbbbbbb-0000-0000-0000-00000000000b");
        let issuer = "https://login.example/aaaaaaaa-0000-0000-0000-00000000000a/v2.0";
        for (claims, name) in [
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
            assert_eq!(account(issuer, &claims).ok().as_deref(), name, "{claims:?}");
        }
    }
}
