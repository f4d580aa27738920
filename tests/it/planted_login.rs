//! A login cookie that an attacker made and planted in another browser never carries a session from one to the other.
//!
//! A script on the host of the gateway can set any cookie there, `__Host-` cookies included (RFC 6265bis §8.6). The
//! attacker of these tests begins a sign-in, keeps its login cookie and the URL of the provider, and plants the cookie
//! in the victim's browser. What the attacker does not have is the answer cookie: it is set in the victim's browser
//! alone, and script cannot read it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use url::Url;
use vestibule_harness::{
    browser::{Browser, Call, Page},
    idp::EventKind,
};

use crate::{
    sign_in_steps::{login_cookies, next_url, post_response, session_cookie},
    world::{Setup, World, logged},
};

/// A legal pair of response type and response mode.
#[derive(Clone, Copy)]
struct Pair {
    name: &'static str,
    settings: &'static str,
    has_code: bool,
    has_id_token: bool,
    is_query: bool,
}

/// A sign-in that has begun: the browser that began it, and what the attacker knows of it.
struct Begun {
    world: World,
    pair: Pair,
    initiator: Browser,
    login: (String, String),
    authorize: Url,
}

/// What the attacker sends besides the login cookie.
#[derive(Clone, Copy, Debug)]
enum Attack {
    /// Nothing.
    LoginCookieAlone,
    /// An answer cookie of the right form: 32 bytes in base64url.
    InventedTicket,
    /// An answer cookie that claims to carry a code.
    InventedCarriedCode,
    /// A code of this length that no provider issued, sent to the callback with the right state.
    InventedCode(usize),
    /// A genuine response to the same authorization request, for the attacker's own account.
    OwnAnswer,
}

const PAIRS: [Pair; 4] = [
    Pair {
        name: "code id_token + form_post",
        settings: "response_type = \"code id_token\"\nresponse_mode = \"form_post\"",
        has_code: true,
        has_id_token: true,
        is_query: false,
    },
    Pair {
        name: "code + query",
        settings: "response_type = \"code\"\nresponse_mode = \"query\"",
        has_code: true,
        has_id_token: false,
        is_query: true,
    },
    Pair {
        name: "code + form_post",
        settings: "response_type = \"code\"\nresponse_mode = \"form_post\"",
        has_code: true,
        has_id_token: false,
        is_query: false,
    },
    Pair {
        name: "id_token + form_post",
        settings: "response_type = \"id_token\"\nresponse_mode = \"form_post\"",
        has_code: false,
        has_id_token: true,
        is_query: false,
    },
];

// Covers: L01.
#[tokio::test]
async fn a_planted_login_cookie_never_yields_a_session() {
    let mut yielded = Vec::new();
    for pair in PAIRS {
        let begun = Begun::start(pair).await;
        let victim = begun.victim();
        let url = begun.response_request(&victim, "alice", "wonderland").await;
        begun.assert_signs_in(&victim, &url, "alice").await;
        let mut elapsed = 0;
        for seconds in [0, 1, 58] {
            begun.world.advance(Duration::from_secs(seconds - elapsed));
            elapsed = seconds;
            for attack in Attack::all(pair) {
                let attacker = begun.initiator.clone();
                begun.attack(&attacker, attack).await;
                if let Some(name) = begun.signed_in_as(&attacker).await {
                    yielded.push(format!("{}, {attack:?}, after {seconds} s: signed in as {name}", pair.name));
                }
            }
        }
        assert_eq!(begun.signed_in_as(&victim).await.as_deref(), Some("alice"), "{}: the victim stays", pair.name);
    }
    assert!(yielded.is_empty(), "the initiator of the sign-in got a session:\n{}", yielded.join("\n"));
}

// Covers: L02.
#[tokio::test]
async fn a_planted_login_cookie_yields_nothing_during_redemption() {
    let mut yielded = Vec::new();
    for pair in PAIRS.into_iter().filter(|pair| pair.has_code) {
        for attack in Attack::all(pair) {
            let begun = Begun::start(pair).await;
            let (world, victim, attacker) = (&begun.world, begun.victim(), begun.initiator.clone());
            let url = begun.response_request(&victim, "alice", "wonderland").await;
            let attack_url = begun.prepare(&attacker, attack).await;
            world.provider.hold_token(true);
            let during = async {
                world.provider.wait_for(EventKind::Token, 1).await;
                let release = async {
                    // One worker handles both: when this request is answered, it has read the attacker's.
                    world.browser().navigate(world.at("/.auth/logout/done")).await;
                    world.provider.release_token();
                };
                tokio::join!(begun.follow_within_gateway(&attacker, &attack_url), release)
            };
            tokio::join!(begun.assert_signs_in(&victim, &url, "alice"), during);
            if let Some(name) = begun.signed_in_as(&attacker).await {
                yielded.push(format!("{}, {attack:?}: signed in as {name}", pair.name));
            }
        }
    }
    assert!(yielded.is_empty(), "the initiator of the sign-in got a session:\n{}", yielded.join("\n"));
}

// Covers: L03.
#[tokio::test]
async fn a_sign_in_of_the_attacker_reaches_no_victim() {
    let mut yielded = Vec::new();
    for pair in PAIRS {
        let begun = Begun::start(pair).await;
        let url = begun.response_request(&begun.initiator, "bob", "builder").await;
        begun.assert_signs_in(&begun.initiator, &url, "bob").await;

        let lured = begun.victim();
        begun.follow_within_gateway(&lured, &begun.proceed()).await;
        if let Some(name) = begun.signed_in_as(&lured).await {
            yielded.push(format!("{}, sent to continue: signed in as {name}", pair.name));
        }

        let victim = begun.victim();
        let url = begun.response_request(&victim, "alice", "wonderland").await;
        let page = victim.navigate(&url).await;
        begun.world.assert_ends_at(&victim.continue_sign_in(page, "alice", "wonderland").await, "/wanted");
        if let Some(name) = begun.signed_in_as(&victim).await.filter(|name| name != "alice") {
            yielded.push(format!("{}, signed in at the provider as alice: signed in as {name}", pair.name));
        }
    }
    assert!(yielded.is_empty(), "the victim got the session of the attacker:\n{}", yielded.join("\n"));
}

// Covers: L04.
#[tokio::test]
async fn a_lost_response_is_repeated_with_an_audit_line() {
    for pair in PAIRS {
        for seconds in [0, 59] {
            let begun = Begun::start(pair).await;
            let (browser, world) = (&begun.initiator, &begun.world);
            let url = begun.response_request(browser, "alice", "wonderland").await;
            let receiver = browser.clone();
            let first = begun.assert_signs_in(&receiver, &url, "alice").await;
            world.advance(Duration::from_secs(seconds));
            let repeated = browser.navigate_without_following(&url).await;

            let case = format!("{}, after {seconds} s", pair.name);
            assert_eq!(next_url(&repeated).as_str(), world.at("/wanted"), "{case}");
            assert!(session_cookie(browser).is_some(), "{case}");
            assert_eq!(session_cookie(browser), session_cookie(&receiver), "{case}");
            assert_eq!(world.redemptions(), usize::from(pair.has_code), "{case}");
            assert_eq!(audit_events(&first), ["signed-in"], "{case}: the first response");
            assert_eq!(audit_events(&repeated), ["session-cookie-repeated"], "{case}: the repeated response");
        }
    }
}

// Covers: L04.
#[tokio::test]
async fn a_lost_response_restarts_after_a_minute() {
    for pair in PAIRS {
        let begun = Begun::start(pair).await;
        let (browser, world) = (&begun.initiator, &begun.world);
        let url = begun.response_request(browser, "alice", "wonderland").await;
        let receiver = browser.clone();
        begun.assert_signs_in(&receiver, &url, "alice").await;
        // The browser's clock is not advanced: it keeps the answer cookie longer than the cookie's lifetime.
        world.advance(Duration::from_secs(61));
        let page = browser.navigate_without_following(&url).await;
        world.assert_starts_sign_in(&page);
        assert_eq!((session_cookie(browser), audit_events(&page)), (None, Vec::new()), "{}", pair.name);
        let page = browser.follow(&page).await;
        world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/wanted");
        assert_eq!(begun.signed_in_as(browser).await.as_deref(), Some("alice"), "{}", pair.name);
        assert_ne!(session_cookie(browser), session_cookie(&receiver), "{}: a session of its own", pair.name);
    }
}

// Covers: L04.
#[tokio::test]
async fn a_lost_response_gives_nothing_after_sign_out() {
    for pair in PAIRS {
        let begun = Begun::start(pair).await;
        let (browser, world) = (&begun.initiator, &begun.world);
        let url = begun.response_request(browser, "alice", "wonderland").await;
        let receiver = browser.clone();
        begun.assert_signs_in(&receiver, &url, "alice").await;
        let page = receiver.navigate(world.at("/.auth/logout")).await;
        receiver.submit(&page, 0, &[]).await;
        assert_eq!(begun.signed_in_as(&receiver).await, None, "{}", pair.name);

        let page = browser.navigate_without_following(&url).await;
        world.assert_starts_sign_in(&page);
        assert_eq!((session_cookie(browser), begun.signed_in_as(browser).await), (None, None), "{}", pair.name);
    }
}

impl Begun {
    /// A browser starts a sign-in to `/wanted`, and stops before the provider.
    async fn start(pair: Pair) -> Self {
        let world = Setup::new().provider(pair.settings).start().await;
        let initiator = world.browser();
        let page = initiator.navigate_without_following(world.at("/.auth/login?return_to=%2Fwanted")).await;
        let authorize = next_url(&page);
        let login = login_cookies(&initiator).remove(0);
        Self { world, pair, initiator, login, authorize }
    }

    /// A browser whose only cookie is the planted login cookie.
    fn victim(&self) -> Browser {
        let victim = self.world.browser();
        let (name, value) = &self.login;
        self.plant(&victim, name, value);
        victim
    }

    fn plant(&self, browser: &Browser, name: &str, value: &str) {
        browser.set_cookie_raw(&self.world.url, &format!("{name}={value}; Path=/"));
    }

    /// The tag of the sign-in.
    fn tag(&self) -> &str {
        self.login.0.strip_prefix("vestibule-login-").expect("the name of a login cookie")
    }

    /// The URL of `continue` for this sign-in.
    fn proceed(&self) -> String {
        self.world.at(&format!("/.auth/login/idp/continue?t={}", self.tag()))
    }

    /// Follows the URL of the provider, signs in there and posts the response to the callback. Returns the unsent request that
    /// ends the sign-in: to `continue`, or to the callback when the response is in the query.
    async fn response_request(&self, browser: &Browser, username: &str, password: &str) -> Url {
        let login = browser.navigate(&self.authorize).await;
        let form = login.login_form().expect("the login page of the provider");
        let values = [("username", username), ("password", password)];
        if self.pair.is_query {
            return next_url(&browser.submit_without_following(&login, form, &values).await);
        }
        let answer = browser.submit(&login, form, &values).await;
        next_url(&post_response(browser, &answer).await)
    }

    /// Sends the request that ends the sign-in, and asserts that the browser has a session of `username`.
    async fn assert_signs_in(&self, browser: &Browser, url: &Url, username: &str) -> Page {
        let page = browser.navigate_without_following(url).await;
        assert_eq!(next_url(&page).as_str(), self.world.at("/wanted"), "{}: {}", self.pair.name, page.body);
        assert_eq!(self.signed_in_as(browser).await.as_deref(), Some(username), "{}", self.pair.name);
        page
    }

    /// The user of the session in this browser, according to the gateway.
    async fn signed_in_as(&self, browser: &Browser) -> Option<String> {
        let me = browser.fetch("GET", &self.world.at("/.auth/me"), &[], "").await;
        match me.status {
            200 => me.json()["preferred_username"].as_str().map(str::to_owned),
            status => {
                assert_eq!(status, 401, "{}", me.body);
                None
            }
        }
    }

    /// The attacker, who has the login cookie, tries to complete the sign-in.
    async fn attack(&self, attacker: &Browser, attack: Attack) {
        let url = self.prepare(attacker, attack).await;
        self.follow_within_gateway(attacker, &url).await;
    }

    /// Makes an attack up to the request that is to end the sign-in. The result is the URL of that request.
    async fn prepare(&self, attacker: &Browser, attack: Attack) -> String {
        let answer_cookie = format!("vestibule-answer-{}", self.tag());
        let invented = URL_SAFE_NO_PAD.encode([0x5a; 32]);
        match attack {
            Attack::LoginCookieAlone => self.proceed(),
            Attack::InventedTicket => {
                self.plant(attacker, &answer_cookie, &invented);
                self.proceed()
            }
            Attack::InventedCarriedCode => {
                self.plant(attacker, &answer_cookie, &format!("code.{invented}"));
                self.proceed()
            }
            Attack::InventedCode(length) => self.send_invented_code(attacker, length).await,
            Attack::OwnAnswer => self.response_request(attacker, "bob", "builder").await.into(),
        }
    }

    /// Sends a code that no provider issued to the callback, with the right state. Returns the next request.
    async fn send_invented_code(&self, attacker: &Browser, length: usize) -> String {
        let parameter = |name: &str| {
            let mut pairs = self.authorize.query_pairs();
            pairs.find(|(its, _)| its == name).map(|(_, value)| value.into_owned()).expect("a parameter")
        };
        let (state, callback, code) = (parameter("state"), parameter("redirect_uri"), "x".repeat(length));
        let fields = [("state", &*state), ("code", &*code), ("iss", self.world.provider.issuer())];
        if self.pair.is_query {
            return Url::parse_with_params(&callback, fields).expect("a URL").into();
        }
        let answer = attacker.request(Call::navigation(&callback).method("POST").form(&fields)).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.proceed()
    }

    /// Follows redirects within the gateway's origin.
    async fn follow_within_gateway(&self, browser: &Browser, url: &str) {
        let mut page = browser.navigate_without_following(url).await;
        while let Some(to) = page.next_url().filter(|to| to.as_str().starts_with(&self.world.url)).cloned() {
            page = browser.navigate_without_following(to).await;
        }
    }
}

impl Attack {
    /// The attacks that are possible with `pair`.
    fn all(pair: Pair) -> Vec<Self> {
        let mut attacks =
            vec![Self::LoginCookieAlone, Self::InventedTicket, Self::InventedCarriedCode, Self::OwnAnswer];
        // A code that comes with an id_token must match its c_hash.
        if pair.has_code && !pair.has_id_token {
            // A code of 2,560 bytes or less is carried in the answer cookie; a longer one is stored.
            attacks.extend([Self::InventedCode(40), Self::InventedCode(3000)]);
        }
        attacks
    }
}

/// The audit events of the request that led to `page`.
fn audit_events(page: &Page) -> Vec<String> {
    let lines = logged(page.header("x-request-id").expect("a request id"));
    let events = lines.iter().filter(|line| line["target"] == "audit").filter_map(|line| line["event"].as_str());
    events.map(str::to_owned).collect()
}
