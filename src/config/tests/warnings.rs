//! What is allowed, but probably not meant.

use std::{fs, os::unix::fs::PermissionsExt};

use super::ground::{Ground, SOUND, with_line};
use crate::config::problem::ConfigProblem;

#[test]
fn what_is_probably_not_meant_is_said() {
    let ground = Ground::new();
    ground.write("open-secret", "0123456789abcdef");
    fs::set_permissions(ground.path().join("open-secret"), fs::Permissions::from_mode(0o644)).expect("rights");
    let around =
        "upstream = \"http://h:1\"\nallow = \"anyone\"\n[[route]]\npath = \"/admin\"\nupstream = \"http://h:1\"";
    for (number, line, location, key, wrong) in [
        (10, "client_secret = { file = \"open-secret\" }", "10:26", "provider[0].client_secret.file", "everybody"),
        (10, "client_secret = { file = \"short-secret\" }", "10:26", "provider[0].client_secret.file", "short secret"),
        (8, "issuer = \"https://accounts.google.com\"", "13:1", "route[0].allow", "may have an account"),
        (
            9,
            "client_id = \"x\"\nauthorize = { prompt = \"select_account\", login_hint = \"bob\" }",
            "10:13",
            "provider[0].authorize",
            "login_hint beside prompt",
        ),
        (14, around, "15:9", "route[0].allow", "around \"/admin\""),
    ] {
        let (_, warnings) = ground.read(&with_line(SOUND, number, line), &[]).expect("sound");
        let found: Vec<_> =
            warnings.iter().map(|one| (warnings.location(one), one.key(), one.wrong().contains(wrong))).collect();
        assert_eq!(found, [(format!("v.toml:{location}"), key, true)], "{warnings}");
        assert!(warnings.to_string().starts_with(&format!("v.toml:{location}: warning: {key}: ")), "{warnings}");
    }
}

#[test]
fn any_tenant_in_the_world_is_warned_of_twice() {
    let any = "issuer = \"https://login.example/{tenantid}/v2.0\"\ntenants = \"any\"\nprofile = \"entra\"";
    let (settings, warnings) = Ground::new().read(&with_line(SOUND, 8, any), &[]).expect("sound");
    let said: Vec<_> = warnings.iter().map(|one| (one.key(), one.wrong().contains("any"))).collect();
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
        let (_, warnings) = Ground::new().read(&with_line(SOUND, 8, &issuer), &[]).expect("sound");
        let keys: Vec<_> = warnings.iter().map(ConfigProblem::key).collect();
        assert_eq!(keys, ["route[0].allow"], "{warnings}");
    }
}

#[test]
fn s0_9_a_client_id_in_capitals_is_warned_of() {
    let ground = Ground::new();
    for (id, warned) in [
        ("AAAABBBB-0000-cccc-1111-dddd2222eeee", true),
        ("aaaabbbb-0000-cccc-1111-dddd2222eeee", false),
        ("Intranet", false),
    ] {
        let (_, warnings) = ground.read(&with_line(SOUND, 9, &format!("client_id = \"{id}\"")), &[]).expect("sound");
        let keys: Vec<_> = warnings.iter().map(|one| (one.key(), one.wrong().contains("capital letters"))).collect();
        assert_eq!(keys == [("provider[0].client_id", true)], warned, "{warnings}");
        assert_eq!(keys.len(), usize::from(warned), "{warnings}");
    }
}
