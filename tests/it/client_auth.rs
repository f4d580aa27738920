//! Client authentication at the token endpoint: every method, files that change, and the errors when a credential is
//! missing.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use vestibule_harness::{
    browser::Page,
    idp::{ClientKey, ClientRegistration, TokenRequest},
};

use crate::world::{Setup, World, everything_logged};

mod files;
mod refresh;
mod rejected;

/// Files that a test changes while the gateway runs; removed at the end.
struct Files(PathBuf);

impl Files {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("vestibule-client-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder for temporary files");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("a writable folder");
    }

    fn write_pair(&self, key: &ClientKey) {
        self.write("key", &key.key_pem);
        self.write("certificate", &key.certificate_pem);
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.0.join(name)).expect("a file");
    }

    /// Lines of the configuration; `$` is replaced by the folder.
    fn lines(&self, text: &str) -> String {
        text.replace('$', &self.0.display().to_string())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

/// A world whose gateway is configured with `lines` and registered at the provider as `client`.
async fn world(lines: &str, client: ClientRegistration) -> World {
    let world = Setup::new().provider(lines).start().await;
    world.provider.register_client(client);
    world
}

/// A world with a separate address for client certificates, published as `mtls_endpoint_aliases`.
async fn mtls_world(lines: &str, client: ClientRegistration) -> (World, String) {
    let vouched = matches!(client, ClientRegistration::Certificate("tls_client_auth", _));
    // The address must exist before the metadata are fetched.
    let world = Setup::new().provider(lines).provider_down().start().await;
    world.provider.register_client(client);
    let address = world.provider.serve_mtls(world.ca.mtls_config(&["localhost"], vouched));
    world.provider.unavailable(false);
    while world.admin_status("/readyz").await != 200 {
        // The pause before the next fetch is measured by the gateway's clock.
        world.advance(Duration::from_secs(30));
        world.browser().navigate(world.at("/")).await;
    }
    (world, address)
}

/// Signs Alice in with a new browser. Returns the last page.
async fn try_sign_in(world: &World) -> Page {
    world.sign_in(&world.browser(), "/wanted").await
}

/// Signs Alice in with a new browser, which succeeds with one valid token request. Returns that request.
async fn sign_in(world: &World) -> TokenRequest {
    let before = world.provider.token_requests().len();
    let page = try_sign_in(world).await;
    let requests = world.provider.token_requests();
    assert_eq!(page.status, 200, "{:?}\n{}\n{:#?}", page.history(), page.body, requests.last());
    assert_eq!(requests.len(), before + 1);
    let request = requests.last().expect("a token request").clone();
    assert_eq!((request.refused, request.origin.as_deref()), (None, None));
    let mut names: Vec<_> = request.form.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a parameter twice: {names:?}");
    assert_not_logged(&request);
    request
}

/// Asserts that the log contains no assertion.
fn assert_not_logged(request: &TokenRequest) {
    let assertion = request.form.iter().find(|(name, _)| name == "client_assertion");
    if let Some((_, assertion)) = assertion {
        let log = everything_logged();
        assert!(assertion.split('.').skip(1).all(|part| !log.contains(part)), "an assertion in the log");
    }
}

/// The parameters of the form besides those of the grant.
fn client_parameters(request: &TokenRequest) -> Vec<&str> {
    let grant = ["grant_type", "code", "redirect_uri", "code_verifier"];
    request.form.iter().map(|(name, _)| name.as_str()).filter(|name| !grant.contains(name)).collect()
}

/// Header and claims of the assertion.
fn assertion(request: &TokenRequest) -> (&Value, &Value) {
    let assertion = request.assertion.as_ref().expect("an assertion");
    (&assertion["header"], &assertion["claims"])
}

const SIGNED: &[&str] = &["client_id", "client_assertion_type", "client_assertion"];

// Covers: K04, K05.
#[tokio::test]
async fn a_secret_is_sent_in_one_place() {
    for (lines, method, parameters) in [
        ("", "client_secret_basic", &[][..]),
        (
            "client_auth = \"client_secret_post\"\nclient_secret = { file = \"$/secret\" }",
            "client_secret_post",
            &["client_id", "client_secret"][..],
        ),
    ] {
        let files = Files::new();
        files.write("secret", "a secret with : % + / in it\n");
        let world = world(&files.lines(lines), ClientRegistration::Secret).await;
        let request = sign_in(&world).await;
        assert_eq!((request.auth_method.as_str(), client_parameters(&request).as_slice()), (method, parameters));
    }
}

// Covers: K06.
#[tokio::test]
async fn client_secret_jwt_never_sends_the_secret() {
    let files = Files::new();
    files.write("secret", "a secret of more than thirty-two bytes\n");
    let lines = files.lines("client_auth = \"client_secret_jwt\"\nclient_secret = { file = \"$/secret\" }");
    let world = world(&lines, ClientRegistration::SecretJwt).await;
    world.provider.rotate_client_secret("a secret of more than thirty-two bytes");
    let request = sign_in(&world).await;
    assert_eq!((request.auth_method.as_str(), client_parameters(&request).as_slice()), ("client_secret_jwt", SIGNED));
    assert_eq!(assertion(&request).0, &json!({"alg": "HS256", "typ": "JWT"}));
    assert!(!everything_logged().contains("more than thirty-two bytes"));
}

// Covers: K06.
#[tokio::test]
async fn a_key_of_each_kind_signs_with_its_algorithms() {
    for (key, members, algorithm) in [
        (ClientKey::rsa(), "", "RS256"),
        (ClientKey::rsa(), "algorithm = \"PS256\"", "PS256"),
        (ClientKey::p256(), "", "ES256"),
        (ClientKey::p384(), "", "ES384"),
        (ClientKey::ed25519(), "", "EdDSA"),
    ] {
        let files = Files::new();
        files.write_pair(&key);
        let lines = format!("client_key = {{ file = \"$/key\" }}\nclient_assertion = {{ {members} }}");
        let world = world(&files.lines(&lines), ClientRegistration::Keys(vec![key], false)).await;
        let request = sign_in(&world).await;
        assert_eq!((request.auth_method.as_str(), client_parameters(&request).as_slice()), ("private_key_jwt", SIGNED));
        assert_eq!(assertion(&request).0, &json!({"alg": algorithm, "typ": "JWT"}));
    }
}

// Covers: K06.
#[tokio::test]
async fn assertions_are_short_lived_and_used_once() {
    let (files, key) = (Files::new(), ClientKey::p256());
    files.write_pair(&key);
    let lines = files.lines("client_key = { file = \"$/key\" }");
    let world = world(&lines, ClientRegistration::Keys(vec![key], false)).await;
    let mut names = Vec::new();
    for _ in 0..3 {
        let request = sign_in(&world).await;
        let claims = assertion(&request).1;
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!("vestibule"), &json!("vestibule")));
        assert_eq!(claims["aud"], world.provider.issuer());
        let time = |name: &str| claims[name].as_i64().expect("a time");
        assert!(time("exp") - time("iat") <= 300 && time("nbf") == time("iat"), "{claims}");
        // The times follow the gateway's clock, not the system clock.
        assert!((time("exp") - world.provider.now()).abs() <= 300, "{claims}");
        names.push(claims["jti"].as_str().expect("a name").to_owned());
        world.advance(Duration::from_secs(100_000));
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 3);
}

// Covers: K06.
#[tokio::test]
async fn assertions_name_certificate_and_endpoint_when_configured() {
    let (files, key) = (Files::new(), ClientKey::rsa());
    files.write_pair(&key);
    let client_assertion =
        "client_assertion = { algorithm = \"PS256\", audience = \"token_endpoint\", key_id = \"2026\", x5t = true }";
    let lines =
        format!("client_key = {{ file = \"$/key\" }}\nclient_certificate = \"$/certificate\"\n{client_assertion}");
    let world = world(&files.lines(&lines), ClientRegistration::Keys(vec![key], true)).await;
    let request = sign_in(&world).await;
    let (header, claims) = assertion(&request);
    let names: Vec<_> = header.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["alg", "kid", "typ", "x5t", "x5t#S256"], "{header}");
    assert_eq!((&header["alg"], &header["kid"]), (&json!("PS256"), &json!("2026")));
    assert_eq!(claims["aud"], format!("{}/token", world.provider.issuer()));
}

#[tokio::test]
async fn a_platform_assertion_is_sent_from_its_file() {
    let (files, platform) = (Files::new(), ClientKey::p256());
    let lines = files.lines("client_assertion = { token_file = \"$/token\" }");
    files.write("token", "e30.e30.bm90IHlldA");
    let registered = ClientRegistration::Federated(Box::new(platform.clone()), PLATFORM, WORKLOAD);
    let world = world(&lines, registered).await;
    let token = |life: i64| {
        let now = world.provider.now();
        platform.token(&json!({
            "iss": PLATFORM, "sub": WORKLOAD, "aud": world.provider.issuer(), "iat": now, "nbf": now, "exp": now + life,
        }))
    };
    let first = token(60);
    files.write("token", &first);
    // The same assertion is sent until the platform replaces the file.
    for _ in 0..2 {
        let request = sign_in(&world).await;
        assert_eq!((request.auth_method.as_str(), client_parameters(&request).as_slice()), ("private_key_jwt", SIGNED));
        assert!(request.form.contains(&("client_assertion".to_owned(), first.clone())));
    }
    world.advance(Duration::from_secs(120));
    let second = token(60);
    files.write("token", &second);
    assert!(sign_in(&world).await.form.contains(&("client_assertion".to_owned(), second)));
}

// Covers: E21.
#[tokio::test]
async fn a_client_certificate_uses_the_mtls_endpoint() {
    for method in ["tls_client_auth", "self_signed_tls_client_auth"] {
        let files = Files::new();
        let lines = format!(
            "client_auth = \"{method}\"\nclient_key = {{ file = \"$/key\" }}\nclient_certificate = \"$/certificate\""
        );
        // The file must exist before the certificate authority of the world does.
        files.write_pair(&ClientKey::p256());
        let (world, address) =
            mtls_world(&files.lines(&lines), ClientRegistration::Certificate(method, Box::new(ClientKey::p256())))
                .await;
        let mut seen = Vec::new();
        for _ in 0..2 {
            let key = if method == "tls_client_auth" { ClientKey::certified(&world.ca) } else { ClientKey::p256() };
            files.write_pair(&key);
            world.provider.register_client(ClientRegistration::Certificate(method, Box::new(key)));
            let request = sign_in(&world).await;
            assert_eq!(
                (request.auth_method.as_str(), client_parameters(&request).as_slice()),
                (method, &["client_id"][..])
            );
            seen.push(request.address);
        }
        // The second certificate was presented too: no TLS session of the first was resumed.
        assert_eq!(seen, [address.as_str(), address.as_str()]);
    }
}

// Covers: E21.
#[tokio::test]
async fn without_client_certificate_the_usual_endpoint_is_used() {
    let files = Files::new();
    files.write("secret", "a secret with : % + / in it\n");
    let (world, _) =
        mtls_world(&files.lines("client_secret = { file = \"$/secret\" }"), ClientRegistration::Secret).await;
    assert_eq!(sign_in(&world).await.address, "/token");
}

const PLATFORM: &str = "https://platform.example";
const WORKLOAD: &str = "system:serviceaccount:web:gateway";
