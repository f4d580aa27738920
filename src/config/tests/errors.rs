//! Every error is reported with its location, its key, a message and a fix.

use super::{
    fixture::{Fixture, VALID, with_line},
    limit_errors::LIMITS,
};
use crate::{config::diagnostic::Diagnostics, oidc::Flow};

/// Line of [`VALID`] and its replacement; then location, key, and parts of message and help.
pub(super) type Case = (usize, &'static str, &'static str, &'static str, &'static str, &'static str);

const DOCUMENT: &str = include_str!("../../../docs/configuration.md");

#[test]
fn the_fixture_is_valid() {
    let (settings, warnings) = Fixture::new().read(VALID, &[]).expect("valid");
    assert_eq!(warnings.count(), 0, "{warnings}");
    assert_eq!(settings.prefix, "/.auth");
}

#[test]
fn every_error_has_location_key_and_fix() {
    let fixture = Fixture::new();
    let directory = fixture.path().to_string_lossy();
    let mut failures = Vec::new();
    for (number, line, location, key, message, help) in
        WHOLE.iter().chain(LISTEN).chain(LIMITS).chain(PROVIDER).chain(SESSION).chain(ROUTE)
    {
        let errors = fixture.errors(&with_line(VALID, *number, line), &[]);
        let found = errors.list.iter().any(|error| {
            errors.location(error) == format!("v.toml:{location}")
                && error.span.key == *key
                && error.message.replace(&*directory, "/etc/vestibule").contains(message)
                && error.help.contains(help)
        });
        if !found || errors.count() != 1 {
            failures.push(format!("{line}\n  wanted {location} {key}: {message}; {help}\n  got {errors}"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn all_errors_are_reported_in_file_order() {
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
    let errors = Fixture::new().errors(text, &[]);
    let places: Vec<_> = errors.list.iter().map(|error| errors.location(error)).collect();
    let expected = ["1:14", "3:1", "5:12", "7:8", "8:10", "9:13", "10:17", "11:17", "13:8", "15:12", "16:8"];
    assert_eq!(places, expected.map(|location| format!("v.toml:{location}")), "{errors}");
}

#[test]
fn an_empty_file_lacks_the_required_keys() {
    let errors = Fixture::new().errors("", &[]);
    assert_eq!(keys(&errors), ["provider", "public_url", "route"]);
    assert!(
        errors.to_string().starts_with("v.toml:1:1: provider: missing required key; add a [[provider]]"),
        "{errors}"
    );
}

#[test]
fn an_error_is_printed_with_carets_under_the_value() {
    let errors = Fixture::new().errors(&with_line(VALID, 12, "idle = \"13h\""), &[]);
    let expected = "v.toml:12:8: session.idle: longer than session.lifetime; write at most \"12h\", or raise \
                    session.lifetime\n   |\n12 | idle = \"13h\"\n   |        ^^^^^\n";
    assert_eq!(errors.to_string(), expected);
    let documented = DOCUMENT.replace("vestibule.toml:", "v.toml:");
    assert!(documented.contains(&format!("```text\n{expected}```")), "docs/configuration.md shows this diagnostic");
}

#[test]
fn an_upstream_that_is_the_gateway_is_refused() {
    let fixture = Fixture::new();
    for (listen, upstream, is_gateway) in [
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
            let text = with_line(VALID, 3, &format!("{key} = \"{listen}\""));
            let text = text.replace("http://127.0.0.1:8080", upstream);
            assert_eq!(fixture.read(&text, &[]).is_err(), is_gateway, "{key} {listen} {upstream}");
        }
    }
}

#[test]
fn plain_http_is_refused_beyond_loopback() {
    let fixture = Fixture::new();
    let http = with_line(VALID, 1, "public_url = \"http://localhost:4180\"");
    fixture.settings(&with_line(&http, 5, ""), &[]);
    let errors = fixture.errors(&with_line(&http, 3, "address = [\"127.0.0.1:4180\", \"0.0.0.0:81\"]"), &[]);
    assert_eq!(keys(&errors), ["listen.address[1]"], "{errors}");
    let tls = with_line(&http, 3, "tls = { certificate = \"tls.crt\", key = \"tls.key\" }");
    assert_eq!(keys(&fixture.errors(&tls, &[])), ["public_url"]);
}

// Covers: CVE-D2, CVE-D3, CVE-D7, CVE-D19.
#[test]
fn no_key_turns_a_check_off() {
    let fixture = Fixture::new();
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
            let errors = fixture.errors(&with_line(VALID, number, &format!("{line}\n{key}")), &[]);
            assert!(errors.count() == 1 && errors.to_string().contains("unknown key"), "{key}: {errors}");
        }
    }
    for rule in ["{ group = [\"x\"] }", "{ groups = [\"x\"], role = [\"x\"] }", "{ emails = [\"x\"] }"] {
        let text = with_line(VALID, 14, &format!("upstream = \"http://h:1\"\nallow = {rule}"));
        assert!(fixture.errors(&text, &[]).to_string().contains("unknown key"), "{rule}");
    }
}

// Covers: S0-1, S0-4, K09.
#[test]
fn response_modes_that_scripts_can_read_are_refused() {
    let fixture = Fixture::new();
    for (key, value) in [
        ("response_type", "token"),
        ("response_type", "id_token token"),
        ("response_type", "code token"),
        ("response_type", "code id_token token"),
        ("response_mode", "fragment"),
        ("response_mode", "web_message"),
        ("response_mode", "query"),
    ] {
        let text = with_line(VALID, 9, &format!("client_id = \"x\"\n{key} = \"{value}\""));
        assert_eq!(keys(&fixture.errors(&text, &[])), [format!("provider[0].{key}")], "{value}");
    }
    for words in ["id_token code", "code id_token"] {
        let text = with_line(VALID, 9, &format!("client_id = \"x\"\nresponse_type = \"{words}\""));
        assert_eq!(fixture.settings(&text, &[]).providers[0].client.flow, Flow::CodeIdToken, "{words}");
    }
}

#[test]
fn damaged_files_never_panic() {
    let fixture = Fixture::new();
    let damage = [
        "", "\u{feff}", "é", "\"", "'", "\"\"\"", "\n", "[", "]]", "{", "}", " = ", ".", "#", "7", "\r", "\0", "\t",
        "🗝",
    ];
    for at in 0..VALID.len() {
        for piece in damage {
            for upto in [at, at + 1] {
                let text = format!("{}{piece}{}", &VALID[..at], &VALID[upto..]);
                if let Err(errors) = fixture.read(&text, &[]) {
                    assert!(!errors.to_string().is_empty(), "{text}");
                }
            }
        }
    }
}

// Covers: S1-2.
#[test]
fn rules_on_tenant_claims_need_a_tenant_list() {
    let fixture = Fixture::new();
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
        let text = with_line(&with_line(VALID, 14, &rule), 8, any);
        match fixture.read(&text, &[]) {
            Err(errors) => assert!(refused && keys(&errors) == ["route[0].allow"], "{errors}"),
            Ok((_, warnings)) => assert!(!refused && warnings.count() == 1, "{claim}: {warnings}"),
        }
    }
}

fn keys(errors: &Diagnostics) -> Vec<&str> {
    errors.list.iter().map(|error| error.span.key.as_str()).collect()
}

#[rustfmt::skip]
const WHOLE: &[Case] = &[
    (1, "public_url =", "1:13", "", "invalid TOML: string values must be quoted, expected literal string", "see https://toml.io"),
    (1, "public_url = \"http://a.example\"", "1:14", "public_url", "plain http is allowed for loopback addresses only: cookies and tokens would be sent unencrypted", "write https://…"),
    (1, "public_url = \"https://a.example/app\"", "1:14", "public_url", "URL has more than scheme, host and port", "write scheme and host, such as \"https://intranet.example.com\""),
    (1, "public_url = \"a.example\"", "1:14", "public_url", "not an https:// URL with a host", "write scheme and host, such as \"https://intranet.example.com\""),
    (1, "public_url = []", "1:14", "public_url", "empty array", "write scheme and host, such as \"https://intranet.example.com\""),
    (1, "public_url = 5", "1:14", "public_url", "expected a string or an array of strings, found an integer", "write the value in quotes"),
    (1, "public_url = [\"https://a.example\", \"https://A.example:443/\"]", "1:36", "public_url[1]", "duplicate origin https://a.example", "remove one of them"),
    (1, "public_url = [\"https://a.example\", \"https://a.example:8443\"]", "1:36", "public_url[1]", "another port of the host a.example: browsers send cookies to every port of a host", "use a separate host name for each origin"),
    (1, "", "1:1", "public_url", "missing required key", "write the URL that browsers use: public_url = \"https://intranet.example.com\""),
    (1, "public_urll = \"https://a.example\"\npublic_url = \"https://a.example\"", "1:1", "public_urll", "unknown key", "did you mean \"public_url\"?"),
    (1, "public_url = \"https://a.example\"\nprefix = \"auth\"", "2:10", "prefix", "invalid path prefix \"auth\"", "write an absolute path without a slash at its end, such as \"/.auth\" or \"/intranet/.auth\""),
    (1, "public_url = \"https://a.example\"\nprefix = \"/a//b\"", "2:10", "prefix", "invalid path prefix \"/a//b\"", "write an absolute path without a slash at its end, such as \"/.auth\" or \"/intranet/.auth\""),
    (1, "public_url = \"https://a.example\"\nprefix = \"/\"", "2:10", "prefix", "invalid path prefix \"/\"", "write an absolute path without a slash at its end, such as \"/.auth\" or \"/intranet/.auth\""),
    (1, "public_url = \"https://a.example\"\nprefix = \"/a/.auth/\"", "2:10", "prefix", "invalid path prefix \"/a/.auth/\"", "write an absolute path without a slash at its end, such as \"/.auth\" or \"/intranet/.auth\""),
    (1, "public_url = \"https://a.example\"\nprefix = \"/..\"", "2:10", "prefix", "invalid path prefix \"/..\"", "write an absolute path without a slash at its end, such as \"/.auth\" or \"/intranet/.auth\""),
    (5, "", "1:14", "public_url", "the URL is https, but neither TLS nor a trusted proxy is configured", "set listen.tls = { certificate = \"…\", key = \"…\" }, or list the proxies that end TLS: trust.proxies = [\"…\"]"),
    (5, "proxies = [\"0.0.0.0/0\"]", "5:12", "trust.proxies[0]", "\"0.0.0.0/0\" contains every address: any client could forge its address", "write the addresses of the proxies"),
    (5, "proxies = [\"127.0.0.1\", \"proxy\"]", "5:25", "trust.proxies[1]", "\"proxy\" is not an IP address or network", "write addresses or networks, such as \"10.0.0.7\" or \"10.1.0.0/16\""),
];

#[rustfmt::skip]
const LISTEN: &[Case] = &[
    (3, "address = \"localhost:4180\"", "3:11", "listen.address", "\"localhost:4180\" is not an IP address with a port", "write an address and a port, such as \"127.0.0.1:4180\", \"0.0.0.0:443\" or \"[::]:443\""),
    (3, "address = \"unix:/run/x\"", "3:11", "listen.address", "socket \"unix:/run/x\" is not supported yet", "write an address and a port, such as \"127.0.0.1:4180\", \"0.0.0.0:443\" or \"[::]:443\""),
    (3, "liveness_timeout = \"1s\"", "3:20", "listen.liveness_timeout", "duration \"1s\" is out of range", "write a duration from \"2s\" to \"10m\""),
    (3, "address = []", "3:11", "listen.address", "empty array", "write an address and a port, such as \"127.0.0.1:4180\", \"0.0.0.0:443\" or \"[::]:443\""),
    (3, "address = [\"127.0.0.1:1\", \"127.0.0.1:1\"]", "3:27", "listen.address[1]", "duplicate address 127.0.0.1:1", "remove one of them"),
    (3, "adress = \"127.0.0.1:4180\"", "3:1", "listen.adress", "unknown key", "did you mean \"address\"?"),
    (3, "zzz = \"127.0.0.1:4180\"", "3:1", "listen.zzz", "unknown key", "the keys of this table are: address, admin, liveness_timeout, tls"),
    (3, "address = \"0.0.0.0:4180\"\nadmin = \"127.0.0.1:4180\"", "4:9", "listen.admin", "address is also public: anyone could reach the endpoints for operators", "use another port, such as \"127.0.0.1:4181\""),
    (3, "admin = \"127.0.0.1:4180\"", "3:9", "listen.admin", "address is also public: anyone could reach the endpoints for operators", "use another port, such as \"127.0.0.1:4181\""),
    (3, "tls = true", "3:7", "listen.tls", "expected a table, found a boolean", "write the keys in a table of this name"),
    (3, "tls = { certificate = \"tls.crt\" }", "3:7", "listen.tls.key", "missing required key", "write tls = { certificate = \"/path/tls.crt\", key = \"/path/tls.key\" }"),
    (3, "tls = { certificate = \"tls.crt\", key = \"none.key\" }", "3:40", "listen.tls.key", "cannot read", "check the path, and that the gateway's user may read the file"),
    (3, "tls = { certificate = \"none.crt\", key = \"tls.key\" }", "3:23", "listen.tls.certificate", "cannot read", "check the path, and that the gateway's user may read the file"),
    (3, "tls = { certificate = \"tls.crt\", key = \"other.key\" }", "3:40", "listen.tls.key", "the key in /etc/vestibule/other.key is not the key of the first certificate in /etc/vestibule/tls.crt", "name the private key of the certificate"),
    (3, "tls = { certificate = \"tls.key\", key = \"tls.key\" }", "3:23", "listen.tls.certificate", "/etc/vestibule/tls.key holds no certificate (no `-----BEGIN CERTIFICATE-----`)", "the files must be PEM: the certificate with its chain, and the unencrypted private key"),
];

#[rustfmt::skip]
const PROVIDER: &[Case] = &[
    (8, "issuer = \"https://login.example/common/v2.0\"", "8:10", "provider[0].issuer", "users of every Entra tenant in the world can sign in with this setting, and anyone can create a tenant", "list the tenants that may sign in, tenants = [\"<tenant id>\"], or write the tenant ID into the issuer"),
    (8, "issuer = \"https://login.example/organizations/v2.0\"", "8:10", "provider[0].issuer", "users of every Entra tenant in the world can sign in with this setting, and anyone can create a tenant", "list the tenants that may sign in, tenants = [\"<tenant id>\"], or write the tenant ID into the issuer"),
    (8, "issuer = \"https://login.example/{tenantid}/v2.0\"\nprofile = \"entra\"", "8:10", "provider[0].issuer", "users of every Entra tenant in the world can sign in with this setting, and anyone can create a tenant", "list the tenants that may sign in, tenants = [\"<tenant id>\"], or write the tenant ID into the issuer"),
    (8, "issuer = \"https://login.example/{tenant}/v2.0\"", "8:10", "provider[0].issuer", "misplaced braces in the issuer", "write {tenantid} once, as a whole segment of the path"),
    (8, "issuer = \"https://login.example/{tenantid}/v2.0\"\ntenants = [\"contoso.example\"]\nprofile = \"entra\"", "9:12", "provider[0].tenants[0]", "invalid tenant ID \"contoso.example\"", "write tenant IDs, such as [\"aaaabbbb-0000-cccc-1111-dddd2222eeee\"], or \"any\""),
    (8, "issuer = \"https://login.example/{tenantid}/v2.0\"\ntenants = []\nprofile = \"entra\"", "9:11", "provider[0].tenants", "empty array", "write tenant IDs, such as [\"aaaabbbb-0000-cccc-1111-dddd2222eeee\"], or \"any\""),
    (8, "issuer = \"https://login.example/{tenantid}/v2.0\"\ntenants = [\"any\", \"aaaabbbb-0000-cccc-1111-dddd2222eeee\"]\nprofile = \"entra\"", "9:12", "provider[0].tenants[0]", "invalid tenant ID \"any\"", "write tenant IDs, such as [\"aaaabbbb-0000-cccc-1111-dddd2222eeee\"], or \"any\""),
    (8, "issuer = \"https://login.example/{tenantid}/v2.0\"\ntenants = \"any\"", "9:11", "provider[0].tenants", "with several tenants, only tid and oid together identify a user", "add profile = \"entra\""),
    (8, "issuer = \"https://idp.example\"\ntenants = \"any\"\nprofile = \"entra\"", "9:11", "provider[0].tenants", "tenants have no effect: the issuer is a single tenant", "remove tenants, or write {tenantid} in place of the tenant in the issuer"),
    (9, "client_id = \"a\"\nprofile = \"azure\"", "10:11", "provider[0].profile", "unknown profile \"azure\"", "write \"entra\" for Microsoft Entra ID, or remove the key"),
    (9, "client_id = \"a\"\nprofile = \"entra\"\nscopes = [\"openid\"]", "11:10", "provider[0].scopes", "missing scope \"profile\"", "add \"profile\": without it Entra ID sends no oid, which identifies the user"),
    (9, "client_id = \"a\"\ndiscovery_url = \"http://idp.example/x\"", "10:17", "provider[0].discovery_url", "https://", "write the URL of the provider's metadata: an https:// URL, with a query if necessary"),
    (9, "client_id = \"a\"\ndiscovery_url = \"https://169.254.169.254/x\"", "10:17", "provider[0].discovery_url", "this machine", "write the URL of the provider's metadata: an https:// URL, with a query if necessary"),
    (7, "", "6:1", "provider[0].name", "missing required key", "choose a name in lower case: it becomes part of the redirect URI"),
    (7, "name = \"Entra ID\"", "7:8", "provider[0].name", "invalid provider name \"Entra ID\"", "write 1 to 32 lower-case letters, digits and hyphens, such as \"entra\""),
    (8, "", "6:1", "provider[0].issuer", "missing required key", "write the issuer exactly as the provider's metadata has it"),
    (8, "isuer = \"https://idp.example\"\nissuer = \"https://idp.example\"", "8:1", "provider[0].isuer", "unknown key", "did you mean \"issuer\"?"),
    (8, "issuer = \"http://idp.example\"", "8:10", "provider[0].issuer", "https://", "write the issuer exactly as the provider's metadata has it: an https:// URL without query and fragment"),
    (8, "issuer = \"https://idp.example?x\"", "8:10", "provider[0].issuer", "query", "write the issuer exactly as the provider's metadata has it: an https:// URL without query and fragment"),
    (9, "client_id = \"\"", "9:13", "provider[0].client_id", "empty string", "write a value, or remove the key"),
    (9, "client_id = 1979-05-27", "9:13", "provider[0].client_id", "expected a string, found a date", "write the value in quotes"),
    (10, "", "6:1", "provider[0].client_secret", "missing required key", "write client_secret = { file = \"/path\" }: the token request needs it"),
    (10, "client_secret = \"hunter2\"", "10:17", "provider[0].client_secret", "secret in the configuration file", "write { file = \"/path\" }, { env = \"NAME\" } or { credential = \"name\" }; replace the secret if others may have seen it"),
    (10, "client_secret = { file = \"none\" }", "10:26", "provider[0].client_secret.file", "cannot read /etc/vestibule/none: No such file or directory (os error 2)", "check the path, and that the gateway's user may read the file"),
    (10, "client_secret = { file = \"empty\" }", "10:26", "provider[0].client_secret.file", "the secret is empty", "write the secret there"),
    (10, "client_secret = { env = \"NONE\" }", "10:25", "provider[0].client_secret.env", "environment variable \"NONE\" is not set", "set it for the gateway's process, or use a file"),
    (10, "client_secret = { credential = \"x\" }", "10:32", "provider[0].client_secret.credential", "$CREDENTIALS_DIRECTORY is not set", "add LoadCredential= to the systemd unit; without systemd, use a file"),
    (10, "client_secret = { credential = \"../x\" }", "10:32", "provider[0].client_secret.credential", "invalid credential name \"../x\"", "write the name from LoadCredential= in the systemd unit"),
    (10, "client_secret = { file = \"client-secret\", env = \"X\" }", "10:17", "provider[0].client_secret", "expected exactly one of file, env and credential, found 2", "write { file = \"/path\" }, { env = \"NAME\" } or { credential = \"name\" }; replace the secret if others may have seen it"),
    (10, "client_secret = {}", "10:17", "provider[0].client_secret", "expected exactly one of file, env and credential, found 0", "write { file = \"/path\" }, { env = \"NAME\" } or { credential = \"name\" }; replace the secret if others may have seen it"),
    (9, "client_id = \"x\"\nclient_auth = \"basic\"", "10:15", "provider[0].client_auth", "unknown method of client authentication \"basic\"", "client_secret_basic"),
    (9, "client_id = \"x\"\nscopes = [\"email\"]", "10:10", "provider[0].scopes", "missing scope \"openid\"", "add \"openid\": without it the provider sends no id_token"),
    (9, "client_id = \"x\"\nscopes = [\"openid email\", \"openid\"]", "10:11", "provider[0].scopes[0]", "\"openid email\" is not a single scope", "write an array, with one scope in each string"),
    (9, "client_id = \"x\"\nresponse_mode = \"query\"", "10:17", "provider[0].response_mode", "response mode \"query\" would write the id_token into the URL, and therefore into logs", "write \"form_post\", or response_type = \"code\""),
    (9, "client_id = \"x\"\nresponse_mode = \"fragment\"", "10:17", "provider[0].response_mode", "response mode \"fragment\" is never sent to a server", "write \"form_post\""),
    (9, "client_id = \"x\"\nresponse_mode = \"jwt\"", "10:17", "provider[0].response_mode", "unknown response mode \"jwt\"", "write \"form_post\", or \"query\" with response_type = \"code\""),
    (9, "client_id = \"x\"\nuserinfo = \"yes\"", "10:12", "provider[0].userinfo", "unknown value \"yes\"", "write \"off\", \"on\", \"required\" or \"signed\""),
    (9, "client_id = \"x\"\nuserinfo = true", "10:12", "provider[0].userinfo", "expected a string, found a boolean", "write the value in quotes"),
    (9, "client_id = \"x\"\nresponse_type = \"id_token\"\nuserinfo = \"on\"", "11:12", "provider[0].userinfo", "userinfo needs an access token, and response_type = \"id_token\" provides none", "remove the key, or write response_type = \"code id_token\""),
    (9, "client_id = \"x\"\nresponse_type = \"code id_token token\"", "10:17", "provider[0].response_type", "an access token in the browser can be read by scripts and extensions", "write \"code id_token\": the access token then comes from the token endpoint"),
    (9, "client_id = \"x\"\nresponse_type = \"none\"", "10:17", "provider[0].response_type", "unknown response type \"none\"", "write \"code id_token\", \"code\" or \"id_token\""),
    (9, "client_id = \"x\"\nauthorize = { state = \"x\" }", "10:15", "provider[0].authorize.state", "reserved parameter: the gateway sets it, and the security of the sign-in depends on it", "remove it; scopes and response_type have keys of their own"),
    (9, "client_id = \"x\"\nauthorize = { code_challenge_method = \"plain\" }", "10:15", "provider[0].authorize.code_challenge_method", "reserved parameter: the gateway sets it, and the security of the sign-in depends on it", "remove it; scopes and response_type have keys of their own"),
    (9, "client_id = \"x\"\nauthorize = { max_age = 5 }", "10:25", "provider[0].authorize.max_age", "expected a string, found an integer", "write the value in quotes"),
    (9, "client_id = \"x\"\nauthorize = \"prompt=login\"", "10:13", "provider[0].authorize", "expected a table of strings, found a string", "write { name = \"value\" }"),
    (9, "client_id = \"x\"\nauthorize = { max_age = \"900\" }", "10:15", "provider[0].authorize.max_age", "invalid duration", "write a duration in whole seconds, such as \"15m\"; at most \"90d\""),
    (9, "client_id = \"x\"\nauthorize = { prompt = \"always\" }", "10:15", "provider[0].authorize.prompt", "unknown or repeated value in prompt", "write values out of login, consent, select_account and create, or \"none\" alone"),
    (9, "client_id = \"x\"\nauthorize = { prompt = \"login none\" }", "10:15", "provider[0].authorize.prompt", "prompt \"none\" contradicts any other value", "write \"none\" alone, or remove it"),
    (9, "client_id = \"x\"\nauthorize = { claims = '[\"acr\"]' }", "10:15", "provider[0].authorize.claims", "not a JSON object with objects for \"id_token\" and \"userinfo\"", "write JSON such as '{\"id_token\": {\"acr\": {\"essential\": true}}}'"),
    (9, "client_id = \"x\"\nauthorize = { resource = \"/api\" }", "10:15", "provider[0].authorize.resource", "not an absolute URI without a fragment", "write one URI, such as \"https://api.example.com\""),
    (9, "client_id = \"x\"\nauthorize = { ui_locales = \"de, en\" }", "10:15", "provider[0].authorize.ui_locales", "not a list of language tags separated by spaces", "write tags in order of preference, such as \"de-AT de en\""),
    (9, "client_id = \"x\"\npass_through = [\"login_hint\", \"scope\"]", "10:31", "provider[0].pass_through[1]", "links may not set the parameter \"scope\": any site can contain a link", "write some of: domain_hint, login_hint, prompt, ui_locales"),
    (9, "client_id = \"x\"\npass_through = \"loginhint\"", "10:16", "provider[0].pass_through", "links may not set the parameter \"loginhint\": any site can contain a link", "did you mean \"login_hint\"?"),
    (9, "client_id = \"x\"\nredirect_query = \"?tenant=a\"", "10:18", "provider[0].redirect_query", "invalid query \"?tenant=a\"", "write it exactly as registered, such as \"tenant=a&site=b\": without the question mark, each name once"),
    (9, "client_id = \"x\"\nredirect_query = \"tenant=a&state=b\"", "10:18", "provider[0].redirect_query", "parameter \"state\" is reserved for the authorization response", "register a redirect URI with another name"),
    (9, "client_id = \"x\"\nca_file = \"none.pem\"", "10:11", "provider[0].ca_file", "cannot be read", "the file must contain PEM certificates, and the gateway's user must be able to read it"),
    (9, "client_id = \"x\"\nca_file = \"tls.key\"", "10:11", "provider[0].ca_file", "holds no certificate", "the file must contain PEM certificates, and the gateway's user must be able to read it"),
    (11, "[[provider]]\nname = \"idp\"\nissuer = \"https://b.example\"\nclient_id = \"x\"\nresponse_type = \"id_token\"\n[session]", "12:8", "provider[1].name", "duplicate provider name \"idp\"", "give each provider a unique name"),
];

#[rustfmt::skip]
const SESSION: &[Case] = &[
    (12, "idle = 30", "12:8", "session.idle", "duration 30 has no unit", "write numbers with units, such as \"90s\", \"15m\" or \"1h 30m\""),
    (12, "idle = \"hour\"", "12:8", "session.idle", "invalid duration \"hour\"", "write numbers with units, such as \"90s\", \"15m\" or \"1h 30m\""),
    (12, "idle = \"1 week\"", "12:8", "session.idle", "duration \"1 week\" has a unit longer than a day", "write days, hours, minutes or seconds; a week is \"7d\""),
    (12, "idle = \"0s\"", "12:8", "session.idle", "duration \"0s\" is out of range", "write a duration from \"1m\" to \"90d\""),
    (12, "idle = \"-1h\"", "12:8", "session.idle", "duration \"-1h\" is out of range", "write a duration from \"1m\" to \"90d\""),
    (12, "idle = \"5s\"", "12:8", "session.idle", "duration \"5s\" is out of range", "write a duration from \"1m\" to \"90d\""),
    (12, "idle = \"13h\"", "12:8", "session.idle", "longer than session.lifetime", "write at most \"12h\", or raise session.lifetime"),
    (12, "lifetime = \"400d\"", "12:12", "session.lifetime", "duration \"400d\" is out of range", "write a duration from \"1m\" to \"90d\""),
    (12, "store = \"redis\"", "12:9", "session.store", "store \"redis\" is not supported yet", "write store = \"memory\""),
    (12, "store = { redis = \"rediss://u:hunter2@r\" }", "12:9", "session.store", "this store is not supported yet", "write store = \"memory\""),
    (12, "store = \"memroy\"", "12:9", "session.store", "unknown store \"memroy\"", "did you mean \"memory\"?"),
    (12, "capacity = 0", "12:12", "session.capacity", "0 is out of range", "write a number from 1 to 100000000, without quotes"),
    (12, "capacity = -1", "12:12", "session.capacity", "expected a positive integer, found a negative or too large integer", "write a number from 1 to 100000000, without quotes"),
    (12, "secret = { file = \"short-secret\" }", "12:19", "session.secret.file", "the secret has fewer than 32 bytes", "generate a new one: openssl rand -base64 32"),
    (12, "secret = []", "12:10", "session.secret", "empty array", "add a secret, or remove the key"),
    (12, "secret = [{ file = \"session-secret\" }, \"hunter2\"]", "12:40", "session.secret[1]", "secret in the configuration file", "write { file = \"/path\" }, { env = \"NAME\" } or { credential = \"name\" }; replace the secret if others may have seen it"),
];

#[rustfmt::skip]
const ROUTE: &[Case] = &[
    (13, "[route]", "13:1", "route", "expected an array of tables, found a table", "write [[route]] in double brackets: there can be several"),
    (14, "", "13:1", "route[0].upstream", "missing required key", "write the address of the application: upstream = \"http://127.0.0.1:8080\""),
    (14, "upstream = \"127.0.0.1:8080\"", "14:12", "route[0].upstream", "\"127.0.0.1:8080\" is not an http:// or https:// URL with a host", "write scheme, host and port, such as \"http://127.0.0.1:8080\""),
    (14, "upstream = \"http://127.0.0.1:8080/app\"", "14:12", "route[0].upstream", "URL \"http://127.0.0.1:8080/app\" has more than scheme, host and port", "remove the rest: the application receives the path that the browser requested"),
    (14, "upstream = \"unix:/run/app\"", "14:12", "route[0].upstream", "socket \"unix:/run/app\" is not supported yet", "write scheme, host and port, such as \"http://127.0.0.1:8080\""),
    (14, "upstream = []", "14:12", "route[0].upstream", "empty array", "write scheme, host and port, such as \"http://127.0.0.1:8080\""),
    (14, "upstream = \"http://127.0.0.1:4180\"", "14:12", "route[0].upstream", "the upstream is the gateway itself: every request would loop", "write the address of the application behind the gateway"),
    (14, "upstream = [\"http://h:1\", \"http://LocalHost:4180\"]", "14:27", "route[0].upstream[1]", "the upstream is the gateway itself: every request would loop", "write the address of the application behind the gateway"),
    (14, "upstream = \"https://a.example\"", "14:12", "route[0].upstream", "the upstream is the gateway itself: every request would loop", "write the address of the application behind the gateway"),
    (14, "upstream = \"http://h:1\"\npath = \"reports\"", "15:8", "route[0].path", "\"reports\" is not an unambiguous absolute path", "write a plain path, such as \"/\" or \"/reports\""),
    (14, "upstream = \"http://h:1\"\npath = \"/reports/\"", "15:8", "route[0].path", "path \"/reports/\" is not in canonical form", "write \"/reports\": it matches the path and everything below it"),
    (14, "upstream = \"http://h:1\"\npath = \"/a/../b\"", "15:8", "route[0].path", "path \"/a/../b\" is not in canonical form", "write \"/b\": it matches the path and everything below it"),
    (14, "upstream = \"http://h:1\"\npath = \"/a%2fb\"", "15:8", "route[0].path", "\"/a%2fb\" is not an unambiguous absolute path", "write a plain path, such as \"/\" or \"/reports\""),
    (14, "upstream = \"http://h:1\"\npath = \"/a?b\"", "15:8", "route[0].path", "\"/a?b\" is not an unambiguous absolute path", "write a plain path, such as \"/\" or \"/reports\""),
    (14, "upstream = \"http://h:1\"\npath = \"/.auth\"", "15:8", "route[0].path", "path \"/.auth\" belongs to the gateway's own paths below \"/.auth\"", "move the application, or set another prefix"),
    (14, "upstream = \"http://h:1\"\npath = \"/.auth/x\"", "15:8", "route[0].path", "path \"/.auth/x\" belongs to the gateway's own paths below \"/.auth\"", "move the application, or set another prefix"),
    (14, "upstream = \"http://h:1\"\nhost = \"b.example\"", "15:8", "route[0].host", "host \"b.example\" is not in public_url", "write one of a.example, without port, or add the host to public_url"),
    (14, "upstream = \"http://h:1\"\n[[route]]\npath = \"/\"\nupstream = \"http://h:2\"", "16:8", "route[1].path", "another route has the same host and the path \"/\"", "remove one of them, or change its host or path"),
    (14, "upstream = \"http://h:1\"\nallow = \"everyone\"", "15:9", "route[0].allow", "unknown rule \"everyone\"", "\"anyone\""),
    (14, "upstream = \"http://h:1\"\nallow = \"signed_in\"", "15:9", "route[0].allow", "unknown rule \"signed_in\"", "did you mean \"signed-in\"?"),
    (14, "upstream = \"http://h:1\"\nallow = []", "15:9", "route[0].allow", "expected a string or a table, found an array", "\"anyone\""),
    (14, "upstream = \"http://h:1\"\nallow = {}", "15:9", "route[0].allow", "empty rule", "groups"),
    (14, "upstream = \"http://h:1\"\nallow = { groups = [] }", "15:20", "route[0].allow.groups", "empty array", "add the values that may pass, or remove the key"),
    (14, "upstream = \"http://h:1\"\nallow = { claims = {} }", "15:20", "route[0].allow.claims", "empty table", "add a claim, or remove the key"),
    (14, "upstream = \"http://h:1\"\nallow = { claims = { a = [] } }", "15:26", "route[0].allow.claims.a", "empty array", "add a value, or remove the claim"),
    (14, "upstream = \"http://h:1\"\nprovider = \"ipd\"", "15:12", "route[0].provider", "unknown provider \"ipd\"", "did you mean \"idp\"?"),
    (14, "upstream = \"http://h:1\"\nprovider = \"partners\"", "15:12", "route[0].provider", "unknown provider \"partners\"", "write the name of a [[provider]]: idp"),
    (14, "upstream = \"http://h:1\"\nallow = { acr = [] }", "15:17", "route[0].allow.acr", "empty array", "add the values that suffice, or remove the key"),
    (14, "upstream = \"http://h:1\"\nallow = { acr = \"a b\" }", "15:17", "route[0].allow.acr", "space in the value \"a b\"", "write an array, with one value in each string"),
    (14, concat!("upstream = \"http://h:1\"\nallow = { acr = \"urn:", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "of-a-very-long-name-", "\" }"), "15:9", "route[0].allow", "longer than 640 bytes when encoded in an URL", "shorten the values: browsers and providers cut or refuse long URLs"),
    (14, "upstream = \"http://h:1\"\nallow = { max_age = \"10s\" }", "15:21", "route[0].allow.max_age", "duration \"10s\" is out of range", "write a duration from \"1m\" to \"90d\""),
    (14, "upstream = \"http://h:1\"\nauthorize = { nonce = \"x\" }", "15:15", "route[0].authorize.nonce", "reserved parameter: the gateway sets it, and the security of the sign-in depends on it", "remove it; scopes and response_type have keys of their own"),
    (14, "upstream = \"http://h:1\"\nallow = { group = [\"x\"], roles = [\"x\"] }", "15:11", "route[0].allow.group", "unknown key", "did you mean \"groups\"?"),
    (14, "upstream = \"http://h:1\"\nheaders = \"none\"", "15:11", "route[0].headers", "unknown value \"none\"", "write \"standard\", or a table such as { Remote-User = \"sub\" }"),
    (14, "upstream = \"http://h:1\"\nheaders = { \"a b\" = \"sub\" }", "15:13", "route[0].headers.a b", "invalid header name \"a b\"", "use letters, digits and hyphens"),
    (14, "upstream = \"http://h:1\"\nheaders = { Cookie = \"sub\" }", "15:13", "route[0].headers.Cookie", "header is reserved for HTTP or for the gateway", "use another name, such as Remote-User or X-User"),
    (14, "upstream = \"http://h:1\"\nheaders = { X_Forwarded_For = \"sub\" }", "15:13", "route[0].headers.X_Forwarded_For", "header is reserved for HTTP or for the gateway", "use another name, such as Remote-User or X-User"),
    (14, "upstream = \"http://h:1\"\nheaders = { Content-Type = \"sub\" }", "15:13", "route[0].headers.Content-Type", "header is reserved for HTTP or for the gateway", "use another name, such as Remote-User or X-User"),
    (14, "upstream = \"http://h:1\"\nheaders = { X-User = \"sub\", x_user = \"name\" }", "15:29", "route[0].headers.x_user", "applications cannot distinguish this header from another one of this table", "remove one of them"),
    (14, "upstream = \"http://h:1\"\ncors_origins = [\"*\"]", "15:17", "route[0].cors_origins[0]", "not an https:// URL with a host", "write an origin, such as \"https://spa.example.com\""),
    (14, "upstream = \"http://h:1\"\nwebsocket_origins = [\"*\"]", "15:22", "route[0].websocket_origins[0]", "not an https:// URL with a host", "write an origin, such as \"https://chat.example.com\""),
    (14, "upstream = \"http://h:1\"\nservice_worker = \"yes\"", "15:18", "route[0].service_worker", "expected a boolean, found a string", "write true or false, without quotes"),
    (14, "upstream = \"http://h:1\"\nupstream_connections = \"per-user\"", "15:24", "route[0].upstream_connections", "unknown value \"per-user\"", "write \"shared\", \"per-client\" or \"per-request\""),
    (14, "upstream = \"http://h:1\"\nconnect_timeout = \"1d\"", "15:19", "route[0].connect_timeout", "duration \"1d\" is out of range", "write a duration from \"100ms\" to \"1m\""),
    (14, "upstream = \"http://h:1\"\nca_file = \"app-ca.pem\"", "15:11", "route[0].ca_file", "ca_file has no effect: no upstream of this route is https", "write the upstream as https://…, or remove ca_file"),
    (14, "upstream = \"https://h:1\"\nca_file = \"tls.key\"", "15:11", "route[0].ca_file", "holds no certificate", "the file must contain PEM certificates, and the gateway's user must be able to read it"),
];
