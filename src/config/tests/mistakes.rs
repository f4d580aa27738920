//! Every mistake is found: where, in which key, what is wrong, and the mend.

use super::ground::{Ground, SOUND, with_line};
use crate::{config::problem::Problems, oidc::Flow};

/// Line of [`SOUND`] and what stands there instead; then place, key, and parts of what is said.
type Mistake = (usize, &'static str, &'static str, &'static str, &'static str, &'static str);

#[test]
fn the_sound_file_is_sound() {
    let (settings, warnings) = Ground::new().read(SOUND, &[]).expect("sound");
    assert_eq!(warnings.count(), 0, "{warnings}");
    assert_eq!(settings.prefix, "/.auth");
}

#[test]
fn every_mistake_has_a_place_a_key_and_a_mend() {
    let ground = Ground::new();
    let mut failures = Vec::new();
    for (number, line, place, key, wrong, mend) in
        WHOLE.iter().chain(LISTEN).chain(PROVIDER).chain(SESSION).chain(ROUTE)
    {
        let problems = ground.problems(&with_line(SOUND, *number, line), &[]);
        let found = problems.iter().any(|problem| {
            problems.location(problem) == format!("v.toml:{place}")
                && problem.key() == *key
                && problem.wrong().contains(wrong)
                && problem.mend().contains(mend)
        });
        if !found || problems.count() != 1 {
            failures.push(format!("{line}\n  wanted {place} {key}: {wrong}; {mend}\n  got {problems}"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn ten_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let text = r#"public_url = "https://a.example/x"
[listen]
adress = "127.0.0.1:1"
[trust]
proxies = ["here"]
[[provider]]
name = "No"
issuer = "idp"
client_id = 5
client_secret = "hunter2"
response_type = "token"
[session]
idle = "long"
[[route]]
upstream = "app"
path = "x"
"#;
    let problems = Ground::new().problems(text, &[]);
    let places: Vec<_> = problems.iter().map(|problem| problems.location(problem)).collect();
    let expected = ["1:14", "3:1", "5:12", "7:8", "8:10", "9:13", "10:17", "11:17", "13:8", "15:12", "16:8"];
    assert_eq!(places, expected.map(|place| format!("v.toml:{place}")), "{problems}");
}

#[test]
fn an_empty_file_says_what_is_needed() {
    let problems = Ground::new().problems("", &[]);
    assert_eq!(keys(&problems), ["provider", "public_url", "route"]);
    assert!(problems.to_string().starts_with("v.toml:1:1: provider: is missing; add a [[provider]]"), "{problems}");
}

#[test]
fn a_problem_is_shown_with_a_caret_under_the_value() {
    let problems = Ground::new().problems(&with_line(SOUND, 12, "idle = \"13h\""), &[]);
    let expected = "v.toml:12:8: session.idle: is longer than session.lifetime; make it at most \"12h\", or lengthen \
                    session.lifetime\n   |\n12 | idle = \"13h\"\n   |        ^^^^^\n";
    assert_eq!(problems.to_string(), expected);
}

#[test]
fn the_gateway_is_known_under_all_its_local_names() {
    let ground = Ground::new();
    for (listen, upstream, itself) in [
        ("0.0.0.0:80", "http://127.0.0.1:80", true),
        ("0.0.0.0:80", "http://127.9.9.9", true),
        ("0.0.0.0:80", "http://localhost", true),
        ("0.0.0.0:80", "http://app.localhost", true),
        ("[::]:80", "http://[::1]", true),
        ("[::]:80", "http://127.0.0.1", true),
        ("127.0.0.1:80", "http://0.0.0.0:80", true),
        ("127.0.0.1:80", "http://[::ffff:127.0.0.1]:80", true),
        ("10.0.0.1:80", "http://10.0.0.1", true),
        ("127.0.0.1:80", "http://127.0.0.1:81", false),
        ("127.0.0.1:80", "http://127.0.0.2", false),
        ("10.0.0.1:80", "http://127.0.0.1", false),
        ("10.0.0.1:80", "http://app.example", false),
    ] {
        for key in ["address", "address = \"127.0.0.1:1\"\nadmin"] {
            let text = with_line(SOUND, 3, &format!("{key} = \"{listen}\""));
            let text = text.replace("http://127.0.0.1:8080", upstream);
            assert_eq!(ground.read(&text, &[]).is_err(), itself, "{key} {listen} {upstream}");
        }
    }
}

#[test]
fn plain_http_is_for_this_machine_alone() {
    let ground = Ground::new();
    let http = with_line(SOUND, 1, "public_url = \"http://localhost:4180\"");
    ground.settings(&with_line(&http, 5, ""), &[]);
    let problems = ground.problems(&with_line(&http, 3, "address = [\"127.0.0.1:4180\", \"0.0.0.0:81\"]"), &[]);
    assert_eq!(keys(&problems), ["listen.address[1]"], "{problems}");
    let tls = with_line(&http, 3, "tls = { certificate = \"tls.crt\", key = \"tls.key\" }");
    assert_eq!(keys(&ground.problems(&tls, &[])), ["public_url"]);
}

#[test]
fn cve_d02_cve_d03_cve_d07_cve_d19_no_key_turns_a_check_off() {
    let ground = Ground::new();
    for (number, line) in [(9, "client_id = \"x\""), (12, "idle = \"1h\""), (14, "upstream = \"http://h:1\"")] {
        for key in [
            "skip_nonce = true",
            "nonce = false",
            "verify = false",
            "ssl_verify = \"no\"",
            "tls_verify = false",
            "insecure = true",
            "insecure_skip_verify = true",
            "insecure_skip_issuer_verification = true",
            "accept_unsupported_alg = true",
            "accept_none_alg = true",
            "audience = \"any\"",
            "skip_auth = [\"/x\"]",
        ] {
            let problems = ground.problems(&with_line(SOUND, number, &format!("{line}\n{key}")), &[]);
            assert!(problems.count() == 1 && problems.to_string().contains("is unknown"), "{key}: {problems}");
        }
    }
    for rule in ["{ group = [\"x\"] }", "{ groups = [\"x\"], role = [\"x\"] }", "{ emails = [\"x\"] }"] {
        let text = with_line(SOUND, 14, &format!("upstream = \"http://h:1\"\nallow = {rule}"));
        assert!(ground.problems(&text, &[]).to_string().contains("is unknown"), "{rule}");
    }
}

#[test]
fn s0_1_s0_4_k09_no_answer_is_asked_for_where_scripts_could_read_it() {
    let ground = Ground::new();
    for (key, value) in [
        ("response_type", "token"),
        ("response_type", "id_token token"),
        ("response_type", "code token"),
        ("response_type", "code id_token token"),
        ("response_mode", "fragment"),
        ("response_mode", "web_message"),
        ("response_mode", "query"),
    ] {
        let text = with_line(SOUND, 9, &format!("client_id = \"x\"\n{key} = \"{value}\""));
        assert_eq!(keys(&ground.problems(&text, &[])), [format!("provider[0].{key}")], "{value}");
    }
    for words in ["id_token code", "code id_token"] {
        let text = with_line(SOUND, 9, &format!("client_id = \"x\"\nresponse_type = \"{words}\""));
        assert_eq!(ground.settings(&text, &[]).providers[0].client.flow, Flow::CodeIdToken, "{words}");
    }
}

#[test]
fn no_damage_makes_it_panic() {
    let ground = Ground::new();
    let damage = [
        "", "\u{feff}", "é", "\"", "'", "\"\"\"", "\n", "[", "]]", "{", "}", " = ", ".", "#", "7", "\r", "\0", "\t",
        "🗝",
    ];
    for at in 0..SOUND.len() {
        for piece in damage {
            for upto in [at, at + 1] {
                let text = format!("{}{piece}{}", &SOUND[..at], &SOUND[upto..]);
                if let Err(problems) = ground.read(&text, &[]) {
                    assert!(!problems.to_string().is_empty(), "{text}");
                }
            }
        }
    }
}

#[test]
fn s1_2_where_anybody_can_make_a_tenant_no_rule_rests_on_what_tenants_say() {
    let ground = Ground::new();
    let any = "issuer = \"https://login.example/common/v2.0\"\ntenants = \"any\"\nprofile = \"entra\"";
    for (claim, refused) in [
        ("claims = { email = \"x\" }", true),
        ("claims = { preferred_username = \"x\" }", true),
        ("claims = { department = \"x\" }", true),
        ("claims = { wids = \"x\" }", true),
        ("roles = \"x\"", true),
        ("groups = \"x\"", true),
        ("claims = { oid = \"x\" }", false),
        ("roles = \"x\", claims = { tid = \"x\" }", false),
    ] {
        let rule = format!("upstream = \"http://h:1\"\nallow = {{ {claim} }}");
        let text = with_line(&with_line(SOUND, 14, &rule), 8, any);
        match ground.read(&text, &[]) {
            Err(problems) => assert!(refused && keys(&problems) == ["route[0].allow"], "{problems}"),
            Ok((_, warnings)) => assert!(!refused && warnings.count() == 1, "{claim}: {warnings}"),
        }
    }
}

fn keys(problems: &Problems) -> Vec<&str> {
    problems.iter().map(crate::config::problem::ConfigProblem::key).collect()
}

#[rustfmt::skip]
const WHOLE: &[Mistake] = &[
    (1, "public_url =", "1:13", "", "is no TOML", "toml.io"),
    (1, "public_url = \"http://a.example\"", "1:14", "public_url", "plain http", "https://"),
    (1, "public_url = \"https://a.example/app\"", "1:14", "public_url", "more than scheme", "scheme and host"),
    (1, "public_url = \"a.example\"", "1:14", "public_url", "is not an https://", "scheme and host"),
    (1, "public_url = []", "1:14", "public_url", "is an empty list", "scheme and host"),
    (1, "public_url = 5", "1:14", "public_url", "is a number, where text or a list", "quotes"),
    (1, "public_url = [\"https://a.example\", \"https://A.example:443/\"]", "1:36", "public_url[1]", "named twice", "leave one out"),
    (1, "public_url = [\"https://a.example\", \"https://a.example:8443\"]", "1:36", "public_url[1]", "another port", "host name of its own"),
    (1, "", "1:1", "public_url", "is missing", "public_url = \"https://"),
    (1, "public_urll = \"https://a.example\"\npublic_url = \"https://a.example\"", "1:1", "public_urll", "is unknown", "did you mean \"public_url\"?"),
    (1, "public_url = \"https://a.example\"\nprefix = \"auth\"", "2:10", "prefix", "is no plain path", "\"/.auth\""),
    (1, "public_url = \"https://a.example\"\nprefix = \"/a//b\"", "2:10", "prefix", "is no plain path", "\"/.auth\""),
    (1, "public_url = \"https://a.example\"\nprefix = \"/\"", "2:10", "prefix", "is no plain path", "\"/.auth\""),
    (1, "public_url = \"https://a.example\"\nprefix = \"/a/.auth/\"", "2:10", "prefix", "is no plain path", "without a slash at its end"),
    (1, "public_url = \"https://a.example\"\nprefix = \"/..\"", "2:10", "prefix", "is no plain path", "\"/.auth\""),
    (5, "", "1:14", "public_url", "nothing here could tell", "trust.proxies"),
    (5, "proxies = [\"0.0.0.0/0\"]", "5:12", "trust.proxies[0]", "every address", "name the addresses"),
    (5, "proxies = [\"127.0.0.1\", \"proxy\"]", "5:25", "trust.proxies[1]", "neither an address nor a network", "10.1.0.0/16"),
];

#[rustfmt::skip]
const LISTEN: &[Mistake] = &[
    (3, "address = \"localhost:4180\"", "3:11", "listen.address", "no address with a port", "127.0.0.1:4180"),
    (3, "address = \"unix:/run/x\"", "3:11", "listen.address", "not there yet", "127.0.0.1:4180"),
    (3, "address = []", "3:11", "listen.address", "is an empty list", "127.0.0.1:4180"),
    (3, "address = [\"127.0.0.1:1\", \"127.0.0.1:1\"]", "3:27", "listen.address[1]", "named twice", "leave one out"),
    (3, "adress = \"127.0.0.1:4180\"", "3:1", "listen.adress", "is unknown", "did you mean \"address\"?"),
    (3, "zzz = \"127.0.0.1:4180\"", "3:1", "listen.zzz", "is unknown", "the keys here are: address, admin, tls"),
    (3, "address = \"0.0.0.0:4180\"\nadmin = \"127.0.0.1:4180\"", "4:9", "listen.admin", "public address too", "port of its own"),
    (3, "admin = \"127.0.0.1:4180\"", "3:9", "listen.admin", "public address too", "port of its own"),
    (3, "tls = true", "3:7", "listen.tls", "where a table is expected", "table of this name"),
    (3, "tls = { certificate = \"tls.crt\" }", "3:7", "listen.tls.key", "is missing", "certificate = "),
    (3, "tls = { certificate = \"tls.crt\", key = \"none.key\" }", "3:40", "listen.tls.key", "cannot read", "gateway's user"),
    (3, "tls = { certificate = \"none.crt\", key = \"tls.key\" }", "3:23", "listen.tls.certificate", "cannot read", "gateway's user"),
    (3, "tls = { certificate = \"tls.crt\", key = \"other.key\" }", "3:40", "listen.tls.key", "is not the key of", "was made for"),
    (3, "tls = { certificate = \"tls.key\", key = \"tls.key\" }", "3:23", "listen.tls.certificate", "holds no certificate", "PEM"),
];

#[rustfmt::skip]
const PROVIDER: &[Mistake] = &[
    (8, "issuer = \"https://login.example/common/v2.0\"", "8:10", "provider[0].issuer", "anybody can make one", "tenants = ["),
    (8, "issuer = \"https://login.example/organizations/v2.0\"", "8:10", "provider[0].issuer", "anybody can make one", "tenants = ["),
    (8, "issuer = \"https://login.example/{tenantid}/v2.0\"\nprofile = \"entra\"", "8:10", "provider[0].issuer", "every Entra tenant in the world", "write the tenant id into the issuer"),
    (8, "issuer = \"https://login.example/{tenant}/v2.0\"", "8:10", "provider[0].issuer", "braces", "{tenantid}"),
    (8, "issuer = \"https://login.example/{tenantid}/v2.0\"\ntenants = [\"contoso.example\"]\nprofile = \"entra\"", "9:12", "provider[0].tenants[0]", "no tenant id", "aaaabbbb"),
    (8, "issuer = \"https://login.example/{tenantid}/v2.0\"\ntenants = []\nprofile = \"entra\"", "9:11", "provider[0].tenants", "empty list", "\"any\""),
    (8, "issuer = \"https://login.example/{tenantid}/v2.0\"\ntenants = [\"any\", \"aaaabbbb-0000-cccc-1111-dddd2222eeee\"]\nprofile = \"entra\"", "9:12", "provider[0].tenants[0]", "no tenant id", "\"any\""),
    (8, "issuer = \"https://login.example/{tenantid}/v2.0\"\ntenants = \"any\"", "9:11", "provider[0].tenants", "only tid and oid", "profile = \"entra\""),
    (8, "issuer = \"https://idp.example\"\ntenants = \"any\"\nprofile = \"entra\"", "9:11", "provider[0].tenants", "no use", "leave tenants out"),
    (9, "client_id = \"a\"\nprofile = \"azure\"", "10:11", "provider[0].profile", "no profile", "\"entra\""),
    (9, "client_id = \"a\"\nprofile = \"entra\"\nscopes = [\"openid\"]", "11:10", "provider[0].scopes", "lacks \"profile\"", "oid"),
    (9, "client_id = \"a\"\ndiscovery_url = \"http://idp.example/x\"", "10:17", "provider[0].discovery_url", "https://", "where the metadata are"),
    (9, "client_id = \"a\"\ndiscovery_url = \"https://169.254.169.254/x\"", "10:17", "provider[0].discovery_url", "this machine", "where the metadata are"),
    (7, "", "6:1", "provider[0].name", "is missing", "callback path"),
    (7, "name = \"Entra ID\"", "7:8", "provider[0].name", "can stand in a path", "lower-case"),
    (8, "", "6:1", "provider[0].issuer", "is missing", "exactly as the provider's metadata"),
    (8, "isuer = \"https://idp.example\"\nissuer = \"https://idp.example\"", "8:1", "provider[0].isuer", "is unknown", "did you mean \"issuer\"?"),
    (8, "issuer = \"http://idp.example\"", "8:10", "provider[0].issuer", "https://", "metadata"),
    (8, "issuer = \"https://idp.example?x\"", "8:10", "provider[0].issuer", "query", "metadata"),
    (9, "client_id = \"\"", "9:13", "provider[0].client_id", "is empty", "write a value"),
    (9, "client_id = 1979-05-27", "9:13", "provider[0].client_id", "is a date, where text", "quotes"),
    (10, "", "6:1", "provider[0].client_secret", "is missing", "{ file = "),
    (10, "client_secret = \"hunter2\"", "10:17", "provider[0].client_secret", "in the open", "{ env = \"NAME\" }"),
    (10, "client_secret = { file = \"none\" }", "10:26", "provider[0].client_secret.file", "cannot be read", "gateway's user"),
    (10, "client_secret = { file = \"empty\" }", "10:26", "provider[0].client_secret.file", "empty secret", "put the secret"),
    (10, "client_secret = { env = \"NONE\" }", "10:25", "provider[0].client_secret.env", "not set", "point to a file"),
    (10, "client_secret = { credential = \"x\" }", "10:32", "provider[0].client_secret.credential", "$CREDENTIALS_DIRECTORY", "LoadCredential="),
    (10, "client_secret = { credential = \"../x\" }", "10:32", "provider[0].client_secret.credential", "no name of a credential", "LoadCredential="),
    (10, "client_secret = { file = \"client-secret\", env = \"X\" }", "10:17", "provider[0].client_secret", "only one", "{ file = "),
    (10, "client_secret = {}", "10:17", "provider[0].client_secret", "only one", "{ file = "),
    (9, "client_id = \"x\"\nclient_auth = \"basic\"", "10:15", "provider[0].client_auth", "no way to authenticate", "client_secret_basic"),
    (9, "client_id = \"x\"\nscopes = [\"email\"]", "10:10", "provider[0].scopes", "lacks \"openid\"", "add \"openid\""),
    (9, "client_id = \"x\"\nscopes = [\"openid email\", \"openid\"]", "10:11", "provider[0].scopes[0]", "no single scope", "one scope"),
    (9, "client_id = \"x\"\nresponse_mode = \"query\"", "10:17", "provider[0].response_mode", "into logs", "form_post"),
    (9, "client_id = \"x\"\nresponse_mode = \"fragment\"", "10:17", "provider[0].response_mode", "never reaches", "form_post"),
    (9, "client_id = \"x\"\nresponse_mode = \"jwt\"", "10:17", "provider[0].response_mode", "is no response mode", "form_post"),
    (9, "client_id = \"x\"\nuserinfo = \"yes\"", "10:12", "provider[0].userinfo", "is no way to use userinfo", "\"required\""),
    (9, "client_id = \"x\"\nuserinfo = true", "10:12", "provider[0].userinfo", "where text", "quotes"),
    (9, "client_id = \"x\"\nresponse_type = \"id_token\"\nuserinfo = \"on\"", "11:12", "provider[0].userinfo", "needs an access token", "code id_token"),
    (9, "client_id = \"x\"\nresponse_type = \"code id_token token\"", "10:17", "provider[0].response_type", "access token", "code id_token"),
    (9, "client_id = \"x\"\nresponse_type = \"none\"", "10:17", "provider[0].response_type", "no response type", "code id_token"),
    (9, "client_id = \"x\"\nauthorize = { state = \"x\" }", "10:15", "provider[0].authorize.state", "sets itself", "leave it out"),
    (9, "client_id = \"x\"\nauthorize = { code_challenge_method = \"plain\" }", "10:15", "provider[0].authorize.code_challenge_method", "sets itself", "leave it out"),
    (9, "client_id = \"x\"\nauthorize = { max_age = 5 }", "10:25", "provider[0].authorize.max_age", "is a number, where text", "quotes"),
    (9, "client_id = \"x\"\nauthorize = \"prompt=login\"", "10:13", "provider[0].authorize", "where a table of texts", "name = "),
    (9, "client_id = \"x\"\nauthorize = { max_age = \"900\" }", "10:15", "provider[0].authorize.max_age", "no number of seconds", "\"15m\""),
    (9, "client_id = \"x\"\nauthorize = { prompt = \"always\" }", "10:15", "provider[0].authorize.prompt", "no provider knows", "login, consent"),
    (9, "client_id = \"x\"\nauthorize = { prompt = \"login none\" }", "10:15", "provider[0].authorize.prompt", "contradicts", "alone"),
    (9, "client_id = \"x\"\nauthorize = { claims = '[\"acr\"]' }", "10:15", "provider[0].authorize.claims", "no JSON object", "essential"),
    (9, "client_id = \"x\"\nauthorize = { resource = \"/api\" }", "10:15", "provider[0].authorize.resource", "no absolute URI", "https://"),
    (9, "client_id = \"x\"\nauthorize = { ui_locales = \"de, en\" }", "10:15", "provider[0].authorize.ui_locales", "no list of language tags", "de-AT"),
    (9, "client_id = \"x\"\npass_through = [\"login_hint\", \"scope\"]", "10:31", "provider[0].pass_through[1]", "any site can write links", "login_hint, prompt"),
    (9, "client_id = \"x\"\npass_through = \"loginhint\"", "10:16", "provider[0].pass_through", "no parameter that a link may set", "did you mean \"login_hint\"?"),
    (9, "client_id = \"x\"\nredirect_query = \"?tenant=a\"", "10:18", "provider[0].redirect_query", "no plain query", "without the question mark"),
    (9, "client_id = \"x\"\nredirect_query = \"tenant=a&state=b\"", "10:18", "provider[0].redirect_query", "names \"state\"", "another name"),
    (9, "client_id = \"x\"\nca_file = \"none.pem\"", "10:11", "provider[0].ca_file", "cannot be read", "gateway's user"),
    (9, "client_id = \"x\"\nca_file = \"tls.key\"", "10:11", "provider[0].ca_file", "holds no certificate", "PEM"),
    (11, "[[provider]]\nname = \"idp\"\nissuer = \"https://b.example\"\nclient_id = \"x\"\nresponse_type = \"id_token\"\n[session]", "12:8", "provider[1].name", "is the name of another", "name of its own"),
];

#[rustfmt::skip]
const SESSION: &[Mistake] = &[
    (12, "idle = 30", "12:8", "session.idle", "without a unit", "\"15m\""),
    (12, "idle = \"1 hour\"", "12:8", "session.idle", "is no duration", "\"15m\""),
    (12, "idle = \"5s\"", "12:8", "session.idle", "too short or too long", "\"1m\""),
    (12, "idle = \"13h\"", "12:8", "session.idle", "longer than session.lifetime", "at most \"12h\""),
    (12, "lifetime = \"400d\"", "12:12", "session.lifetime", "too short or too long", "\"90d\""),
    (12, "store = \"redis\"", "12:9", "session.store", "not there yet", "\"memory\""),
    (12, "store = { redis = \"rediss://u:hunter2@r\" }", "12:9", "session.store", "not there yet", "\"memory\""),
    (12, "store = \"memroy\"", "12:9", "session.store", "no store", "did you mean \"memory\"?"),
    (12, "capacity = 0", "12:12", "session.capacity", "no number", "from 1 to"),
    (12, "capacity = -1", "12:12", "session.capacity", "no number", "from 1 to"),
    (12, "secret = { file = \"short-secret\" }", "12:19", "session.secret.file", "fewer than 32 bytes", "openssl rand"),
    (12, "secret = []", "12:10", "session.secret", "is an empty list", "leave the key out"),
    (12, "secret = [{ file = \"session-secret\" }, \"hunter2\"]", "12:40", "session.secret[1]", "in the open", "{ file = "),
];

#[rustfmt::skip]
const ROUTE: &[Mistake] = &[
    (13, "[route]", "13:1", "route", "where a list of tables", "[[route]]"),
    (14, "", "13:1", "route[0].upstream", "is missing", "upstream = "),
    (14, "upstream = \"127.0.0.1:8080\"", "14:12", "route[0].upstream", "no http://", "scheme, host and port"),
    (14, "upstream = \"http://127.0.0.1:8080/app\"", "14:12", "route[0].upstream", "more than scheme", "leave out the rest"),
    (14, "upstream = \"unix:/run/app\"", "14:12", "route[0].upstream", "not there yet", "scheme, host and port"),
    (14, "upstream = []", "14:12", "route[0].upstream", "is an empty list", "scheme, host and port"),
    (14, "upstream = \"http://127.0.0.1:4180\"", "14:12", "route[0].upstream", "gateway itself", "behind the gateway"),
    (14, "upstream = [\"http://h:1\", \"http://LocalHost:4180\"]", "14:27", "route[0].upstream[1]", "gateway itself", "behind the gateway"),
    (14, "upstream = \"https://a.example\"", "14:12", "route[0].upstream", "gateway itself", "behind the gateway"),
    (14, "upstream = \"http://h:1\"\npath = \"reports\"", "15:8", "route[0].path", "only one way", "\"/reports\""),
    (14, "upstream = \"http://h:1\"\npath = \"/reports/\"", "15:8", "route[0].path", "canonical", "write \"/reports\""),
    (14, "upstream = \"http://h:1\"\npath = \"/a/../b\"", "15:8", "route[0].path", "canonical", "write \"/b\""),
    (14, "upstream = \"http://h:1\"\npath = \"/a%2fb\"", "15:8", "route[0].path", "only one way", "plain path"),
    (14, "upstream = \"http://h:1\"\npath = \"/a?b\"", "15:8", "route[0].path", "only one way", "plain path"),
    (14, "upstream = \"http://h:1\"\npath = \"/.auth\"", "15:8", "route[0].path", "gateway's own paths", "another prefix"),
    (14, "upstream = \"http://h:1\"\npath = \"/.auth/x\"", "15:8", "route[0].path", "gateway's own paths", "another prefix"),
    (14, "upstream = \"http://h:1\"\nhost = \"b.example\"", "15:8", "route[0].host", "no host of public_url", "a.example"),
    (14, "upstream = \"http://h:1\"\n[[route]]\npath = \"/\"\nupstream = \"http://h:2\"", "16:8", "route[1].path", "path of another route", "leave one out"),
    (14, "upstream = \"http://h:1\"\nallow = \"everyone\"", "15:9", "route[0].allow", "is no rule", "\"anyone\""),
    (14, "upstream = \"http://h:1\"\nallow = \"signed_in\"", "15:9", "route[0].allow", "is no rule", "did you mean \"signed-in\"?"),
    (14, "upstream = \"http://h:1\"\nallow = []", "15:9", "route[0].allow", "is no rule", "\"anyone\""),
    (14, "upstream = \"http://h:1\"\nallow = {}", "15:9", "route[0].allow", "asks for nothing", "groups"),
    (14, "upstream = \"http://h:1\"\nallow = { groups = [] }", "15:20", "route[0].allow.groups", "is an empty list", "leave it out"),
    (14, "upstream = \"http://h:1\"\nallow = { claims = {} }", "15:20", "route[0].allow.claims", "is empty", "leave it out"),
    (14, "upstream = \"http://h:1\"\nallow = { claims = { a = [] } }", "15:26", "route[0].allow.claims.a", "is an empty list", "leave the claim out"),
    (14, "upstream = \"http://h:1\"\nallow = { acr = [] }", "15:17", "route[0].allow.acr", "is an empty list", "leave it out"),
    (14, "upstream = \"http://h:1\"\nallow = { acr = \"a b\" }", "15:17", "route[0].allow.acr", "has a blank", "write a list"),
    (14, concat!("upstream = \"http://h:1\"\nallow = { acr = \"urn:", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "\" }"), "15:9", "route[0].allow", "longer than 640 bytes", "shorten it"),
    (14, "upstream = \"http://h:1\"\nallow = { max_age = \"10s\" }", "15:21", "route[0].allow.max_age", "too short or too long", "\"1m\""),
    (14, "upstream = \"http://h:1\"\nauthorize = { nonce = \"x\" }", "15:15", "route[0].authorize.nonce", "sets itself", "leave it out"),
    (14, "upstream = \"http://h:1\"\nallow = { group = [\"x\"], roles = [\"x\"] }", "15:11", "route[0].allow.group", "is unknown", "did you mean \"groups\"?"),
    (14, "upstream = \"http://h:1\"\nheaders = \"none\"", "15:11", "route[0].headers", "no choice of headers", "\"standard\""),
    (14, "upstream = \"http://h:1\"\nheaders = { \"a b\" = \"sub\" }", "15:13", "route[0].headers.a b", "no name of a header", "hyphens"),
    (14, "upstream = \"http://h:1\"\nheaders = { Cookie = \"sub\" }", "15:13", "route[0].headers.Cookie", "has a use for", "Remote-User"),
    (14, "upstream = \"http://h:1\"\nheaders = { X_Forwarded_For = \"sub\" }", "15:13", "route[0].headers.X_Forwarded_For", "has a use for", "Remote-User"),
    (14, "upstream = \"http://h:1\"\nheaders = { Content-Type = \"sub\" }", "15:13", "route[0].headers.Content-Type", "has a use for", "Remote-User"),
    (14, "upstream = \"http://h:1\"\nheaders = { X-User = \"sub\", x_user = \"name\" }", "15:29", "route[0].headers.x_user", "same header", "leave one out"),
    (14, "upstream = \"http://h:1\"\ncors_origins = [\"*\"]", "15:17", "route[0].cors_origins[0]", "is not an https://", "https://spa.example.com"),
    (14, "upstream = \"http://h:1\"\nwebsocket_origins = [\"*\"]", "15:22", "route[0].websocket_origins[0]", "is not an https://", "an origin"),
    (14, "upstream = \"http://h:1\"\nservice_worker = \"yes\"", "15:18", "route[0].service_worker", "is text, where true or false", "without quotes"),
    (14, "upstream = \"http://h:1\"\nconnect_timeout = \"1d\"", "15:19", "route[0].connect_timeout", "too short or too long", "\"1m\""),
    (14, "upstream = \"http://h:1\"\nca_file = \"app-ca.pem\"", "15:11", "route[0].ca_file", "vouches for nobody", "https://"),
    (14, "upstream = \"https://h:1\"\nca_file = \"tls.key\"", "15:11", "route[0].ca_file", "holds no certificate", "PEM"),
];
