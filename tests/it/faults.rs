//! Every fault of a provider in a sign-in, one test for each row of `docs/threats.md`.
//!
//! A row gives the outcome of a sign-in with one fault. The assertions of each outcome are in this file; the tables of
//! rows are in the files below.

use std::collections::HashSet;

use vestibule_harness::{
    browser::{Browser, Page},
    idp::{EventKind, Fault, FaultPoint},
};

use crate::{
    sign_in_steps::next_url,
    world::{World, everything_logged},
};

/// One test for each row: the fault with its variants, at each point.
macro_rules! faults {
    ($($test:ident: $fault:literal @ $($point:ident)+ => $outcome:ident $(($reason:literal))?;)+) => { $(
        #[tokio::test]
        async fn $test() {
            let outcome = crate::faults::Outcome::$outcome $(($reason))?;
            for point in [$(vestibule_harness::idp::FaultPoint::$point),+] {
                crate::faults::run_fault($fault, point, outcome).await;
            }
        }
    )+ };
}

mod claims;
mod discovery;
mod flood;
mod header;
mod keys;
mod metadata_refresh;
mod response;
mod secrets;
mod tls;
mod token_response;
mod userinfo;

/// The outcome of a sign-in.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// It succeeds: the fault is allowed or ignored.
    SignedIn,
    /// It is refused for this reason and ends: the correct response, sent afterwards, is refused too.
    Refused(&'static str),
    /// It is refused for this reason, starts again once with a new code, and is refused again.
    RefusedTwice(&'static str),
    /// The response is refused for this reason before its state is read. A forged or missing `state` changes nothing, so
    /// the right response still succeeds.
    Unread(&'static str),
    /// The response is only too late: the sign-in starts again, until the loop is detected.
    Restarted,
}

/// A sign-in of Alice before its last step: the provider has sent its response, and the browser has not posted it.
struct SignIn {
    browser: Browser,
    /// The URL of the authorization request.
    authorization_url: String,
    /// The page with the response, or the last page when the response is not a form.
    answer: Page,
}

/// Runs a fault and all its variants at `point`, each in its own world.
async fn run_fault(id: &str, point: FaultPoint, outcome: Outcome) {
    for fault in Fault::row(id) {
        let world = World::start().await;
        run_faults(&world, &[fault.at(point)], outcome).await;
    }
}

/// Runs several faults together. Alice signs in with another browser first; that session must stay.
async fn run_faults(world: &World, faults: &[Fault], outcome: Outcome) -> Page {
    let bystander = world.signed_in().await;
    world.provider.clear_events();
    for fault in faults {
        world.provider.fault(*fault);
    }
    let sign_in = SignIn::start(world).await;
    // A client that keeps a cookie after the gateway has deleted it.
    let cookie_keeper = sign_in.browser.clone();
    let end = sign_in.end().await;
    let context = format!("{faults:?}: {:#?}\n{}", end.history(), end.body);

    let tokens = usize::from(!faults.iter().all(|fault| is_before_redemption(fault.point())));
    let expected = match outcome {
        Outcome::SignedIn => 1,
        Outcome::Refused(_) => tokens,
        Outcome::RefusedTwice(_) => 2 * tokens,
        Outcome::Unread(_) | Outcome::Restarted => 0,
    };
    assert_eq!(world.provider.count(EventKind::Token), expected, "{context}");
    let codes: HashSet<_> = world.provider.token_requests().into_iter().map(|request| request.code).collect();
    assert_eq!(codes.len(), expected, "each code is sent once: {context}");
    let userinfo = usize::from(faults.iter().any(|fault| fault.point() == FaultPoint::Userinfo));
    assert_eq!(world.provider.count(EventKind::Userinfo), userinfo, "{context}");
    assert_eq!(world.provider.count(EventKind::Unexpected), 0, "{context}");
    assert_no_secret_leaks(world, &sign_in, &end);
    match outcome {
        Outcome::SignedIn => {
            assert_eq!((end.status, end.url.as_str()), (200, world.at("/wanted").as_str()), "{context}");
            assert_eq!(world.app.last().header_values("x-forwarded-user"), ["subject-of-alice"], "{context}");
        }
        Outcome::Refused(reason) | Outcome::RefusedTwice(reason) | Outcome::Unread(reason) => {
            assert_rejected(world, &sign_in.browser, &end, reason);
        }
        Outcome::Restarted => assert_rejected(world, &sign_in.browser, &end, "sign-in-loop"),
    }

    world.provider.clear_faults();
    let still = bystander.navigate(world.at("/still")).await;
    assert_eq!(still.history(), ["GET /still 200"], "{context}");
    match outcome {
        Outcome::Refused(reason) => {
            let corrected = sign_in.repeat(&sign_in.browser).await;
            assert_rejected(world, &sign_in.browser, &corrected, "other-browser");
            if tokens == 1 {
                // The code was redeemed, and nothing more is redeemed for this sign-in.
                let corrected = sign_in.repeat(&cookie_keeper).await;
                assert_rejected(world, &cookie_keeper, &corrected, reason);
            }
            assert_eq!(world.provider.count(EventKind::Token), tokens, "{context}");
        }
        Outcome::RefusedTwice(_) => {
            assert_eq!(world.provider.count(EventKind::Authorize), 2, "{context}");
            let corrected = sign_in.repeat(&sign_in.browser).await;
            assert_rejected(world, &sign_in.browser, &corrected, "other-browser");
            assert_eq!(world.provider.count(EventKind::Token), expected, "{context}");
        }
        Outcome::Unread(_) => {
            let corrected = sign_in.repeat(&sign_in.browser).await;
            assert_eq!((corrected.status, corrected.url.as_str()), (200, world.at("/wanted").as_str()), "{context}");
        }
        Outcome::SignedIn | Outcome::Restarted => {}
    }
    end
}

impl SignIn {
    /// Alice opens `/wanted` and enters her password.
    async fn start(world: &World) -> Self {
        let browser = world.browser();
        let asked = browser.navigate_without_following(world.at("/wanted")).await;
        world.assert_starts_sign_in(&asked);
        let authorization_url = next_url(&asked).to_string();
        let login = browser.follow(&asked).await;
        let form = login.login_form().unwrap_or_else(|| panic!("no login form: {}", login.body));
        let answer = browser.submit(&login, form, &[("username", "alice"), ("password", "wonderland")]).await;
        Self { browser, authorization_url, answer }
    }

    /// Posts the response and follows all redirects.
    async fn end(&self) -> Page {
        if self.answer.is_auto_post() {
            self.browser.continue_sign_in(self.answer.clone(), "alice", "wonderland").await
        } else {
            self.answer.clone()
        }
    }

    /// Repeats the authorization request. The provider has a session of Alice and responds at once.
    async fn repeat(&self, browser: &Browser) -> Page {
        browser.sign_in(&self.authorization_url, "alice", "wonderland").await
    }

    /// A field of the response.
    fn field(&self, name: &str) -> Option<String> {
        self.answer.forms().first()?.field(name).map(str::to_owned)
    }
}

/// Whether a fault at this point is detected before the code is redeemed.
fn is_before_redemption(point: FaultPoint) -> bool {
    matches!(point, FaultPoint::Front | FaultPoint::Response | FaultPoint::Jwks | FaultPoint::Discovery)
}

/// Asserts a refusal without a session and without a redirect.
fn assert_rejected(world: &World, browser: &Browser, page: &Page, reason: &str) {
    world.assert_refused(page, reason);
    assert!((400..600).contains(&page.status), "{reason}: {}", page.status);
    let session = page.set_cookies().into_iter().find(|line| {
        line.strip_prefix(SESSION).and_then(|rest| rest.strip_prefix('=')).is_some_and(|value| !value.starts_with(';'))
    });
    assert_eq!(session, None, "{reason}: {:?}", page.history());
    assert!(browser.cookies().iter().all(|cookie| cookie.name != SESSION), "{reason}: {:?}", browser.cookies());
}

/// Asserts that no token, code, verifier, client secret or session stands in the log, on the last page, or in an
/// address to which the gateway sent the browser (rows CVE-H5 and K07).
fn assert_no_secret_leaks(world: &World, sign_in: &SignIn, end: &Page) {
    let log = everything_logged();
    let ours = end.chain.iter().filter(|hop| hop.url.as_str().starts_with(&world.url));
    let addresses: Vec<&str> = ours.filter_map(|hop| hop.location.as_deref()).collect();
    for secret in secrets_of(world, sign_in) {
        let shown = secret.chars().take(60).collect::<String>();
        assert!(!log.contains(&secret), "in the log: {shown}");
        assert!(!end.body.contains(&secret), "on the page: {shown}");
        assert!(addresses.iter().all(|address| !address.contains(&secret)), "in an address: {shown}");
    }
}

/// All secret values of this world.
fn secrets_of(world: &World, sign_in: &SignIn) -> Vec<String> {
    let provider = &world.provider;
    let mut secrets = vec![provider.client_secret().to_owned()];
    // A payload or a signature alone would reveal too much. The header is not secret, and is equal in many tokens.
    let parts = |token: &String| token.split('.').skip(1).map(str::to_owned).collect::<Vec<_>>();
    secrets.extend(provider.id_tokens().iter().flat_map(parts));
    secrets.extend(provider.live_tokens());
    secrets.extend(sign_in.field("code"));
    for (name, value) in provider.token_requests().into_iter().flat_map(|request| request.form) {
        secrets.extend(["code", "code_verifier", "refresh_token"].contains(&&*name).then_some(value));
    }
    let cookies = sign_in.browser.cookies().into_iter();
    secrets.extend(cookies.filter(|cookie| cookie.name == SESSION).map(|cookie| cookie.value));
    secrets.retain(|secret| secret.len() >= SHORTEST_SECRET);
    secrets
}

/// The session cookie of an http origin.
const SESSION: &str = "vestibule";

/// Shorter values, such as a code that a fault has emptied, occur by chance.
const SHORTEST_SECRET: usize = 16;
