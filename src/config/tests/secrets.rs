//! Secrets are read from their sources, and never printed.

use super::fixture::{Fixture, VALID, with_line};
use crate::{
    base::{Purpose, SystemRandom},
    oidc::SecretMethod,
    provider::CredentialSource,
};

#[test]
fn secrets_come_from_files_variables_or_credentials() {
    let fixture = Fixture::new();
    fixture.write("two-newlines", "secret-0123456789\n\n");
    fixture.write("windows", "secret-0123456789\r\n");
    let directory = fixture.path().to_string_lossy().into_owned();
    let variables = [("NAME", "from a variable 0123"), ("CREDENTIALS_DIRECTORY", &directory)];
    for (reference, expected) in [
        ("{ file = \"client-secret\" }", "0123456789abcdef0123456789abcdef"),
        ("{ file = \"/etc/vestibule/client-secret\" }", "0123456789abcdef0123456789abcdef"),
        ("{ file = \"two-newlines\" }", "secret-0123456789\n"),
        ("{ file = \"windows\" }", "secret-0123456789"),
        ("{ env = \"NAME\" }", "from a variable 0123"),
        ("{ credential = \"client-secret\" }", "0123456789abcdef0123456789abcdef"),
    ] {
        let settings = fixture.settings(&with_line(VALID, 10, &format!("client_secret = {reference}")), &variables);
        let CredentialSource::Secret(SecretMethod::Basic, source) = &settings.providers[0].credentials.source else {
            panic!("{reference}")
        };
        assert_eq!(source.read().expect("a secret").expose(), expected, "{reference}");
    }
}

// Covers: CVE-E15.
#[test]
fn the_first_secret_seals_and_all_secrets_open() {
    const PURPOSE: Purpose = Purpose("test");
    let fixture = Fixture::new();
    let keys = |secret: &str| {
        let text = with_line(VALID, 12, &format!("secret = {secret}"));
        fixture.settings(&text, &[]).session.keys.expect("keys")
    };
    let former = keys("{ file = \"former-session-secret\" }");
    let rotated = keys("[{ file = \"session-secret\" }, { file = \"former-session-secret\" }]");
    let sealed = former.current().seal(PURPOSE, &[], b"plain", &SystemRandom);
    assert_eq!(rotated.open(PURPOSE, &[], &sealed), Ok(b"plain".to_vec()));
    assert_eq!(rotated.current().id(), keys("{ file = \"session-secret\" }").current().id());
    assert!(fixture.settings(VALID, &[]).session.keys.is_none());
}

// Covers: CVE-E15.
#[test]
fn a_session_secret_that_could_be_guessed_is_refused() {
    let fixture = Fixture::new();
    for (secret, message) in [
        ("short", "fewer than 32 bytes"),
        ("0123456789abcdef0123456789abcde", "fewer than 32 bytes"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "fewer than 8 distinct bytes"),
        ("abababababababababababababababababababab", "fewer than 8 distinct bytes"),
        ("0123456012345601234560123456012345601234", "fewer than 8 distinct bytes"),
    ] {
        fixture.write("weak", secret);
        for list in ["{ file = \"weak\" }", "[{ file = \"session-secret\" }, { file = \"weak\" }]"] {
            let errors = fixture.errors(&with_line(VALID, 12, &format!("secret = {list}")), &[]);
            assert!(errors.count() == 1 && errors.to_string().contains(message), "{secret}: {errors}");
            assert!(!errors.to_string().contains(secret) || secret == "short", "{errors}");
        }
    }
    for secret in ["0123456789abcdef0123456789abcdef", "correct horse battery staple and so on"] {
        fixture.write("weak", secret);
        fixture.settings(&with_line(VALID, 12, "secret = { file = \"weak\" }"), &[]);
    }
}

// Covers: CVE-H5, L06.
#[test]
fn no_secret_is_printed_with_settings_or_errors() {
    let fixture = Fixture::new();
    let shown = format!("{:?}", fixture.settings(&with_line(VALID, 12, "secret = { file = \"session-secret\" }"), &[]));
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
        (10, "client_secret = { env = \"hunter2\" }"),
        (12, "secret = [{ env = \"hunter2\" }]"),
        (10, "client_secret = \"hunter2\"; client_id = 5"),
        (12, "secret = [\"hunter2\"]"),
        (12, "store = \"rediss://user:hunter2@host\""),
        (12, "store = { redis = \"rediss://user:hunter2@host\" }"),
        (12, "redis = \"rediss://user:hunter2@host\""),
        (11, "session = \"hunter2\""),
        (14, "upstream = \"http://user:hunter2@host\""),
        (8, "issuer = \"https://user:hunter2@host\""),
        (1, "public_url = \"https://user:hunter2@host\""),
    ] {
        let errors = fixture.errors(&with_line(VALID, number, line), &[]);
        assert!(!errors.to_string().contains("hunter2"), "{line}\n{errors}");
        assert!(!format!("{errors:?}").contains("hunter2"), "{line}");
    }
    for variable in ["VESTIBULE__PROVIDER__0__CLIENT_SECRET__ENV", "VESTIBULE__SESSION__SECRET__ENV"] {
        let errors = fixture.errors(&with_line(VALID, 10, ""), &[(variable, "hunter2")]);
        assert!(!errors.to_string().contains("hunter2"), "{variable}\n{errors}");
    }
}
