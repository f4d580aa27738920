//! One client uses up its own share of what all clients share.

use std::time::Duration;

use url::Url;
use vestibule_harness::browser::Call;

use crate::{
    preserved_post::own_post,
    world::{Setup, everything_logged},
};

// Covers: D54.
#[tokio::test]
async fn few_invented_codes_of_one_client_reach_the_provider() {
    let world = Setup::new()
        .provider("response_type = \"code\"\nresponse_mode = \"query\"")
        .session("refused_codes_per_client = 3")
        .trust("proxies = [\"127.0.0.1\"]")
        .start()
        .await;
    let callback = |client: &'static str| {
        let (browser, url, at) =
            (world.browser(), world.at("/.auth/login?return_to=/wanted"), world.at("/.auth/login/idp/callback"));
        let issuer = world.provider.issuer().to_owned();
        tokio::spawn(async move {
            let begun = browser.request(Call::navigation(&url).header("x-forwarded-for", client)).await;
            let to = begun.header("location").expect("a redirect to the provider").to_owned();
            let state = to.split('&').find_map(|part| part.strip_prefix("state=")).expect("a state").to_owned();
            let parameters = [("code", "invented"), ("state", &*state), ("iss", &*issuer)];
            let url = Url::parse_with_params(&at, parameters).expect("a URL");
            let call = Call::navigation(url.as_str()).header("x-forwarded-for", client);
            browser.request(call).await
        })
    };
    let calls: Vec<_> = (0..60).map(|_| callback("192.0.2.1")).collect();
    for call in calls {
        assert_eq!(call.await.expect("an answer").status, 303);
    }
    assert!(world.redemptions() <= 3, "{} at once", world.redemptions());
    for _ in 0..30 {
        callback("192.0.2.1").await.expect("an answer");
    }
    assert_eq!(world.redemptions(), 3, "and in turn");
    assert!(everything_logged().contains("too-many-requests"));
    callback("192.0.2.2").await.expect("an answer");
    assert_eq!(world.redemptions(), 4, "another client");
    assert_eq!(world.sign_in(&world.browser(), "/x").await.status, 200);
    // The budget recovers.
    world.advance(Duration::from_secs(41));
    callback("192.0.2.1").await.expect("an answer");
    assert_eq!(world.redemptions(), 6);
}

// Covers: D55.
#[tokio::test]
async fn one_client_uses_up_its_own_share_of_preserved_forms() {
    let lines = "kept_forms_per_client = 10";
    let world = Setup::new().session(lines).trust("proxies = [\"127.0.0.1\"]").start().await;
    for (client, forms, bytes) in [("192.0.2.1", 10, 9), ("192.0.2.2", 5, 60_000), ("2001:db8::1", 10, 9)] {
        for number in 0..forms + 3 {
            let post = own_post(&world.at("/form")).header("x-forwarded-for", client).form(&[]).body(vec![b'x'; bytes]);
            let answer = world.browser().request(post).await;
            assert_eq!(answer.body.contains("It is kept"), number < forms, "{client} {number}: {}", answer.body);
        }
    }
    let neighbour = own_post(&world.at("/form")).header("x-forwarded-for", "2001:db8::2").form(&[("a", "1")]);
    assert!(world.browser().request(neighbour).await.body.contains("was not kept"), "one /64 is one client");
}
