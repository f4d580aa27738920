//! Environment variables override the file.

use std::time::Duration;

use super::fixture::{Fixture, VALID};
use crate::access::Allow;

#[test]
fn variables_override_the_file() {
    let settings = Fixture::new().settings(
        VALID,
        &[
            ("VESTIBULE__PUBLIC_URL", "https://b.example"),
            ("VESTIBULE__SESSION__IDLE", "30m"),
            ("VESTIBULE__SESSION__CAPACITY", "7"),
            ("VESTIBULE__LISTEN__ADDRESS", "[::1]:4180"),
            ("VESTIBULE__TRUST__PROXIES", r#"["10.0.0.7", "10.1.0.0/16"]"#),
            ("VESTIBULE__PROVIDER__0__CLIENT_ID", "other"),
            ("VESTIBULE__PROVIDER__0__AUTHORIZE", r#"{"prompt": "login"}"#),
            ("VESTIBULE__PROVIDER__0__AUTHORIZE__DOMAIN_HINT", "b.example"),
            ("VESTIBULE__ROUTE__0__SERVICE_WORKER", "true"),
            ("VESTIBULE__ROUTE__1", r#"{ path = "/x", upstream = "http://h:1", allow = { groups = ["a"] } }"#),
            ("VESTIBULE__ROUTE__1__ALLOW__ROLES__0", "r"),
            ("VESTIBULE_OTHER", "ignored"),
        ],
    );
    assert_eq!(settings.origins[0].as_str(), "https://b.example");
    assert_eq!((settings.session.idle, settings.session.capacity), (Duration::from_secs(1800), 7));
    assert_eq!(settings.listen.addresses, ["[::1]:4180".parse().expect("an address")]);
    assert_eq!(settings.trust.0.len(), 2);
    let client = &settings.providers[0].client;
    assert_eq!(client.client_id, "other");
    assert_eq!(client.authorize.text(), "domain_hint=b.example&prompt=login");
    assert!(settings.routes[0].service_worker);
    let Allow::Meets(requirement) = &settings.routes[1].rule.allow else { panic!("{:?}", settings.routes[1].rule) };
    assert_eq!(
        (requirement.groups.as_slice(), requirement.roles.as_slice()),
        (&["a".to_owned()][..], &["r".to_owned()][..])
    );
}

#[test]
fn the_environment_can_hold_the_complete_configuration() {
    let settings = Fixture::new().settings(
        "",
        &[
            ("VESTIBULE__PUBLIC_URL__0", "https://b.example"),
            ("VESTIBULE__TRUST__PROXIES", "10.0.0.7"),
            ("VESTIBULE__PROVIDER__0__NAME", "idp"),
            ("VESTIBULE__PROVIDER__0__ISSUER", "https://idp.example"),
            ("VESTIBULE__PROVIDER__0__CLIENT_ID", "x"),
            ("VESTIBULE__PROVIDER__0__CLIENT_SECRET__ENV", "THE_SECRET"),
            ("THE_SECRET", "0123456789abcdef"),
            ("VESTIBULE__ROUTE__0__UPSTREAM", "http://h:1"),
        ],
    );
    assert_eq!(settings.providers.len(), 1);
}

#[test]
fn errors_name_the_variable() {
    let fixture = Fixture::new();
    for (variable, value, key, message) in [
        ("VESTIBULE__SESSION__IDLE", "30", "session.idle", "invalid duration \"30\""),
        ("VESTIBULE__SESSION__IDEL", "30m", "session.idel", "unknown key"),
        ("VESTIBULE__SESSION__CAPACITY", "many", "session.capacity", "expected a positive integer, found a string"),
        ("VESTIBULE__ROUTE__0__SERVICE_WORKER", "yes", "route[0].service_worker", "expected a boolean, found a string"),
        ("VESTIBULE__ROUTE__2__PATH", "/x", "route[2].path", "index out of range for an array of length 1"),
        ("VESTIBULE__ROUTE__PATH", "/x", "route.path", "path continues below a value that has no such member"),
        (
            "VESTIBULE__LISTEN__ADDRESS__0",
            "127.0.0.1:1",
            "listen.address[0]",
            "path continues below a value that has no such member",
        ),
        ("VESTIBULE__TRUST__PROXIES", "[\"10.0.0.7\"", "trust.proxies", "is not an IP address or network"),
        (
            "VESTIBULE__PROVIDER__0__CLIENT_SECRET",
            "hunter2",
            "provider[0].client_secret",
            "secret in the configuration file",
        ),
        ("VESTIBULE__", "x", "", "unknown key"),
    ] {
        let errors = fixture.errors(VALID, &[(variable, value)]);
        let found = errors.list.iter().any(|error| {
            errors.location(error) == format!("environment variable {variable}")
                && error.span.key == key
                && error.message.contains(message)
        });
        assert!(found && errors.count() == 1, "{variable}: {errors}");
        assert!(!errors.to_string().contains("hunter2"), "{errors}");
    }
}
