//! Error responses and responses that fail verification: the page, and what must not change.

use proptest::{
    prelude::{Just, Strategy, any, prop_oneof},
    sample::Index,
    strategy::ValueTree,
    test_runner::TestRunner,
};
use serde_json::Value;
use vestibule_harness::{
    browser::{Call, Page},
    idp::Fault,
};

use crate::{
    sign_in_steps::{login_cookies, post_response, session_cookie},
    world::{World, everything_logged},
};

// Covers: C22, C23, C24, C27, C28.
#[tokio::test]
async fn provider_errors_have_a_page_with_next_step() {
    let world = World::start().await;
    for (fault, reason) in [
        ("C22", "provider-denied"),
        ("C22b", "provider-denied"),
        ("C23a", "provider-interaction"),
        ("C24a", "provider-busy"),
        ("C24b", "provider-busy"),
        ("C27", "provider-refused"),
        ("C28", "provider-denied"),
    ] {
        let browser = world.browser();
        world.provider.fault(Fault::by_id(fault));
        let page = world.sign_in(&browser, "/wanted?x=1").await;
        world.assert_refused(&page, reason);
        let trail = page.history();
        assert!(
            trail.ends_with(
                &["POST /.auth/login/idp/callback 303", &format!("GET /.auth/login/idp/continue {}", page.status)]
                    .map(str::to_owned)
            ),
            "{fault}: {trail:?}"
        );
        for hidden in ["The person said no", "attacker.example", "AADSTS50105", "alert(1)", "forged line"] {
            assert!(!page.body.contains(hidden), "{fault}: {}", page.body);
        }
        assert_eq!((session_cookie(&browser), login_cookies(&browser)), (None, vec![]), "{fault}");
        world.provider.clear_faults();
        let page = browser.click(&page, page.links()[0].as_str()).await;
        world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/wanted?x=1");
    }
    assert_eq!(world.redemptions(), 7, "only for the completed sign-ins");
    let log = everything_logged();
    assert!(log.contains("AADSTS50105"), "the log names it");
    assert!(log.contains("The person said no"));
    // The provider's text forges no log line and moves no cursor.
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert!(!log.lines().any(|line| line.starts_with("level=error forged")));
    assert!(!log.contains('\u{1b}') && !log.contains("\\u001b"));
}

#[tokio::test]
async fn a_refused_response_ends_its_sign_in_only() {
    let world = World::start().await;
    let browser = world.browser();
    let answer = world.authorization_response(&browser, "/wanted").await;
    // Another tab signs in meanwhile.
    let (tab, before) = (browser.tab(), login_cookies(&browser));
    world.assert_ends_at(&world.sign_in(&tab, "/other").await, "/other");
    let signed_in = session_cookie(&browser);
    let page = browser.submit_without_following(&answer, 0, &[("code", "another")]).await;
    world.assert_refused(&page, "id-token-code-hash");
    assert_eq!(page.status, 403);
    let name = &before[0].0;
    assert_eq!(page.set_cookies(), [format!("{name}=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0")]);
    assert_eq!((login_cookies(&browser), session_cookie(&browser)), (vec![], signed_in));
    world.assert_ends_at(&browser.navigate(world.at("/still")).await, "/still");
}

// Covers: C01, C02.
#[tokio::test]
async fn a_forged_or_absent_state_changes_nothing() {
    let world = World::start().await;
    let browser = world.browser();
    for (fault, reason) in [("C01", "state-missing"), ("C02a", "state-forged"), ("C02b", "state-forged")] {
        let before = browser.cookies().len();
        world.provider.fault(Fault::by_id(fault));
        let answer = world.authorization_response(&browser, "/wanted").await;
        let page = browser.submit(&answer, 0, &[]).await;
        world.assert_refused(&page, reason);
        assert_eq!((page.status, page.set_cookies().len()), (400, 0), "{fault}");
        assert!(browser.cookies().len() > before, "its login cookie stays");
        world.provider.clear_faults();
    }
    assert_eq!(world.redemptions(), 0);
}

// Covers: C18.
#[tokio::test]
async fn a_response_has_a_size_limit() {
    let world = World::start().await;
    let browser = world.browser();
    let answer = world.authorization_response(&browser, "/wanted").await;
    let page = browser.submit(&answer, 0, &[("filler", &"x".repeat(256 * 1024))]).await;
    world.assert_refused(&page, "answer-too-large");
    assert_eq!(page.status, 413);
    // The response was not read: the sign-in can still complete.
    world.assert_ends_at(&browser.submit(&answer, 0, &[]).await, "/wanted");
}

// Covers: CVE-E5.
#[tokio::test]
async fn a_changed_state_code_or_token_is_refused() {
    let world = World::start().await;
    let browser = world.browser();
    let answer = world.authorization_response(&browser, "/wanted").await;
    let strategy = (0..FIELDS.len(), any::<Index>(), mutations());
    let mut runner = TestRunner::deterministic();
    for _ in 0..CASES {
        let (field, place, mutation) = strategy.new_tree(&mut runner).expect("a case").current();
        let right = value(&answer, FIELDS[field]);
        let wrong = mutation.apply(&right, place);
        if wrong == right {
            continue;
        }
        let values = ["state", "code", "id_token", "iss"]
            .map(|name| (name, if name == FIELDS[field] { wrong.clone() } else { value(&answer, name) }));
        let form = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        let call = Call::new("POST", answer.forms()[0].action.as_str()).form(&form).header("accept", "text/html");
        let refused = world.browser().request(call).await;
        assert!((400..500).contains(&refused.status), "{} {mutation:?}: {}", FIELDS[field], refused.status);
        assert!(refused.set_cookies().iter().all(|line| line.contains("Max-Age=0")), "{:?}", refused.set_cookies());
    }
    assert_eq!(world.redemptions(), 0);
    world.assert_ends_at(&browser.follow(&post_response(&browser, &answer).await).await, "/wanted");
}

/// One change of a text.
#[derive(Clone, Debug)]
enum Mutation {
    Replace(char),
    Insert(char),
    Remove,
    Cut,
    Swap,
    Empty,
}

impl Mutation {
    fn apply(&self, text: &str, place: Index) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        let at = place.index(letters.len());
        match self {
            Self::Replace(other) => letters[at] = *other,
            Self::Insert(other) => letters.insert(at, *other),
            Self::Remove => drop(letters.remove(at)),
            Self::Cut => letters.truncate(at),
            Self::Swap => letters.swap(at, (at + 1) % text.len()),
            Self::Empty => letters.clear(),
        }
        letters.into_iter().collect()
    }
}

fn mutations() -> impl Strategy<Value = Mutation> {
    let letter = || prop_oneof![4 => proptest::char::ranges(ALPHABET.into()), 1 => any::<char>()];
    prop_oneof![
        8 => letter().prop_map(Mutation::Replace),
        4 => letter().prop_map(Mutation::Insert),
        2 => Just(Mutation::Remove),
        1 => Just(Mutation::Cut),
        1 => Just(Mutation::Swap),
        1 => Just(Mutation::Empty),
    ]
}

fn value(answer: &Page, name: &str) -> String {
    answer.forms()[0].field(name).unwrap_or_else(|| panic!("no {name}: {}", answer.body)).to_owned()
}

const FIELDS: [&str; 3] = ["state", "code", "id_token"];
const CASES: usize = 300;
const ALPHABET: &[std::ops::RangeInclusive<char>] =
    &['A'..='Z', 'a'..='z', '0'..='9', '-'..='.', '_'..='_', '+'..='+', '='..='='];
