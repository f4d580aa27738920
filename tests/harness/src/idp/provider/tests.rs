//! The provider as a client and a browser see it; the legacy application acts as the client's redirect URI.

use jsonwebtoken::{DecodingKey, Validation, jwk::JwkSet};
use serde_json::Value;

use super::*;
use crate::{
    app::LegacyApp,
    browser::{Browser, Call, Page},
    ca::TestCa,
    encoding::{base64, base64url, first, form_pairs, form_text, sha256},
    idp::FaultPoint,
};

struct World {
    app: LegacyApp,
    provider: Provider,
    browser: Browser,
}

impl World {
    fn start() -> Self {
        let ca = TestCa::new();
        let app = LegacyApp::start(None);
        let options = ProviderOptions { redirect_uris: vec![format!("{}/cb", app.url())], ..ProviderOptions::tls(&ca) };
        Self { app, provider: Provider::start(options), browser: Browser::new(Some(&ca)) }
    }

    fn authorize_url(&self, more: &[(&str, &str)]) -> String {
        let redirect_uri = format!("{}/cb", self.app.url());
        let challenge = base64url(sha256(VERIFIER.as_bytes()));
        let nonce = crate::encoding::random_name();
        let mut params = vec![
            ("client_id", self.provider.client_id()),
            ("redirect_uri", &redirect_uri),
            ("response_type", "code id_token"),
            ("response_mode", "form_post"),
            ("scope", "openid profile email offline_access"),
            ("state", "a state of some length, as it should be"),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in more {
            params.retain(|(known, _)| known != name);
            if !value.is_empty() {
                params.push((name, value));
            }
        }
        format!("{}/authorize?{}", self.provider.issuer(), form_text(&params))
    }

    async fn sign_in(&self) -> Vec<(String, String)> {
        answer(&self.browser.sign_in(self.authorize_url(&[]), "alice", "wonderland").await)
    }

    async fn redeem(&self, fields: &[(&str, &str)]) -> (u16, Value) {
        let id_and_secret = format!(
            "{}:{}",
            form_text(&[("", self.provider.client_id())]).trim_start_matches('='),
            form_text(&[("", self.provider.client_secret())]).trim_start_matches('=')
        );
        let redirect_uri = format!("{}/cb", self.app.url());
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("redirect_uri", redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        form.retain(|(name, _)| !fields.iter().any(|(known, _)| known == name));
        form.extend(fields);
        let call = Call::new("POST", &format!("{}/token", self.provider.issuer()))
            .header("authorization", &format!("Basic {}", base64(id_and_secret)))
            .form(&form);
        let response = self.browser.request(call).await;
        (response.status, response.json())
    }

    async fn verify(&self, token: &str) -> Result<Value, jsonwebtoken::errors::Error> {
        let keys = self.browser.request(Call::new("GET", &format!("{}/jwks", self.provider.issuer()))).await;
        let keys: JwkSet = serde_json::from_str(&keys.body).expect("a key set");
        let header = jsonwebtoken::decode_header(token)?;
        let kid = header.kid.unwrap_or_default();
        let key = keys.find(&kid).ok_or(jsonwebtoken::errors::ErrorKind::InvalidKeyFormat)?;
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&[self.provider.client_id()]);
        validation.set_issuer(&[self.provider.issuer()]);
        Ok(jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(key)?, &validation)?.claims)
    }
}

/// The fields that the client's redirect URI received.
fn answer(page: &Page) -> Vec<(String, String)> {
    assert_eq!(page.status, 200, "{}", page.body);
    form_pairs(page.json()["body"].as_str().unwrap_or_default().as_bytes())
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    first(fields, name).unwrap_or_else(|| panic!("no {name} in {fields:?}"))
}

const VERIFIER: &str = "a verifier of at least forty-three characters, as RFC 7636 has it";

#[tokio::test]
async fn discovery_names_the_issuer_and_endpoints_below_it() {
    let world = World::start();
    let issuer = world.provider.issuer();
    let url = format!("{issuer}/.well-known/openid-configuration");
    let document = world.browser.request(Call::new("GET", &url)).await.json();
    assert_eq!(document["issuer"], issuer);
    for endpoint in
        ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint", "userinfo_endpoint"]
    {
        assert!(document[endpoint].as_str().is_some_and(|url| url.starts_with(issuer)), "{endpoint}");
    }
    assert_eq!(world.provider.count(EventKind::Discovery), 1);
}

#[tokio::test]
async fn the_hybrid_flow_returns_two_valid_id_tokens() {
    let world = World::start();
    let fields = world.sign_in().await;
    let code = field(&fields, "code");
    let front = world.verify(field(&fields, "id_token")).await.expect("a good front ID token");
    assert_eq!(front["c_hash"], mint::left_half_hash(code));
    assert_eq!(front["preferred_username"], "alice");
    assert_eq!(field(&fields, "state"), "a state of some length, as it should be");
    assert_eq!(field(&fields, "iss"), world.provider.issuer());

    let (status, tokens) = world.redeem(&[("code", code)]).await;
    assert_eq!(status, 200, "{tokens}");
    let back = world.verify(tokens["id_token"].as_str().unwrap_or_default()).await.expect("a good back ID token");
    assert_eq!(back["at_hash"], mint::left_half_hash(tokens["access_token"].as_str().unwrap_or_default()));
    assert_eq!((&back["sub"], &back["sid"], &back["nonce"]), (&front["sub"], &front["sid"], &front["nonce"]));

    let requests = world.provider.token_requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].auth_method, "client_secret_basic");
    assert!(requests[0].code_verifier_ok && requests[0].refused.is_none(), "{requests:?}");

    let (status, refreshed) = world
        .redeem(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap_or_default()),
        ])
        .await;
    assert_eq!(status, 200, "{refreshed}");
    let refreshed = world.verify(refreshed["id_token"].as_str().unwrap_or_default()).await.expect("a good ID token");
    assert_eq!(refreshed.get("nonce"), None);
}

#[tokio::test]
async fn codes_work_once_with_verifier_and_redirect_uri() {
    let world = World::start();
    let fields = world.sign_in().await;
    let code = field(&fields, "code");
    assert_eq!(world.redeem(&[("code", code)]).await.0, 200);
    assert_eq!(world.redeem(&[("code", code)]).await.1["error"], "invalid_grant");
    for wrong in
        [("code_verifier", "another verifier, of a length that would be right"), ("redirect_uri", "http://other/cb")]
    {
        let fields = world.sign_in().await;
        let (status, error) = world.redeem(&[("code", field(&fields, "code")), wrong]).await;
        assert_eq!((status, &error["error"]), (400, &Value::from("invalid_grant")), "{wrong:?}");
    }
    let fields = world.sign_in().await;
    let (status, error) = world.redeem(&[("code", field(&fields, "code")), ("client_secret", "twice")]).await;
    assert_eq!((status, &error["error"]), (401, &Value::from("invalid_client")));
}

#[tokio::test]
async fn a_second_sign_in_is_silent_unless_prompted() {
    let world = World::start();
    world.sign_in().await;
    world.sign_in().await;
    assert_eq!(world.provider.count(EventKind::LoginShown), 1);
    assert!(world.browser.navigate(world.authorize_url(&[("prompt", "login")])).await.login_form().is_some());
    world.provider.advance(std::time::Duration::from_secs(100));
    assert!(world.browser.navigate(world.authorize_url(&[("max_age", "60")])).await.login_form().is_some());
    world.browser.clear_cookies();
    let page = world.browser.sign_in(world.authorize_url(&[("prompt", "none")]), "", "").await;
    assert_eq!(field(&answer(&page), "error"), "login_required");
}

#[tokio::test]
async fn invalid_authorization_requests_get_an_explaining_page() {
    let world = World::start();
    let rows = [
        ("client_id", "other"),
        ("redirect_uri", "https://attacker.example/"),
        ("response_type", "token"),
        ("response_mode", "query"),
        ("scope", "profile"),
        ("state", ""),
        ("nonce", ""),
        ("code_challenge", ""),
        ("code_challenge_method", "plain"),
    ];
    for (name, value) in rows {
        let page = world.browser.navigate(world.authorize_url(&[(name, value)])).await;
        assert_eq!(page.status, 400, "{name}");
        let events = world.provider.events();
        let Some(Event::Authorize { problems, .. }) = events.last() else { panic!("{events:?}") };
        assert!(problems.iter().any(|problem| problem.starts_with(name)), "{name}: {problems:?}");
    }
}

#[tokio::test]
async fn sign_out_redirects_to_registered_uris_only() {
    let world = World::start();
    let fields = world.sign_in().await;
    let target = format!("{}/bye", world.app.url());
    let query = form_text(&[
        ("id_token_hint", field(&fields, "id_token")),
        ("post_logout_redirect_uri", &target),
        ("state", "s"),
    ]);
    let url = format!("{}/logout?{query}", world.provider.issuer());
    assert_eq!(world.browser.navigate(&url).await.status, 400);
    world.provider.register_post_logout_redirect_uri(&target);
    let page = world.browser.navigate(&url).await;
    assert_eq!(page.url.as_str(), format!("{target}?state=s"));
    assert!(world.browser.navigate(world.authorize_url(&[])).await.login_form().is_some());
    assert_eq!(world.provider.count(EventKind::EndSession), 2);
}

#[tokio::test]
async fn token_faults_produce_tokens_with_bad_signatures() {
    let world = World::start();
    world.sign_in().await;
    for fault in Fault::all().filter(|fault| fault.point() == FaultPoint::Front) {
        world.provider.fault(fault);
        let fields = world.sign_in().await;
        assert!(!field(&fields, "id_token").is_empty(), "{fault:?}");
        let refused = ["A01", "A04", "A05", "A07a", "A08", "A11", "A16", "A22", "B01", "B07", "B15"];
        if refused.contains(&fault.id()) {
            assert!(world.verify(field(&fields, "id_token")).await.is_err(), "{fault:?}");
        }
        world.provider.clear_faults();
    }
    let fields = world.sign_in().await;
    assert!(world.verify(field(&fields, "id_token")).await.is_ok());
}

#[tokio::test]
async fn faults_change_responses_at_their_point_only() {
    let world = World::start();
    world.provider.fault(Fault::by_id("C08"));
    assert_eq!(first(&world.sign_in().await, "id_token"), None);
    world.provider.clear_faults();

    world.provider.fault(Fault::by_id("B33"));
    let fields = world.sign_in().await;
    let front = world.verify(field(&fields, "id_token")).await.expect("a good ID token");
    assert_ne!(front["c_hash"], mint::left_half_hash(field(&fields, "code")));
    assert_eq!(world.redeem(&[("code", field(&fields, "code"))]).await.0, 200);
    world.provider.clear_faults();

    world.provider.fault(Fault::by_id("A01").at(FaultPoint::Back));
    let fields = world.sign_in().await;
    assert!(world.verify(field(&fields, "id_token")).await.is_ok());
    let (_, tokens) = world.redeem(&[("code", field(&fields, "code"))]).await;
    assert!(world.verify(tokens["id_token"].as_str().unwrap_or_default()).await.is_err());
    world.provider.clear_faults();

    world.provider.fault(Fault::by_id("D05c"));
    let fields = world.sign_in().await;
    assert_eq!(world.redeem(&[("code", field(&fields, "code"))]).await.0, 503);
}

#[tokio::test]
async fn faults_can_be_set_over_http() {
    let world = World::start();
    let root = format!("https://localhost:{}/_control", world.provider.address().port());
    let post = async |path: &str| world.browser.request(Call::new("POST", &format!("{root}/{path}"))).await.status;
    assert_eq!(post("fault?id=A01&at=back").await, 200);
    assert_eq!(post("fault?id=Z99").await, 400);
    assert_eq!(post("fault?id=C02a&at=back").await, 400);
    assert_eq!(post("clear").await, 200);
    assert_eq!(post("rotate").await, 200);
    world.sign_in().await;
    let events = world.browser.request(Call::new("GET", &format!("{root}/events"))).await.json();
    assert_eq!(events[0]["event"], "authorize");
    world.provider.unavailable(true);
    let discovery = format!("{}/.well-known/openid-configuration", world.provider.issuer());
    assert_eq!(world.browser.request(Call::new("GET", &discovery)).await.status, 503);
}

#[tokio::test]
async fn the_token_endpoint_waits_while_it_is_held() {
    let world = World::start();
    let fields = world.sign_in().await;
    world.provider.hold_token(true);
    let release = async {
        world.provider.wait_for(EventKind::Token, 1).await;
        world.provider.release_token();
    };
    let code = [("code", field(&fields, "code"))];
    let ((status, _), ()) = tokio::join!(world.redeem(&code), release);
    assert_eq!(status, 200);
}
