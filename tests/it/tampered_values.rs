//! Values that browsers hold: changed in one character, or used in another place, they are refused.

use vestibule_harness::browser::{Browser, Call, Page};

use crate::{
    sign_in_steps::{cookies_with_prefix, login_cookies, next_url, post_response, session_cookie},
    world::{Setup, World, session_cookie_field},
};

/// Every value that the gateway issues and accepts, taken from one browser during a sign-in.
struct IssuedValues {
    browser: Browser,
    /// The provider's response to the running sign-in.
    answer: Page,
    state: String,
    login: (String, String),
    ticket: (String, String),
    /// The session of another, completed sign-in.
    session: String,
    form_token: String,
    leaving: (String, String),
    leaving_state: String,
}

/// A place in a request where a value is expected.
const POINTS: [&str; 6] = ["state", "login", "ticket", "session", "form token", "leaving"];

// Covers: CVE-E5.
#[tokio::test]
async fn values_with_one_changed_character_are_refused() {
    let world = World::start().await;
    let values = IssuedValues::collect(&world).await;
    for place in POINTS {
        let right = values.own(place);
        for at in [0, right.len() / 2, right.len() - 1] {
            let other = if right.as_bytes()[at] == b'A' { "B" } else { "A" };
            let wrong = format!("{}{other}{}", &right[..at], &right[at + 1..]);
            assert!(!values.is_accepted(&world, place, &wrong).await, "{place}, letter {at}");
        }
    }
    assert_eq!(world.redemptions(), 2, "the two completed sign-ins");
    values.assert_all_accepted(&world).await;
}

// Covers: CVE-E6, CVE-E4.
#[tokio::test]
async fn values_are_accepted_in_their_own_place_only() {
    let world = World::start().await;
    let values = IssuedValues::collect(&world).await;
    for place in POINTS {
        for made_for in POINTS.into_iter().filter(|made_for| *made_for != place) {
            let value = values.own(made_for).to_owned();
            assert!(!values.is_accepted(&world, place, &value).await, "{made_for} as {place}");
        }
    }
    values.assert_all_accepted(&world).await;
}

// Covers: CVE-E6.
#[tokio::test]
async fn login_cookies_are_bound_to_their_sign_in() {
    let world = World::start().await;
    let (one, two) = (world.browser(), world.browser());
    let posted = world.posted_response(&one, "/one").await;
    world.authorization_response(&two, "/two").await;
    let (name, others) = (login_cookies(&one).remove(0).0, login_cookies(&two).remove(0).1);
    one.set_cookie_raw(&world.url, &format!("{name}={others}; Path=/"));
    let page = one.follow(&posted).await;
    world.assert_refused(&page, "other-browser");
    assert_eq!((page.status, session_cookie(&one), world.redemptions()), (403, None, 0));
}

// Covers: CVE-E3.
#[tokio::test]
async fn deleted_cookies_leave_the_browser() {
    for https in [false, true] {
        let setup = Setup::new();
        let world = if https { setup.https() } else { setup }.start().await;
        let browser = world.signed_in().await;
        let set = browser.cookies();
        assert!(set.iter().any(|cookie| cookie.name.ends_with("vestibule")), "{set:?}");
        let page = browser.navigate(world.at("/.auth/logout")).await;
        let done = browser.submit(&page, 0, &[]).await;
        assert_eq!((done.status, done.url.path()), (200, "/.auth/logout/done"), "{:?}", done.history());
        let left: Vec<_> = browser.cookies().into_iter().filter(|cookie| cookie.name.contains("vestibule")).collect();
        assert!(left.is_empty(), "{left:?}");
        // A browser ignores a deletion without the attributes that the cookie prefix requires, and reports nothing.
        assert_eq!(browser.rejected_cookies(), []);
        let ours = done.chain.iter().filter(|hop| hop.url.as_str().starts_with(&world.url));
        let deletions: Vec<_> =
            ours.flat_map(|hop| &hop.set_cookies).filter(|line| line.contains("Max-Age=0")).collect();
        assert!(deletions.len() >= 2, "the session's and the sign-out's: {deletions:?}");
        for line in deletions {
            let (pair, attributes) = line.split_once("; ").expect("attributes");
            let expected = if https {
                "Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
            } else {
                "HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
            };
            let sorted = |text: &str| {
                let mut parts: Vec<_> = text.split("; ").map(str::to_owned).collect();
                parts.sort();
                parts
            };
            assert!(pair.ends_with('=') && pair.starts_with("__Host-") == https, "{line}");
            assert_eq!(sorted(attributes), sorted(expected), "{line}");
        }
    }
}

impl IssuedValues {
    async fn collect(world: &World) -> Self {
        let leaver = world.signed_in().await;
        let page = leaver.navigate(world.at("/.auth/logout")).await;
        let left = leaver.submit_without_following(&page, 0, &[]).await;
        let there = next_url(&left);
        let (_, leaving_state) = there.query_pairs().find(|(name, _)| name == "state").expect("a state");
        let browser = world.browser();
        let answer = world.authorization_response(&browser, "/wanted").await;
        post_response(&browser, &answer).await;
        let finished = world.signed_in().await;
        let asked = finished.navigate(world.at("/.auth/logout")).await;
        Self {
            state: answer.forms()[0].field("state").expect("a state").to_owned(),
            login: login_cookies(&browser).remove(0),
            ticket: cookies_with_prefix(&browser, "vestibule-answer-").remove(0),
            session: session_cookie(&finished).expect("a session"),
            form_token: asked.forms()[0].field("token").expect("a token").to_owned(),
            leaving: cookies_with_prefix(&leaver, "vestibule-logout").remove(0),
            leaving_state: leaving_state.into_owned(),
            browser,
            answer,
        }
    }

    /// The value that belongs in that place.
    fn own(&self, place: &str) -> &str {
        match place {
            "state" => &self.state,
            "login" => &self.login.1,
            "ticket" => &self.ticket.1,
            "session" => &self.session,
            "form token" => &self.form_token,
            _ => &self.leaving.1,
        }
    }

    /// Sends `value` in that place, with everything else correct, and returns whether it was accepted.
    async fn is_accepted(&self, world: &World, place: &str, value: &str) -> bool {
        let other_browser = world.browser();
        let continued = |login: &str, ticket: &str| {
            let cookies = format!("{}={login}; {}={ticket}", self.login.0, self.ticket.0);
            let other_browser = &other_browser;
            async move {
                // A request with an answer cookie and no login cookie removes the answer cookie; add it again.
                let posted = post_response(&self.browser.clone(), &self.answer).await;
                let call = Call::navigation(next_url(&posted).as_str()).header("cookie", &cookies);
                makes_a_session(&other_browser.request(call).await.set_cookies())
            }
        };
        match place {
            "state" => {
                let form = [("state", value), ("code", "x"), ("id_token", "y")];
                let call = Call::navigation(&world.at("/.auth/login/idp/callback")).method("POST").form(&form);
                let answer = other_browser.request(call).await;
                !["state-forged", "other-instance"].iter().any(|reason| answer.body.contains(&format!(">{reason}<")))
            }
            "login" => continued(value, &self.ticket.1).await,
            "ticket" => continued(&self.login.1, value).await,
            "session" => {
                let line = format!("Cookie: vestibule={value}");
                world.raw("GET /x", &[&line]).await.starts_with("HTTP/1.1 200 ")
            }
            "form token" => {
                let call = Call::new("POST", &world.at("/.auth/logout")).header("origin", &world.url);
                let call = call.header("cookie", &format!("vestibule={}", self.session));
                other_browser.request(call.form(&[("token", value)])).await.status == 303
            }
            _ => {
                let done = world.at(&format!("/.auth/logout/done?state={}", self.leaving_state));
                let call = Call::navigation(&done).header("cookie", &format!("{}={value}", self.leaving.0));
                other_browser.request(call).await.body.contains("at your sign-in provider has ended")
            }
        }
    }

    /// Asserts that the tampered values had no effect, and that the correct ones are accepted.
    async fn assert_all_accepted(&self, world: &World) {
        for place in ["state", "leaving", "session", "form token"] {
            assert!(self.is_accepted(world, place, self.own(place)).await, "{place}");
        }
        let posted = post_response(&self.browser, &self.answer).await;
        world.assert_ends_at(&self.browser.follow(&posted).await, "/wanted");
        assert!(world.raw("GET /x", &[&session_cookie_field(&self.browser)]).await.starts_with("HTTP/1.1 200 "));
    }
}

fn makes_a_session(lines: &[String]) -> bool {
    lines.iter().any(|line| line.starts_with("vestibule=") && !line.starts_with("vestibule=;"))
}
