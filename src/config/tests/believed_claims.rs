//! What rules and headers believe: the provider, and claims that people choose themselves.

use super::fixture::{Fixture, VALID};

// Covers: L41.
#[test]
fn claims_of_several_providers_need_a_provider() {
    let fixture = Fixture::new();
    for (allow, rests_on_claims) in [
        ("{ groups = [\"staff\"] }", true),
        ("{ roles = [\"staff\"], max_age = \"15m\" }", true),
        ("{ claims = { email = \"a@x.example\" } }", true),
        ("{ acr = \"mfa\" }", true),
        ("{ acrs = \"c1\" }", true),
        ("{ max_age = \"15m\" }", false),
        ("\"signed-in\"", false),
        ("\"anyone\"", false),
    ] {
        let one = format!("{VALID}allow = {allow}\n");
        let two = format!("{one}{OTHER}");
        let named = format!("{one}provider = \"other\"\n{OTHER}");
        for (text, is_error) in [(&one, false), (&two, rests_on_claims), (&named, false)] {
            let found = fixture.read(text, &[]).err().map(|errors| errors.to_string());
            assert_eq!(found.is_some(), is_error, "{text}\n{found:?}");
            if let Some(errors) = found {
                assert!(
                    errors.contains("route[0].allow: the rule accepts these claims from every provider: idp, other")
                );
                assert!(errors.contains("provider = \"idp\""), "{errors}");
            }
        }
    }
    // A provider with an error of its own is known all the same.
    let misread =
        format!("{VALID}allow = {{ groups = [\"staff\"] }}\nprovider = \"other\"\n{}", OTHER.replace("https:", "ftp:"));
    let errors = fixture.errors(&misread, &[]);
    assert_eq!(errors.count(), 1, "{errors}");
    assert_eq!(errors.list[0].span.key, "provider[1].issuer");
}

// Covers: L43.
#[test]
fn rules_on_names_that_people_choose_cause_warnings() {
    let fixture = Fixture::new();
    for (claim, is_warned) in [
        ("preferred_username", true),
        ("name", true),
        ("nickname", true),
        ("given_name", true),
        ("upn", true),
        ("unique_name", true),
        ("website", true),
        ("zoneinfo", true),
        ("phone_number", true),
        ("\"address.country\"", true),
        ("Name", true),
        // Only a verified address meets a rule.
        ("email", false),
        ("sub", false),
        ("oid", false),
        ("department", false),
        ("\"realm_access.roles\"", false),
    ] {
        let text = format!("{VALID}allow = {{ claims = {{ {claim} = [\"alice\"] }} }}\n");
        let (_, warnings) = fixture.read(&text, &[]).expect("valid");
        assert_eq!(warnings.count(), usize::from(is_warned), "{claim} {warnings}");
        if let Some(warning) = warnings.list.first() {
            assert!(warning.span.key.starts_with("route[0].allow.claims."), "{warnings}");
            assert!(
                warning.message.contains("people can change themselves") && warning.help.contains("sub"),
                "{warnings}"
            );
        }
    }
}

// Covers: L43.
#[test]
fn identities_that_people_choose_cause_warnings() {
    let fixture = Fixture::new();
    for (headers, warned) in [
        ("Remote-User = \"preferred_username\"", &["Remote-User"][..]),
        ("X_WebAuth_User = \"name\"", &["X_WebAuth_User"]),
        ("X-Forwarded-User = \"email\"", &["X-Forwarded-User"]),
        ("X-Username = \"upn\", X-Mail = \"email\"", &["X-Username"]),
        ("X-User-Id = \"nickname\"", &["X-User-Id"]),
        // The identifier stands beside it, but this header is the one that applications read.
        ("X-Id = \"sub\", Remote-User = \"name\"", &["Remote-User"]),
        ("X-Id = \"sub\", X-Username = \"preferred_username\"", &[]),
        ("Remote-User = \"sub\", Remote-Name = \"name\", Remote-Email = \"email\"", &[]),
        ("X-Forwarded-Preferred-Username = \"preferred_username\"", &[]),
        ("Remote-User = \"employee_number\"", &[]),
        ("X-Display = \"name\"", &[]),
    ] {
        let (_, warnings) = fixture.read(&format!("{VALID}headers = {{ {headers} }}\n"), &[]).expect("valid");
        let found: Vec<_> = warnings.list.iter().map(|one| one.span.key.as_str()).collect();
        let expected: Vec<_> = warned.iter().map(|name| format!("route[0].headers.{name}")).collect();
        assert_eq!(found, expected, "{headers} {warnings}");
        assert!(warnings.list.iter().all(|warning| warning.help.contains("\"sub\"")), "{warnings}");
    }
}

// Covers: L41.
#[test]
fn headers_of_several_providers_cause_a_warning() {
    let fixture = Fixture::new();
    for (lines, is_warned) in [
        ("", true),
        ("allow = \"anyone\"", true),
        ("headers = { X-Groups = \"groups\" }", true),
        ("headers = { X-Forwarded-User = \"sub\" }", false),
        ("headers = {}", false),
        ("provider = \"idp\"", false),
    ] {
        for (providers, is_warned) in [("", false), (OTHER, is_warned)] {
            let (_, warnings) = fixture.read(&format!("{VALID}{lines}\n{providers}"), &[]).expect("valid");
            let found: Vec<_> = warnings.list.iter().map(|one| one.span.key.as_str()).collect();
            assert_eq!(found == ["route[0].headers"], is_warned, "{lines} {warnings}");
            assert_eq!(found.len(), usize::from(is_warned), "{lines} {warnings}");
        }
    }
}

// Covers: L45.
#[test]
fn values_with_blanks_at_their_ends_are_errors() {
    let fixture = Fixture::new();
    for (allow, key) in [
        ("groups = [\"a\", \" admin\"]", "groups[1]"),
        ("roles = \"admin\u{a0}\"", "roles"),
        ("claims = { dept = \"sales \" }", "claims.dept"),
        ("claims = { dept = [\"\u{feff}sales\"] }", "claims.dept[0]"),
    ] {
        let errors = fixture.errors(&format!("{VALID}allow = {{ {allow} }}\n"), &[]);
        assert_eq!(errors.count(), 1, "{errors}");
        assert_eq!(errors.list[0].span.key, format!("route[0].allow.{key}"));
        assert!(errors.list[0].message.contains("has a blank at its ends"), "{errors}");
    }
    fixture.settings(&format!("{VALID}allow = {{ groups = [\"Domain Users\", \"a,b\"] }}\n"), &[]);
}

#[test]
fn issuers_are_compared_by_their_whole_origin() {
    let fixture = Fixture::new();
    for (issuer, is_open) in [
        ("https://gitlab.com", true),
        ("https://gitlab.com:443", true),
        ("https://gitlab.com/", true),
        ("https://accounts.google.com", true),
        ("https://gitlab.com.example", false),
        ("https://gitlab.company.example", false),
        ("https://gitlab.com:8443", false),
        ("https://idp.example/https://gitlab.com", false),
    ] {
        let text = VALID.replace("https://idp.example", issuer);
        let (_, warnings) = fixture.read(&text, &[]).unwrap_or_else(|errors| panic!("{errors}"));
        let found: Vec<_> = warnings.list.iter().map(|one| one.span.key.as_str()).collect();
        assert_eq!(found == ["route[0].allow"], is_open, "{issuer} {warnings}");
    }
}

// Covers: L41.
#[test]
fn open_registration_matters_at_the_provider_of_the_route_only() {
    let fixture = Fixture::new();
    let open = OTHER.replace("https://other.example", "https://accounts.google.com");
    for (provider, is_warned) in [("idp", false), ("other", true)] {
        let text = format!("{VALID}provider = \"{provider}\"\n{open}");
        let (_, warnings) = fixture.read(&text, &[]).expect("valid");
        assert_eq!(warnings.count(), usize::from(is_warned), "{provider} {warnings}");
    }
}

/// A second provider.
const OTHER: &str = "[[provider]]\nname = \"other\"\nissuer = \"https://other.example\"\nclient_id = \"gateway\"\nresponse_type = \"id_token\"\n";
