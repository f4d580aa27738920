//! What rules and headers believe: the provider, and claims that people choose themselves.

use super::fixture::{Fixture, VALID};

// Covers: L41.
#[test]
fn claims_of_several_providers_need_a_provider() {
    const OTHER: &str = "[[provider]]\nname = \"other\"\nissuer = \"https://other.example\"\nclient_id = \"gateway\"\nresponse_type = \"id_token\"\n";
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
