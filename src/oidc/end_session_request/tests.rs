//! The URL of the end-session request.

use serde_json::json;

use super::{EndSessionRequest, MAX_URL, end_session_url};
use crate::{base::Secret, oidc::testing::metadata};

fn url(token: &str, logout_hint: Option<&str>) -> String {
    let token = Secret::new(token);
    let request = EndSessionRequest {
        id_token_hint: Some(&token),
        logout_hint,
        client_id: "app",
        post_logout_redirect_uri: "https://intranet.example.com/.auth/logout/done",
        state: "s",
    };
    end_session_url(&metadata(&json!({})), &request).expect("a URL").expose().to_owned()
}

// Covers: I01.
#[test]
fn the_request_has_hint_client_redirect_and_state() {
    assert_eq!(
        url("a.b.c", None),
        "https://idp.example/end?id_token_hint=a.b.c&client_id=app\
         &post_logout_redirect_uri=https%3A%2F%2Fintranet.example.com%2F.auth%2Flogout%2Fdone&state=s"
    );
}

// Covers: I07.
#[test]
fn an_id_token_hint_that_is_too_long_is_left_out() {
    let url = url(&"t".repeat(MAX_URL), Some("anna@example.com"));
    assert!(
        url.starts_with("https://idp.example/end?client_id=app&") && url.ends_with("&logout_hint=anna%40example.com")
    );
}

// Covers: E14.
#[test]
fn without_an_endpoint_there_is_no_url() {
    let request = EndSessionRequest {
        id_token_hint: None,
        logout_hint: None,
        client_id: "app",
        post_logout_redirect_uri: "https://intranet.example.com/",
        state: "s",
    };
    assert!(end_session_url(&metadata(&json!({"end_session_endpoint": null})), &request).is_none());
}
