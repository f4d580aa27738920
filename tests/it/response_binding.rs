//! A response belongs to one sign-in, one callback and one provider; the `Origin` header does not matter.

use vestibule_harness::{
    browser::{Call, Page, Response},
    idp::{EventKind, Provider, ProviderOptions},
};

use crate::{
    sign_in_steps::{login_cookies, next_url, session_cookie},
    world::{Setup, World, everything_logged},
};

// Covers: C19.
#[tokio::test]
async fn the_origin_header_of_a_response_is_ignored() {
    let world = World::start().await;
    for (origin, site) in [
        (None, None),
        (Some("null"), Some("cross-site")),
        (Some("https://evil.example"), Some("cross-site")),
        (Some(world.provider.issuer()), Some("same-site")),
        (Some(&*world.url), Some("same-origin")),
    ] {
        let said = |call: Call| {
            let call = origin.into_iter().fold(call, |call, origin| call.set("origin", origin));
            site.into_iter().fold(call, |call, site| call.set("sec-fetch-site", site))
        };
        let browser = world.browser();
        let fields = fields(&world.authorization_response(&browser, "/wanted").await);
        // State and cookies bind the response, wherever it is posted from.
        let forged = with(&fields, "state", "A");
        let refused = browser.request(said(posting(&world.at(CALLBACK), &forged))).await;
        assert_eq!((refused.status, reason(&refused)), (400, Some("state-forged")), "{origin:?}: {}", refused.body);
        let taken = browser.request(said(posting(&world.at(CALLBACK), &fields))).await;
        assert_eq!(taken.status, 303, "{origin:?}: {}", taken.body);
        let proceed = taken.header("location").expect("a way on");
        let elsewhere = world.browser().navigate(world.at(proceed)).await;
        assert_ne!(elsewhere.url.path(), "/wanted", "{origin:?}: a browser without the cookies");
        world.assert_ends_at(&browser.navigate(world.at(proceed)).await, "/wanted");
    }
    assert_eq!(world.redemptions(), 5);
}

// Covers: C38.
#[tokio::test]
async fn a_password_posted_by_307_is_not_forwarded() {
    let world = World::start().await;
    let browser = world.browser();
    // A 307 from the provider's login form makes the browser repeat the POST here (RFC 9700 §4.12).
    let login = [("username".to_owned(), "alice".to_owned()), ("password".to_owned(), PASSWORD.to_owned())];
    let refused = browser.request(posting(&world.at(CALLBACK), &login)).await;
    assert_eq!((refused.status, reason(&refused)), (400, Some("state-missing")), "{}", refused.body);
    assert!(!refused.body.contains(PASSWORD), "{}", refused.body);
    let mut whole = fields(&world.authorization_response(&browser, "/wanted").await);
    whole.extend(login);
    let taken = browser.request(posting(&world.at(CALLBACK), &whole)).await;
    // Always 303 See Other: with 307 or 308 the browser would repeat the POST.
    assert_eq!(taken.status, 303, "{}", taken.body);
    let proceed = taken.header("location").expect("a way on");
    assert!(!proceed.contains(PASSWORD), "{proceed}");
    world.assert_ends_at(&browser.navigate(world.at(proceed)).await, "/wanted");
    assert!(!format!("{:?}", world.app.requests()).contains(PASSWORD));
    assert!(!everything_logged().contains(PASSWORD));
}

// Covers: C39.
#[tokio::test]
async fn a_response_is_valid_only_at_its_callback() {
    let world = Setup::new().with_localhost().start().await;
    let browser = world.browser();
    let fields = fields(&world.authorization_response(&browser, "/wanted").await);
    let localhost = world.at(CALLBACK).replacen("127.0.0.1", "localhost", 1);
    for (call, status, why) in [
        (posting(&world.at("/.auth/login/other/callback"), &fields), 404, None),
        (posting(&world.at("/.auth/login/IDP/callback"), &fields), 404, None),
        (posting(&world.at("/.auth/login/idp/callback/"), &fields), 404, None),
        (posting(&world.at("/.auth/callback"), &fields), 404, None),
        (posting(&world.at("/.auth/login/idp/continue"), &fields), 405, None),
        (posting(&world.at("/callback"), &fields), 401, None),
        // The other origin has its own sign-ins.
        (posting(&localhost, &fields), 400, Some("state-forged")),
        (posting(&world.at(CALLBACK), &fields).set("host", "evil.example"), 421, None),
    ] {
        let refused = browser.request(call).await;
        assert_eq!(refused.status, status, "{why:?}: {}", refused.body);
        assert!(why.is_none() || reason(&refused) == why, "{why:?}: {}", refused.body);
        assert!(refused.set_cookies().is_empty() && refused.header("location").is_none(), "{:?}", refused.headers);
    }
    assert_eq!((world.redemptions(), world.app.hits()), (0, 0));
    for name in ["x-forwarded-host", "x-forwarded-server", "x-original-host", "x-host", "forwarded"] {
        let value = if name == "forwarded" { "host=evil.example;proto=https" } else { "evil.example" };
        let begun = browser.request(Call::navigation(&world.at("/.auth/login")).header(name, value)).await;
        let request_url = begun.header("location").unwrap_or_default();
        let own = form(&[("redirect_uri", &world.at(CALLBACK))]);
        assert!(
            begun.status == 303 && request_url.contains(&own) && !request_url.contains("evil"),
            "{name}: {request_url}"
        );
    }
    let taken = browser.request(posting(&world.at(CALLBACK), &fields)).await;
    world.assert_ends_at(&browser.navigate(world.at(taken.header("location").expect("a way on"))).await, "/wanted");
}

// Covers: CVE-D22, C34.
#[tokio::test]
async fn a_response_cannot_end_another_providers_sign_in() {
    let (world, other) = two_providers().await;
    let there = world.at("/.auth/login/other/callback");
    other.register_redirect_uri(&there);
    let browser = world.browser();
    let begun = |path: &'static str| {
        let (world, browser) = (&world, &browser);
        async move { fields(&world.authorization_response(browser, path).await) }
    };
    let (ours, theirs) = (begun("/.auth/login/idp?return_to=%2Fours").await, begun("/.auth/login/other").await);

    // Each response at the other provider's callback: the state names its provider.
    for (address, fields) in [(&there, &ours), (&world.at(CALLBACK), &theirs)] {
        let refused = browser.request(posting(address, fields)).await;
        assert_eq!((refused.status, reason(&refused)), (400, Some("state-forged")), "{}", refused.body);
    }
    // The other provider's response with our state is refused by `iss` (RFC 9207 §2.4), or by the token where `iss` is missing or wrong.
    let issuer = world.provider.issuer();
    for (iss, (status, why)) in [
        (Some(other.issuer()), (400, "answer-issuer")),
        (Some(issuer), (403, "id-token-unknown-key")),
        (None, (403, "id-token-unknown-key")),
    ] {
        let ours = begun("/.auth/login/idp?return_to=%2Fmixed").await;
        let mut mixed = with(&theirs, "state", value(&ours, "state"));
        mixed.retain(|(name, _)| name != "iss");
        mixed.extend(iss.map(|iss| ("iss".to_owned(), iss.to_owned())));
        mixed.push(("code".to_owned(), value(&ours, "code").to_owned()));
        let refused = browser.request(posting(&world.at(CALLBACK), &mixed)).await;
        assert_eq!((refused.status, reason(&refused)), (status, Some(why)), "{iss:?}: {}", refused.body);
    }
    assert_eq!((world.redemptions(), other.count(EventKind::Token), session_cookie(&browser)), (0, 0, None));
    // At its own callback the response still succeeds.
    let taken = browser.request(posting(&world.at(CALLBACK), &ours)).await;
    world.assert_ends_at(&browser.navigate(world.at(taken.header("location").expect("a way on"))).await, "/ours");
}

// Covers: S0-11.
#[tokio::test]
async fn the_redirect_uri_is_sent_equally_to_both_endpoints() {
    let (world, other) = two_providers().await;
    world.signed_in().await;
    let token = world.provider.token_requests().pop().expect("a redemption");
    assert_eq!(token.redirect_uri, Some(world.at(CALLBACK)));
    assert_eq!(token.refused, None, "the redirect URI equals that of the authorization request");
    // The redirect URI is not registered there: the provider shows an error page and sends no response.
    let browser = world.browser();
    let page = browser.navigate(world.at("/.auth/login/other")).await;
    assert_eq!((page.status, page.url.as_str().starts_with(other.issuer())), (400, true), "{:?}", page.history());
    assert_eq!((page.chain.len(), login_cookies(&browser).len(), session_cookie(&browser)), (2, 1, None));
    assert_eq!(world.sign_in(&browser, "/x").await.status, 200, "the next sign-in succeeds");
}

// Covers: S0-27b, S0-28.
#[tokio::test]
async fn sign_out_goes_to_the_sessions_provider() {
    let (world, other) = two_providers().await;
    other.register_redirect_uri(&world.at("/.auth/login/other/callback"));
    for registered in [false, true] {
        let browser = world.browser();
        world.assert_ends_at(&world.sign_in(&browser, "/.auth/login/other?return_to=%2Fwanted").await, "/wanted");
        let page = browser.navigate(world.at("/.auth/logout?return_to=%2Fwanted")).await;
        let left = browser.submit_without_following(&page, 0, &[]).await;
        let address = next_url(&left);
        assert!(address.as_str().starts_with(other.issuer()), "{address}");
        let back: Vec<_> = address.query_pairs().filter(|(name, _)| name == "post_logout_redirect_uri").collect();
        assert_eq!((back.len(), &*back[0].1), (1, &*world.at("/.auth/logout/done")));
        assert_eq!(session_cookie(&browser), None, "before the browser leaves");
        // The provider does not redirect to an address that is not registered; the local session ends all the same.
        let end = browser.follow(&left).await;
        if registered {
            assert_eq!((end.status, end.url.path()), (200, "/.auth/logout/done"), "{:?}", end.history());
        } else {
            assert_eq!((end.status, end.url.as_str().starts_with(other.issuer())), (400, true), "{:?}", end.history());
            other.register_post_logout_redirect_uri(&world.at("/.auth/logout/done"));
        }
        assert_eq!(browser.fetch("GET", &world.at("/x"), &[], "").await.status, 401);
    }
    assert_eq!((other.count(EventKind::EndSession), world.provider.count(EventKind::EndSession)), (2, 0));
}

/// A world with a second provider, `other`, at which no redirect URI is registered yet.
async fn two_providers() -> (World, Provider) {
    let other = Provider::start(ProviderOptions::default());
    let section = format!(
        "[[provider]]\nname = \"other\"\nissuer = \"{}\"\nclient_id = \"vestibule\"\nresponse_type = \"id_token\"\n",
        other.issuer()
    );
    (Setup::new().provider(&section).start().await, other)
}

/// The fields of a response that has not been posted.
fn fields(answer: &Page) -> Vec<(String, String)> {
    let form = &answer.forms()[0];
    let names = ["state", "code", "id_token", "iss"];
    names.iter().filter_map(|name| Some(((*name).to_owned(), form.field(name)?.to_owned()))).collect()
}

fn value<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(its, _)| its == name).map(|(_, value)| value.as_str()).expect("a field")
}

/// The fields with one value replaced.
fn with(fields: &[(String, String)], name: &str, value: &str) -> Vec<(String, String)> {
    let change =
        |(its, was): &(String, String)| (its.clone(), if its == name { value.to_owned() } else { was.clone() });
    fields.iter().map(change).collect()
}

/// A form POST to `url` as a top-level navigation.
fn posting(url: &str, fields: &[(String, String)]) -> Call {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Call::navigation(url).method("POST").form(&fields)
}

/// The reason code on a page.
fn reason(answer: &Response) -> Option<&str> {
    answer.body.split_once("<dd id=\"reason\">")?.1.split('<').next()
}

fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

const CALLBACK: &str = "/.auth/login/idp/callback";
const PASSWORD: &str = "a-password-that-went-astray-307";
