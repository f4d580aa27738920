//! Tokens that Entra signed and that must be refused.

use vestibule_harness::{
    browser::{Call, Response},
    idp::{EventKind, Fault, FaultPoint, Profile, TENANT_1, TENANT_2, User},
};

use super::{MANY, SINGLE, account, ann, assert_signed_in, entra, sign_in};
use crate::world::{World, profile_setup::ProfileSetup};

// Covers: B04, S0-22, S1-11.
#[tokio::test]
async fn tenant_key_and_cloud_of_a_token_must_match() {
    let world = entra(MANY, vec![]).start().await;
    for (id, reason) in [
        ("B04a", "id-token-issuer"),
        ("B04b", "id-token-issuer"),
        ("B04c", "id-token-issuer"),
        ("B04d", "id-token-malformed"),
        ("B04e", "id-token-malformed"),
        ("B04f", "id-token-malformed"),
        ("B04g", "id-token-key-issuer"),
        ("B04h", "id-token-key-issuer"),
        ("B04i", "id-token-tenant"),
        ("B48a", "id-token-audience"),
        ("B48b", "id-token-issuer"),
    ] {
        for point in [FaultPoint::Front, FaultPoint::Back] {
            assert_refused_at(&world, id, point, reason).await;
        }
    }
    assert_signed_in(&world, &sign_in(&world, "ann").await, &account(&ann(), 0));
}

// Covers: B04, B48.
#[tokio::test]
async fn a_single_tenant_token_must_match_its_tenant() {
    let world = entra(SINGLE, vec![]).start().await;
    for (id, reason) in [
        ("B04a", "id-token-issuer"),
        ("B04b", "id-token-issuer"),
        ("B04d", "id-token-account"),
        ("B04e", "id-token-account"),
        ("B04h", "id-token-key-issuer"),
        ("B04i", "id-token-issuer"),
        ("B48a", "id-token-audience"),
        ("B48b", "id-token-issuer"),
    ] {
        for point in [FaultPoint::Front, FaultPoint::Back] {
            assert_refused_at(&world, id, point, reason).await;
        }
    }
    assert_refused_at(&world, "B04g", FaultPoint::Front, "id-token-key-issuer").await;
    assert_signed_in(&world, &sign_in(&world, "ann").await, &account(&ann(), 0));
}

// Covers: S0-22.
#[tokio::test]
async fn both_id_tokens_must_name_one_account() {
    let world = ProfileSetup::new(Profile::ENTRA, vec![ann()]).provider("idp", SINGLE).start().await;
    assert_refused_at(&world, "B04k", FaultPoint::Back, "id-token-mismatch").await;
}

// Covers: S1-2, CVE-D17.
#[tokio::test]
async fn a_foreign_tenant_with_the_victims_email_is_refused() {
    let ann = User { email: "ann@contoso.example".to_owned(), ..ann() }.with_claim("xms_edov", true.into());
    // The attacker controls the claims of his own tenant; the domain is not verified there.
    let eve = User { email: String::new(), ..User::of_tenant("eve", "pw", TENANT_2) }
        .with_claim("email", "ann@contoso.example".into())
        .with_claim("upn", "ann@contoso.example".into());
    let both =
        format!("issuer = \"{{idp}}/common/v2.0\"\ntenants = [\"{TENANT_1}\", \"{TENANT_2}\"]\nprofile = \"entra\"");
    let world = ProfileSetup::new(Profile::ENTRA, vec![ann.clone(), eve.clone()])
        .provider("idp", &both)
        .routes(RULE_ON_ADDRESS)
        .start()
        .await;
    let page = sign_in(&world, "ann").await;
    assert_signed_in(&world, &page, &account(&ann, 0));
    assert_eq!(world.app.last().header("x-forwarded-email"), Some("ann@contoso.example"));

    let browser = world.browser();
    let page = browser.sign_in(world.at("/wanted"), "eve", "pw").await;
    assert_signed_in(&world, &page, &account(&eve, 0));
    assert_eq!(world.app.last().header("x-forwarded-email"), None);
    let hits = world.app.hits();
    world.assert_refused(&browser.navigate(world.at("/ann")).await, "not-allowed");
    let me = browser.request(Call::fetch("GET", &world.at("/.auth/me"), &[])).await.json();
    assert_eq!((me["email"].is_null(), me["subject"].as_str()), (true, Some(&*account(&eve, 0))));
    assert_eq!(world.app.hits(), hits);
}

// Covers: CVE-D22.
#[tokio::test]
async fn a_response_of_another_provider_is_refused() {
    let second = format!("issuer = \"{{idp}}/{TENANT_2}/v2.0\"\nprofile = \"entra\"");
    let bea = User::of_tenant("bea", "pw", TENANT_2);
    let world = entra(SINGLE, vec![bea.clone()]).provider("second", &second).routes(BOTH).start().await;
    // Both users have the same address; the subject distinguishes them.
    let page = world.browser().sign_in(world.at("/.auth/login/second?return_to=/wanted"), "bea", "pw").await;
    assert_signed_in(&world, &page, &format!("second:{}", account(&bea, 0)));
    let redeemed = world.redemptions();

    let browser = world.browser();
    let login = browser.navigate(world.at("/.auth/login/second?return_to=/wanted")).await;
    let form = login.login_form().expect("a login form");
    let answer = browser.submit(&login, form, &[("username", "bea"), ("password", "pw")]).await;
    let own = |name: &str| answer.forms()[0].field(name).unwrap_or_default().to_owned();
    // The whole response at the other callback: its state belongs to another provider.
    let (state, code, id_token) = (own("state"), own("code"), own("id_token"));
    let fields = [("state", &*state), ("code", &*code), ("id_token", &*id_token)];
    assert_refused(&post(&world, "idp", &fields).await, "state-forged");
    // With a state of the other provider: the token has another issuer or another nonce.
    let asked = browser.navigate_without_following(world.at("/.auth/login/idp?return_to=/wanted")).await;
    let request_url = url::Url::parse(asked.header("location").expect("a sign-in")).expect("a URL");
    let foreign = request_url.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    let fields = [("state", &*foreign), ("code", &*code), ("id_token", &*id_token)];
    assert_refused(&post(&world, "idp", &fields).await, "id-token-issuer");
    assert_eq!(world.redemptions(), redeemed);
    assert_eq!(world.provider.count(EventKind::Unexpected), 0);
}

// Covers: CVE-D22.
#[tokio::test]
async fn iss_parameter_and_token_issuer_must_match() {
    let both =
        format!("issuer = \"{{idp}}/common/v2.0\"\ntenants = [\"{TENANT_1}\", \"{TENANT_2}\"]\nprofile = \"entra\"");
    let world = entra(&both, vec![]).start().await;
    for (tenant, refused) in [(TENANT_1, false), (TENANT_2, true), ("common", true), ("{tenantid}", true)] {
        let browser = world.browser();
        let login = browser.navigate(world.at("/wanted")).await;
        let form = login.login_form().expect("a login form");
        let answer = browser.submit(&login, form, &[("username", "ann"), ("password", "pw")]).await;
        let own = |name: &str| answer.forms()[0].field(name).unwrap_or_default().to_owned();
        let iss = format!("{}/{tenant}/v2.0", world.provider.base());
        let (state, code, id_token) = (own("state"), own("code"), own("id_token"));
        let fields = [("state", &*state), ("code", &*code), ("id_token", &*id_token), ("iss", &*iss)];
        let posted = post(&world, "idp", &fields).await;
        if refused {
            assert_refused(&posted, "answer-issuer");
        } else {
            assert_eq!(posted.status, 303, "{}", posted.body);
        }
    }
}

/// Asserts that Ann's sign-in with the fault `id` at `point` is refused.
async fn assert_refused_at(world: &World, id: &str, point: FaultPoint, reason: &str) {
    world.provider.clear_events();
    world.provider.fault(Fault::by_id(id).at(point));
    let page = sign_in(world, "ann").await;
    world.provider.clear_faults();
    world.assert_refused(&page, reason);
    let redeemed = usize::from(point == FaultPoint::Back);
    assert_eq!((page.status, world.provider.count(EventKind::Token)), (403, redeemed), "{id} {point:?}");
}

async fn post(world: &World, provider: &str, fields: &[(&str, &str)]) -> Response {
    let target = world.at(&format!("/.auth/login/{provider}/callback"));
    world.browser().request(Call::new("POST", &target).form(fields).header("accept", "text/html")).await
}

fn assert_refused(posted: &Response, reason: &str) {
    let has_reason = posted.body.contains(&format!("<dd id=\"reason\">{reason}</dd>"));
    assert!(has_reason && (400..500).contains(&posted.status), "{} {}", posted.status, posted.body);
}

const RULE_ON_ADDRESS: &str = "[[route]]\nupstream = \"{app}\"\n\n[[route]]\npath = \"/ann\"\nupstream = \"{app}\"\n\
    allow = { claims = { email = \"ann@contoso.example\" } }\n";

const BOTH: &str = "[[route]]\nupstream = \"{app}\"\n";
