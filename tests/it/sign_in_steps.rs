//! The single steps of a sign-in, for tests that interrupt it.

use url::Url;
use vestibule_harness::{
    browser::{Browser, Page},
    idp::Event,
};

use crate::world::World;

impl World {
    /// The provider's response to a sign-in to `path`: the page with the form, not posted.
    pub(crate) async fn authorization_response(&self, browser: &Browser, path: &str) -> Page {
        let page = browser.navigate(self.at(path)).await;
        let page = match page.login_form() {
            Some(form) => browser.submit(&page, form, &ALICE).await,
            None => page,
        };
        assert!(page.is_auto_post(), "{:?}\n{}", page.history(), page.body);
        page
    }

    /// The result of posting the response: a redirect to `continue`, not followed.
    pub(crate) async fn posted_response(&self, browser: &Browser, path: &str) -> Page {
        let answer = self.authorization_response(browser, path).await;
        post_response(browser, &answer).await
    }

    /// Asserts that a page that was not followed starts a sign-in at the provider: by a redirect, or by the page that preserves
    /// a fragment.
    pub(crate) fn assert_starts_sign_in(&self, page: &Page) {
        let authorize = format!("{}/authorize?", self.provider.issuer());
        let expected = if page.header("location").is_some() { 303 } else { 200 };
        let begins = page.next_url().is_some_and(|to| to.as_str().starts_with(&authorize));
        assert!(page.status == expected && begins, "{:?}\n{}", page.history(), page.body);
    }

    /// Asserts that the browser ended at `path`, at the application.
    pub(crate) fn assert_ends_at(&self, page: &Page, path: &str) {
        let trail = page.history();
        assert_eq!((page.status, page.url.as_str()), (200, self.at(path).as_str()), "{trail:?}\n{}", page.body);
        assert_eq!(self.app.last().target, path, "{trail:?}");
    }

    /// The authorization requests so far; asserts that the provider found no problem in any of them (row K02).
    pub(crate) fn authorization_requests(&self) -> Vec<RequestParams> {
        let events = self.provider.events().into_iter();
        let requests = events.filter_map(|event| match event {
            Event::Authorize { params, problems } => Some((params, problems)),
            _ => None,
        });
        let read = |(params, problems): (Vec<(String, String)>, Vec<String>)| {
            assert_eq!(problems, [""; 0], "{params:?}");
            RequestParams(params)
        };
        requests.map(read).collect()
    }

    /// The number of token requests so far.
    pub(crate) fn redemptions(&self) -> usize {
        self.provider.token_requests().len()
    }

    /// The status of a `GET` at the admin listener.
    pub(crate) async fn admin_status(&self, path: &str) -> u16 {
        let call = vestibule_harness::browser::Call::new("GET", &format!("{}{path}", self.admin));
        self.browser().request(call).await.status
    }
}

/// The parameters of one request.
#[derive(Debug)]
pub(crate) struct RequestParams(pub(crate) Vec<(String, String)>);

impl RequestParams {
    /// The value of a parameter.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(its, _)| its == name).map(|(_, value)| value.as_str())
    }
}

/// Posts the provider's response, and returns the redirect without following it.
pub(crate) async fn post_response(browser: &Browser, answer: &Page) -> Page {
    let page = browser.submit_without_following(answer, 0, &[]).await;
    assert_eq!(page.status, 303, "{}", page.body);
    page
}

/// The URL to which a page that was not followed leads.
pub(crate) fn next_url(page: &Page) -> Url {
    page.next_url().unwrap_or_else(|| panic!("it does not go on: {}", page.body)).clone()
}

/// The value of the session cookie on plain http.
pub(crate) fn session_cookie(browser: &Browser) -> Option<String> {
    browser.cookie("vestibule").map(|cookie| cookie.value)
}

/// The login cookies on plain http: name and value.
pub(crate) fn login_cookies(browser: &Browser) -> Vec<(String, String)> {
    cookies_with_prefix(browser, "vestibule-login-")
}

/// The cookies whose name begins with `prefix`: name and value.
pub(crate) fn cookies_with_prefix(browser: &Browser, prefix: &str) -> Vec<(String, String)> {
    let cookies = browser.cookies().into_iter().filter(|cookie| cookie.name.starts_with(prefix));
    cookies.map(|cookie| (cookie.name, cookie.value)).collect()
}

const ALICE: [(&str, &str); 2] = [("username", "alice"), ("password", "wonderland")];
