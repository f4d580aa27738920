//! Warnings: settings that are allowed but probably unintended.

use std::{fs, os::unix::fs::PermissionsExt};

use super::fixture::{Fixture, VALID, with_line};
use crate::config::diagnostic::Diagnostic;

#[test]
fn unintended_settings_cause_warnings() {
    let fixture = Fixture::new();
    fixture.write("open-secret", "0123456789abcdef");
    fs::set_permissions(fixture.path().join("open-secret"), fs::Permissions::from_mode(0o644)).expect("rights");
    let around =
        "upstream = \"http://h:1\"\nallow = \"anyone\"\n[[route]]\npath = \"/admin\"\nupstream = \"http://h:1\"";
    for (number, line, location, key, message) in [
        (
            10,
            "client_secret = { file = \"open-secret\" }",
            "10:26",
            "provider[0].client_secret.file",
            "every user of this machine may read",
        ),
        (
            10,
            "client_secret = { file = \"short-secret\" }",
            "10:26",
            "provider[0].client_secret.file",
            "the client secret has fewer than 16 bytes and can be guessed",
        ),
        (
            8,
            "issuer = \"https://accounts.google.com\"",
            "13:1",
            "route[0].allow",
            "anyone can create an account at \"idp\"",
        ),
        (
            9,
            "client_id = \"x\"\nauthorize = { prompt = \"select_account\", login_hint = \"bob\" }",
            "10:13",
            "provider[0].authorize",
            "login_hint is not sent beside prompt = \"select_account\"",
        ),
        (14, around, "15:9", "route[0].allow", "the public route contains \"/admin\", which is protected"),
    ] {
        let (_, warnings) = fixture.read(&with_line(VALID, number, line), &[]).expect("valid");
        let found: Vec<_> = warnings
            .list
            .iter()
            .map(|one| (warnings.location(one), one.span.key.as_str(), one.message.contains(message)))
            .collect();
        assert_eq!(found, [(format!("v.toml:{location}"), key, true)], "{warnings}");
        assert!(warnings.to_string().starts_with(&format!("v.toml:{location}: warning: {key}: ")), "{warnings}");
    }
}

#[test]
fn any_tenant_causes_two_warnings() {
    let any = "issuer = \"https://login.example/{tenantid}/v2.0\"\ntenants = \"any\"\nprofile = \"entra\"";
    let (settings, warnings) = Fixture::new().read(&with_line(VALID, 8, any), &[]).expect("valid");
    let said: Vec<_> = warnings
        .list
        .iter()
        .map(|one| (one.span.key.as_str(), one.message.contains("every Entra tenant in the world")))
        .collect();
    assert_eq!(said, [("provider[0].tenants", true), ("route[0].allow", false)], "{warnings}");
    assert_eq!(settings.providers[0].client.issuer.as_str(), "https://login.example/{tenantid}/v2.0");
}

#[test]
fn personal_accounts_are_everybody_s_in_every_cloud() {
    const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
    for issuer in [
        format!("issuer = \"https://login.example/{PERSONAL}/v2.0\""),
        format!("issuer = \"https://login.example/common/v2.0\"\ntenants = [\"{PERSONAL}\"]\nprofile = \"entra\""),
    ] {
        let (_, warnings) = Fixture::new().read(&with_line(VALID, 8, &issuer), &[]).expect("valid");
        let keys: Vec<_> = warnings.list.iter().map(|one: &Diagnostic| one.span.key.clone()).collect();
        assert_eq!(keys, ["route[0].allow"], "{warnings}");
    }
}

// Covers: S0-9.
#[test]
fn a_client_id_in_capitals_is_warned_of() {
    let fixture = Fixture::new();
    for (id, warned) in [
        ("AAAABBBB-0000-cccc-1111-dddd2222eeee", true),
        ("aaaabbbb-0000-cccc-1111-dddd2222eeee", false),
        ("Intranet", false),
    ] {
        let (_, warnings) = fixture.read(&with_line(VALID, 9, &format!("client_id = \"{id}\"")), &[]).expect("valid");
        let keys: Vec<_> =
            warnings.list.iter().map(|one| (one.span.key.as_str(), one.message.contains("capital letters"))).collect();
        assert_eq!(keys == [("provider[0].client_id", true)], warned, "{warnings}");
        assert_eq!(keys.len(), usize::from(warned), "{warnings}");
    }
}
