//! The environment over the file.

use std::time::Duration;

use super::ground::{Ground, SOUND};
use crate::access::Rule;

#[test]
fn variables_write_over_the_file() {
    let settings = Ground::new().settings(
        SOUND,
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
            ("VESTIBULE_OTHER", "is nothing of ours"),
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
    let Rule::Meets(requirement) = &settings.routes[1].rule else { panic!("{:?}", settings.routes[1].rule) };
    assert_eq!(
        (requirement.groups.as_slice(), requirement.roles.as_slice()),
        (&["a".to_owned()][..], &["r".to_owned()][..])
    );
}

#[test]
fn a_whole_configuration_may_come_from_the_environment() {
    let settings = Ground::new().settings(
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
fn mistakes_of_the_environment_name_the_variable() {
    let ground = Ground::new();
    for (variable, value, key, wrong) in [
        ("VESTIBULE__SESSION__IDLE", "30", "session.idle", "no duration"),
        ("VESTIBULE__SESSION__IDEL", "30m", "session.idel", "is unknown"),
        ("VESTIBULE__SESSION__CAPACITY", "many", "session.capacity", "no number"),
        ("VESTIBULE__ROUTE__0__SERVICE_WORKER", "yes", "route[0].service_worker", "true or false"),
        ("VESTIBULE__ROUTE__2__PATH", "/x", "route[2].path", "past the end of a list of 1"),
        ("VESTIBULE__ROUTE__PATH", "/x", "route.path", "no such parts"),
        ("VESTIBULE__LISTEN__ADDRESS__0", "127.0.0.1:1", "listen.address[0]", "no such parts"),
        ("VESTIBULE__TRUST__PROXIES", "[\"10.0.0.7\"", "trust.proxies", "neither an address"),
        ("VESTIBULE__PROVIDER__0__CLIENT_SECRET", "hunter2", "provider[0].client_secret", "in the open"),
        ("VESTIBULE__", "x", "", "is unknown"),
    ] {
        let problems = ground.problems(SOUND, &[(variable, value)]);
        let found = problems.iter().any(|problem| {
            problems.location(problem) == format!("environment variable {variable}")
                && problem.key() == key
                && problem.wrong().contains(wrong)
        });
        assert!(found && problems.count() == 1, "{variable}: {problems}");
        assert!(!problems.to_string().contains("hunter2"), "{problems}");
    }
}
