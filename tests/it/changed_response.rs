//! An authorization response that was changed in any byte signs no user in.

use proptest::{
    prelude::{Strategy, any, prop_oneof},
    sample::{Index, select},
    test_runner::{Config, TestCaseError, TestRunner},
};
use url::{Url, form_urlencoded};
use vestibule_harness::browser::{Browser, Call};

use crate::{
    sign_in_steps::{cookies_with_prefix, post_response, session_cookie},
    world::World,
};

/// Enough cases that each kind of change reaches each part of the response many times.
const CASES: u32 = 1000;

/// One change to the body of the response.
#[derive(Clone, Debug)]
enum Change {
    /// Replaces one byte.
    Replace(Index, u8),
    /// Flips one bit.
    Flip(Index, u8),
    /// Inserts one byte.
    Insert(Index, u8),
    /// Removes bytes.
    Delete(Index, usize),
    /// Cuts the rest off.
    Cut(Index),
    /// Repeats one parameter.
    Repeat(Index),
    /// Removes one parameter.
    Drop(Index),
    /// Exchanges the values of two parameters.
    Swap(Index, Index),
    /// Adds one parameter.
    Add(&'static str),
}

/// A genuine response of the provider, and the browser whose sign-in it completes.
struct Captured {
    world: World,
    browser: Browser,
    action: Url,
    body: Vec<u8>,
}

// Covers: B35, B36, C02, C10.
#[test]
fn a_response_with_any_changed_byte_is_refused() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let world = runtime.block_on(World::start());
    let browser = world.browser();
    let page = runtime.block_on(world.authorization_response(&browser, "/wanted"));
    let form = page.forms().remove(0);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish().into_bytes();
    let captured = Captured { world, browser, action: form.action, body };
    assert!(!is_changed(&captured.body, &captured.body), "the unchanged response is not a change");

    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let run = runner.run(&change(), |change| {
        let body = changed(&captured.body, &change);
        if is_changed(&captured.body, &body) {
            runtime
                .block_on(captured.refuses(&body))
                .map_err(|why| TestCaseError::fail(format!("{change:?}: {why}")))?;
        }
        Ok(())
    });
    run.unwrap_or_else(|error| panic!("{error}"));

    // After a thousand wrong responses the right one still succeeds.
    let signed_in = runtime.block_on(async {
        let posted = post_response(&captured.browser, &page).await;
        captured.browser.follow(&posted).await
    });
    captured.world.assert_ends_at(&signed_in, "/wanted");
    assert_eq!(captured.world.redemptions(), 1);
}

impl Captured {
    /// Posts `body` in the browser of the sign-in, and follows to the request that would complete it.
    async fn refuses(&self, body: &[u8]) -> Result<(), String> {
        let browser = self.browser.clone();
        let call = Call::new("POST", self.action.as_str())
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_vec());
        let answer = browser.request(call).await;
        let receipts = cookies_with_prefix(&browser, "vestibule-answer-");
        if let Some((_, receipt)) = receipts.iter().find(|(_, receipt)| !receipt.starts_with("refused.")) {
            return Err(format!("a receipt: {receipt}"));
        }
        if let Some(location) = answer.header("location") {
            browser.navigate_without_following(self.action.join(location).expect("an address")).await;
        }
        match (session_cookie(&browser), self.world.redemptions()) {
            (None, 0) if (300..500).contains(&answer.status) => Ok(()),
            (session, redeemed) => Err(format!("{} {session:?} {redeemed}\n{}", answer.status, answer.body)),
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    // Half of the bytes have a meaning in a form, a token or a percent escape.
    let byte = || prop_oneof![any::<u8>(), select(b"&=%+.-_; 0aAzZ/".to_vec())];
    let more = [
        "&error=access_denied",
        "&access_token=t",
        "&iss=https%3A%2F%2Fevil.example",
        "&st%61te=x",
        "&x=%zz",
        "&x=%FF",
    ];
    prop_oneof![
        4 => (at(), byte()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        4 => (at(), 0_u8..8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        4 => (at(), byte()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        3 => (at(), 1_usize..4).prop_map(|(at, count)| Change::Delete(at, count)),
        1 => at().prop_map(Change::Cut),
        1 => at().prop_map(Change::Repeat),
        1 => at().prop_map(Change::Drop),
        1 => (at(), at()).prop_map(|(one, other)| Change::Swap(one, other)),
        1 => select(more.to_vec()).prop_map(Change::Add),
    ]
}

fn changed(body: &[u8], change: &Change) -> Vec<u8> {
    let mut bytes = body.to_vec();
    let mut pairs: Vec<&[u8]> = body.split(|byte| *byte == b'&').collect();
    match change {
        Change::Replace(at, byte) => bytes[at.index(body.len())] = *byte,
        Change::Flip(at, bit) => bytes[at.index(body.len())] ^= 1 << bit,
        Change::Insert(at, byte) => bytes.insert(at.index(body.len() + 1), *byte),
        Change::Delete(at, count) => {
            let at = at.index(body.len());
            bytes.drain(at..body.len().min(at + count));
        }
        Change::Cut(at) => bytes.truncate(at.index(body.len())),
        Change::Repeat(at) => {
            pairs.push(pairs[at.index(pairs.len())]);
            bytes = pairs.join(&b'&');
        }
        Change::Drop(at) => {
            pairs.remove(at.index(pairs.len()));
            bytes = pairs.join(&b'&');
        }
        Change::Swap(one, other) => {
            let (names, mut values): (Vec<_>, Vec<_>) = pairs.iter().map(|pair| part(pair)).unzip();
            values.swap(one.index(pairs.len()), other.index(pairs.len()));
            let pairs: Vec<_> = names.iter().zip(values).map(|(name, value)| [name, value].join(&b'=')).collect();
            bytes = pairs.join(&b'&');
        }
        Change::Add(more) => bytes.extend_from_slice(more.as_bytes()),
    }
    bytes
}

fn part(pair: &[u8]) -> (&[u8], &[u8]) {
    let equals = pair.iter().position(|byte| *byte == b'=').expect("name and value");
    (&pair[..equals], &pair[equals + 1..])
}

/// Whether `body` differs in meaning from `original`, parsed as leniently as browsers parse forms (WHATWG URL §5.1).
///
/// Changes without meaning are allowed: parameters that the flow does not define (OpenID Connect Core §3.3.2.5: they must be
/// ignored), the order, another spelling of an equal value. `iss` may be missing beside an `id_token`, which names the
/// issuer itself; another value of `iss` is refused.
fn is_changed(original: &[u8], body: &[u8]) -> bool {
    let read = |body: &[u8], name: &str| -> Vec<String> {
        form_urlencoded::parse(body).filter(|(its, _)| its == name).map(|(_, value)| value.into_owned()).collect()
    };
    let same = |name: &str| read(original, name) == read(body, name);
    let of_the_flow = ["state", "code", "id_token", "access_token", "error"].into_iter().all(same);
    !(of_the_flow && (same("iss") || read(body, "iss").is_empty()))
}
