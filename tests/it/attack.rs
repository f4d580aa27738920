//! What somebody would try who wants in, or wants to be somebody else.

use vestibule_harness::browser::{Call, Response};

use crate::world::{Setup, World};

#[tokio::test]
async fn cve_a06_a07_a_path_that_a_lenient_server_reads_as_one_of_another_route_is_refused() {
    let world = Setup::new().routes(PUBLIC_AND_ADMIN).start().await;
    for path in [
        "/admin;x/secret",
        "/admin;jsessionid=1",
        "/;x/admin/secret",
        "/a/.%2e;/admin",
        "/a/..%20/admin",
        "/a/.../admin",
        "/ADMIN/secret",
        "/%41dmin",
        "/admin./secret",
        "/admin%20/secret",
        "/admin%20.;x",
    ] {
        let answer = ask(&world, path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert!(answer.body.contains("target-ambiguous"), "{path}: {}", answer.body);
    }
    assert_eq!(world.app.hits(), 0);
    // Whichever way these are read, the same route is meant.
    for path in ["/page;jsessionid=1", "/Page", "/page./x", "/administration", "/x/admin"] {
        assert_eq!(ask(&world, path).await.status, 200, "{path}");
        assert_eq!(world.app.last().target, path);
    }
    for path in ["/admin", "/admin/Secret;x=1"] {
        assert_eq!(ask(&world, path).await.status, 401, "{path}");
    }
}

async fn ask(world: &World, path: &str) -> Response {
    let call = Call::navigation(&world.at("/")).target(path).without_cookies().set("sec-fetch-mode", "cors");
    world.browser().request(call).await
}

const PUBLIC_AND_ADMIN: &str = "[[route]]\nupstream = \"{app}\"\nallow = \"anyone\"\n\n\
    [[route]]\npath = \"/admin\"\nupstream = \"{app}\"\nallow = { groups = [\"admin\"] }\n";
