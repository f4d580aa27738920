//! What is secret is read from elsewhere, and never shown.

use super::ground::{Ground, SOUND, with_line};
use crate::{
    base::{Purpose, SystemRandom},
    oidc::SecretMethod,
    provider::CredentialSource,
};

#[test]
fn a_secret_comes_from_a_file_a_variable_or_a_credential() {
    let ground = Ground::new();
    ground.write("two-newlines", "secret-0123456789\n\n");
    ground.write("windows", "secret-0123456789\r\n");
    let directory = ground.path().to_string_lossy().into_owned();
    let variables = [("NAME", "from a variable 0123"), ("CREDENTIALS_DIRECTORY", &directory)];
    for (reference, expected) in [
        ("{ file = \"client-secret\" }", "0123456789abcdef0123456789abcdef"),
        ("{ file = \"/etc/vestibule/client-secret\" }", "0123456789abcdef0123456789abcdef"),
        ("{ file = \"two-newlines\" }", "secret-0123456789\n"),
        ("{ file = \"windows\" }", "secret-0123456789"),
        ("{ env = \"NAME\" }", "from a variable 0123"),
        ("{ credential = \"client-secret\" }", "0123456789abcdef0123456789abcdef"),
    ] {
        let settings = ground.settings(&with_line(SOUND, 10, &format!("client_secret = {reference}")), &variables);
        let CredentialSource::Secret(SecretMethod::Basic, source) = settings.providers[0].credentials.source() else {
            panic!("{reference}")
        };
        assert_eq!(source.read().expect("a secret").expose(), expected, "{reference}");
    }
}

#[test]
fn the_first_session_secret_seals_and_all_of_them_open() {
    const PURPOSE: Purpose = Purpose("test");
    let ground = Ground::new();
    let keys = |secret: &str| {
        let text = with_line(SOUND, 12, &format!("secret = {secret}"));
        ground.settings(&text, &[]).session.keys.expect("keys")
    };
    let former = keys("{ file = \"former-session-secret\" }");
    let rotated = keys("[{ file = \"session-secret\" }, { file = \"former-session-secret\" }]");
    let sealed = former.current().seal(PURPOSE, &[], b"plain", &SystemRandom);
    assert_eq!(rotated.open(PURPOSE, &[], &sealed), Ok(b"plain".to_vec()));
    assert_eq!(rotated.current().id(), keys("{ file = \"session-secret\" }").current().id());
    assert!(ground.settings(SOUND, &[]).session.keys.is_none());
}

#[test]
fn cve_h05_no_secret_is_shown_in_settings_or_problems() {
    let ground = Ground::new();
    let shown = format!("{:?}", ground.settings(&with_line(SOUND, 12, "secret = { file = \"session-secret\" }"), &[]));
    assert!(!shown.contains("0123456789abcdef"), "{shown}");
    for (number, line) in [
        (10, "client_secret = \"hunter2\""),
        (10, "client_secret = \"\"\"\nhunter2\n\"\"\""),
        (10, "client_secret = \"\"\"\nhunter2\n"),
        (10, "client_secret = [\"hunter2\"]"),
        (10, "client_secret = { fiel = \"hunter2\" }"),
        (10, "client_secret = \"hunter2"),
        (10, "client_secrt = \"hunter2\""),
        (10, "client_secret = { env = \"X\", value = \"hunter2\" }"),
        (10, "client_secret = \"hunter2\"; client_id = 5"),
        (12, "secret = [\"hunter2\"]"),
        (12, "store = { redis = \"rediss://user:hunter2@host\" }"),
        (12, "redis = \"rediss://user:hunter2@host\""),
        (11, "session = \"hunter2\""),
        (14, "upstream = \"http://user:hunter2@host\""),
        (8, "issuer = \"https://user:hunter2@host\""),
        (1, "public_url = \"https://user:hunter2@host\""),
    ] {
        let problems = ground.problems(&with_line(SOUND, number, line), &[]);
        assert!(!problems.to_string().contains("hunter2"), "{line}\n{problems}");
        assert!(!format!("{problems:?}").contains("hunter2"), "{line}");
    }
}
