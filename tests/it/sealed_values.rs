//! Sealed values are bound to one purpose: in another place they do not open.

use std::{collections::BTreeSet, fs, path::Path};

use proptest::{collection::vec, prelude::any, proptest, sample::Index};
use vestibule::base::{KeyRing, OpenError, Purpose, Secret, SystemRandom};
use vestibule_harness::browser::{Browser, Call};

use crate::{
    sign_in_steps::{cookies_with_prefix, next_url, post_response, session_cookie},
    world::World,
};

/// All purposes that appear in the sources.
fn purposes() -> Vec<Purpose> {
    let mut names = Vec::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut names);
    let distinct: BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "two purposes with one name share their key: {names:?}");
    assert!(names.len() >= 11, "{names:?}");
    names.into_iter().map(|name| Purpose(name.leak())).collect()
}

fn read(folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("tests") {
            read(&path, names);
        } else if path.is_file() && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
            let found = code.split("Purpose(\"").skip(1).filter_map(|rest| rest.split('"').next());
            names.extend(found.map(str::to_owned));
        }
    }
}

fn ring() -> KeyRing {
    KeyRing::new(&Secret::new("a secret of more than thirty-two bytes"), &[])
}

#[test]
fn a_value_of_one_purpose_never_opens_as_another() {
    let (ring, purposes) = (ring(), purposes());
    let parts: [&[u8]; 4] = [b"https://site.example", b"idp", b"client", b"tag"];
    let mut derived = BTreeSet::new();
    for one in &purposes {
        let sealed = ring.current().seal(*one, &parts, b"plain", &SystemRandom);
        assert!(derived.insert(ring.current().derive(*one, &parts)), "{one:?}");
        for other in &purposes {
            let opened = ring.open(*other, &parts, &sealed);
            let wanted = if one.0 == other.0 { Ok(b"plain".to_vec()) } else { Err(OpenError::Damaged) };
            assert_eq!(opened, wanted, "{one:?} as {other:?}");
            // Also with a purpose whose name takes bytes from the next part, or gives bytes to it.
            let longer = Purpose(format!("{}https://site.example", other.0).leak());
            assert_eq!(ring.open(longer, &parts[1..], &sealed), Err(OpenError::Damaged));
            let subkey = ring.current().subkey(*other, &parts);
            assert!(subkey.open(*one, &parts, &sealed).is_err(), "{one:?} under the key of {other:?}");
        }
    }
}

proptest! {
    #[test]
    fn a_sealed_value_opens_with_exactly_its_parts(
        parts in vec(vec(any::<u8>(), 0..6), 0..5),
        others in vec(vec(any::<u8>(), 0..6), 0..5),
        at in any::<Index>(),
        cut in any::<Index>(),
    ) {
        let (ring, purpose) = (ring(), Purpose("test"));
        let sealed = ring.current().seal(purpose, &slices(&parts), b"plain", &SystemRandom);
        let mut cases = vec![others, [&parts[..], &[Vec::new()]].concat(), [&[Vec::new()], &parts[..]].concat(), vec![parts.concat()]];
        if !parts.is_empty() {
            let at = at.index(parts.len());
            let mut without = parts.clone();
            let part = without.remove(at);
            // The same bytes, divided differently between two parts.
            let (head, tail) = part.split_at(cut.index(part.len() + 1));
            let mut apart = without.clone();
            apart.splice(at..at, [head.to_vec(), tail.to_vec()]);
            cases.extend([without, apart, parts.iter().rev().cloned().collect()]);
        }
        for case in cases {
            let opened = ring.open(purpose, &slices(&case), &sealed);
            assert_eq!(opened.is_ok(), case == parts, "{parts:?} {case:?}");
        }
    }
}

fn slices(parts: &[Vec<u8>]) -> Vec<&[u8]> {
    parts.iter().map(Vec::as_slice).collect()
}

/// Every value that the gateway issues, in the place of every other.
#[tokio::test]
async fn cookies_and_tokens_are_not_interchangeable() {
    let world = World::start().await;
    let known = world.signed_in().await;
    let logout = known.navigate(world.at("/.auth/logout")).await;
    let leaving = known.clone();
    leaving.submit_without_following(&logout, 0, &[]).await;
    let refused = world.browser();
    let answer = world.authorization_response(&refused, "/refused").await;
    let form = answer.forms().remove(0);
    let state = form.field("state").expect("a state").to_owned();
    let denial = Call::new("POST", form.action.as_str()).form(&[
        ("state", &state),
        ("error", "access_denied"),
        ("iss", world.provider.issuer()),
    ]);
    refused.request(denial).await;
    let login = cookies_with_prefix(&refused, "vestibule-login-").remove(0);
    let begun = world.browser();
    let answer = world.authorization_response(&begun, "/wanted").await;
    let posted = post_response(&begun, &answer).await;
    let receipt = cookies_with_prefix(&begun, "vestibule-answer-").remove(0);
    let own_login = cookies_with_prefix(&begun, "vestibule-login-").remove(0);

    // A live session works in its own place, so that place is skipped.
    let again = world.signed_in().await;
    let form_token =
        again.navigate(world.at("/.auth/logout")).await.forms()[0].field("token").expect("a token").to_owned();
    let given = [
        ("session", session_cookie(&again).expect("a session")),
        ("login", login.1),
        ("receipt", receipt.1.clone()),
        ("refusal", cookies_with_prefix(&refused, "vestibule-answer-").remove(0).1),
        ("loop", again.cookie("vestibule-loop").expect("a count").value),
        ("sign-out", leaving.cookie("vestibule-logout").expect("a sign-out").value),
        ("state", state),
        ("form token", form_token),
    ];
    let redeemed = world.redemptions();
    for (kind, value) in &given {
        let with = |browser: &Browser, name: &str| {
            let browser = browser.clone();
            browser.set_cookie_raw(&world.url, &format!("{name}={value}; Path=/"));
            browser
        };
        if *kind != "session" {
            let page = with(&world.browser(), "vestibule").navigate_without_following(world.at("/x")).await;
            world.assert_starts_sign_in(&page);
            let call = Call::new("POST", &world.at("/.auth/logout")).header("origin", &world.url);
            let answer = again.request(call.form(&[("token", value)])).await;
            assert!(answer.status == 403 || *kind == "form token", "{kind}: {}", answer.body);
        }
        for (place, browser) in [(&own_login.0, &begun), (&receipt.0, &begun)] {
            if *value != receipt.1 {
                let browser = with(browser, place);
                browser.navigate_without_following(next_url(&posted)).await;
                assert_eq!((session_cookie(&browser), world.redemptions()), (None, redeemed), "{kind} as {place}");
            }
        }
        let forged = [("state", value.as_str()), ("code", "x"), ("id_token", "y")];
        let answer = world.browser().request(Call::new("POST", form.action.as_str()).form(&forged)).await;
        assert!(*kind == "state" || answer.body.contains("state-forged"), "{kind}: {}", answer.body);
        let done = with(&world.browser(), "vestibule-logout")
            .navigate(world.at(&format!("/.auth/logout/done?state={value}")))
            .await;
        assert!(!done.body.contains("at your sign-in provider has ended"), "{kind}");
    }
}
