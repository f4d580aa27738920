//! Claims of several sources are merged without mixing, and read as applications receive them.

use super::Claims;
use serde_json::{Map, Value, json};

fn claims(value: Value) -> Claims {
    let Value::Object(map) = value else { return Claims::new(Map::new()) };
    Claims::new(map)
}

// Covers: S1-2, B47.
#[test]
fn related_claims_are_never_mixed() {
    let old =
        json!({"email": "old@x.example", "email_verified": true, "groups": ["a"], "hasgroups": true, "name": "n"});
    for (newer, mixed) in [
        (json!({}), old.clone()),
        (json!({"name": "m", "roles": []}), {
            let mut same = old.clone();
            same["name"] = json!("m");
            same["roles"] = json!([]);
            same
        }),
        (
            json!({"email": "new@x.example"}),
            json!({"email": "new@x.example", "groups": ["a"], "hasgroups": true, "name": "n"}),
        ),
        (
            json!({"groups": ["b"]}),
            json!({"email": "old@x.example", "email_verified": true, "groups": ["b"], "name": "n"}),
        ),
        (
            json!({"_claim_names": {"groups": "src1"}}),
            json!({"email": "old@x.example", "email_verified": true, "_claim_names": {"groups": "src1"}, "name": "n"}),
        ),
    ] {
        let Value::Object(map) = &newer else { continue };
        assert_eq!(Value::Object(claims(old.clone()).merged_with(map).all), mixed, "{newer}");
    }
}

// Covers: G11.
#[test]
fn signed_claims_take_precedence() {
    for (signed, further, both) in [
        (json!({"name": "A"}), json!({"name": "B", "title": "T"}), json!({"name": "A", "title": "T"})),
        (json!({"groups": []}), json!({"groups": ["admin"]}), json!({"groups": []})),
        (json!({}), json!({"groups": ["staff"]}), json!({"groups": ["staff"]})),
        (json!({"realm": {"roles": []}}), json!({"realm.roles": ["admin"]}), json!({"realm": {"roles": []}})),
        (json!({"email": "a@x.example"}), json!({"email_verified": true}), json!({"email": "a@x.example"})),
        (json!({"xms_edov": true}), json!({"email": "b@x.example"}), json!({"xms_edov": true})),
        (
            json!({"phone_number": "1"}),
            json!({"phone_number_verified": true, "email": "b@x.example", "email_verified": true}),
            json!({"phone_number": "1", "email": "b@x.example", "email_verified": true}),
        ),
    ] {
        let Value::Object(further) = further else { continue };
        assert_eq!(Value::Object(claims(signed).completed_with(further).all), both);
    }
}

// Covers: G17.
#[test]
fn claims_of_userinfo_are_replaced_or_removed_at_a_refresh() {
    let map = |value: Value| claims(value).all;
    let first = claims(json!({"sub": "s", "acr": "2", "roles": ["r"]}))
        .completed_with(map(json!({"groups": ["staff"], "name": "A", "roles": ["admin"]})));
    let signed = first.without_userinfo();
    assert_eq!(Value::Object(signed.all.clone()), json!({"sub": "s", "acr": "2", "roles": ["r"]}));
    // A refresh without an `id_token`.
    let second = signed.refreshed(signed.clone().completed_with(map(json!({"name": "B"}))));
    assert_eq!(Value::Object(second.all.clone()), json!({"sub": "s", "acr": "2", "roles": ["r"], "name": "B"}));
    // A refresh with an `id_token` and without userinfo: what carries over still counts as userinfo's.
    let third = second.refreshed(claims(json!({"sub": "s"})));
    assert_eq!(Value::Object(third.all.clone()), json!({"sub": "s", "acr": "2", "name": "B"}));
    assert_eq!(Value::Object(third.without_userinfo().all), json!({"sub": "s", "acr": "2"}));
}

// Covers: B47.
#[test]
fn incomplete_groups_are_dropped() {
    for (input, partial) in [
        (json!({"groups": ["a"]}), false),
        (json!({}), false),
        (json!({"groups": ["a"], "hasgroups": false}), false),
        (json!({"groups": ["a"], "hasgroups": true}), true),
        (json!({"groups": ["a"], "hasgroups": "true"}), true),
        (json!({"hasgroups": true}), true),
        (json!({"groups": ["a"], "_claim_names": {"address": "src1"}}), false),
        (json!({"groups": ["a"], "_claim_names": {"groups": "src1"}}), true),
    ] {
        let mut claims = claims(input.clone());
        assert_eq!(claims.drop_partial_groups(), partial, "{input}");
        assert_eq!(claims.value("groups").is_none(), partial || input.get("groups").is_none(), "{input}");
    }
}

// Covers: D27.
#[test]
fn email_verification_does_not_carry_over_between_tokens() {
    for (front, back, both) in [
        (
            json!({"email": "a@x.example", "email_verified": true, "name": "A"}),
            json!({"email": "b@x.example"}),
            json!({"email": "b@x.example", "name": "A"}),
        ),
        (json!({"email": "a@x.example"}), json!({"email_verified": true}), json!({"email_verified": true})),
        (json!({"email": "a@x.example"}), json!({"name": "B"}), json!({"email": "a@x.example", "name": "B"})),
    ] {
        let Value::Object(back) = back else { continue };
        assert_eq!(Value::Object(claims(front).merged_with(&back).all), both);
    }
}

#[test]
fn values_are_found_by_name_or_path() {
    let claims = claims(json!({
        "groups": ["staff", 5, "admin"], "one": "alone", "realm": {"roles": ["r"]}, "https://x.example/a.b": "dotted", "n": 7, "yes": true, "empty": "", "blank": " x", "list": ["x\u{85}", " y", "z", true, null, ["w"]]
    }));
    assert_eq!(claims.texts("groups").collect::<Vec<_>>(), ["staff", "5", "admin"]);
    assert_eq!(claims.texts("one").collect::<Vec<_>>(), ["alone"]);
    assert_eq!(claims.texts("realm.roles").collect::<Vec<_>>(), ["r"]);
    assert_eq!(claims.text("https://x.example/a.b"), Some("dotted"));
    assert_eq!(claims.text("empty"), None);
    for (name, value, expected) in [
        ("groups", "admin", true),
        ("groups", "5", true),
        ("groups", "adm", false),
        ("one", "alone", true),
        ("n", "7", true),
        ("yes", "true", true),
        ("realm", "roles", false),
        ("none", "", false),
        ("empty", "", false),
        ("blank", " x", false),
        ("blank", "x", false),
        ("list", "x\u{85}", false),
        ("list", " y", false),
        ("list", "y", false),
        ("list", "z", true),
        ("list", "true", true),
    ] {
        assert_eq!(claims.holds(name, value), expected, "{name} {value}");
    }
}
