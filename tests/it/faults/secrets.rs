//! A successful sign-in with the most detailed log reveals no secret.

use super::{SignIn, assert_no_secret_leaks, secrets_of};
use crate::world::{Setup, World};

// Covers: CVE-H5, K07.
#[tokio::test]
async fn no_secret_appears_in_logs_pages_or_urls() {
    for pair in [
        "scopes = [\"openid\", \"offline_access\"]",
        "response_type = \"code\"\nresponse_mode = \"query\"",
        "response_type = \"code\"\nresponse_mode = \"form_post\"",
        "response_type = \"id_token\"\nresponse_mode = \"form_post\"",
    ] {
        let world = Setup::new().provider(pair).start().await;
        let sign_in = SignIn::start(&world).await;
        let end = sign_in.end().await;
        assert_eq!(end.status, 200, "{pair}: {}", end.body);
        for path in ["/page?x=1", "/.auth/me", "/.auth/logout"] {
            sign_in.browser.navigate(world.at(path)).await;
        }
        let session = sign_in.browser.cookie(super::SESSION).expect("a session cookie");
        assert!(secrets_of(&world, &sign_in).contains(&session.value), "{pair}");
        assert_no_secret_leaks(&world, &sign_in, &end);
    }
}

// Covers: CVE-H5.
#[tokio::test]
#[should_panic(expected = "in the log")]
async fn the_secret_search_finds_logged_text() {
    let world = World::start().await;
    let sign_in = SignIn::start(&world).await;
    let end = sign_in.end().await;
    tracing::info!(id_token = sign_in.field("id_token"), "said on purpose");
    assert_no_secret_leaks(&world, &sign_in, &end);
}
