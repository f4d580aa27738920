//! Which names are removed, and which are not.

use super::{NAMES, PREFIXES, SHORTEST_PREFIX, StripList};
use crate::{base::fold_header_name, identity::HeaderSet};
use http::HeaderName;
use proptest::prelude::{prop, proptest};

fn list() -> StripList {
    let chosen = [("remote-user", "sub"), ("x_dept", "department")];
    let chosen = chosen.map(|(name, claim)| (HeaderName::from_static(name), claim.to_owned()));
    StripList::new([&HeaderSet::Chosen(chosen.into())], &[HeaderName::from_static("x-our-sso")])
}

// Covers: CVE-B1, CVE-B2, CVE-B3, K01.
#[test]
fn every_spelling_of_gateway_names_is_on_the_list() {
    let list = list();
    for name in [
        "X-Forwarded-User",
        "x_forwarded_user",
        "X-Forwarded_User",
        "x.forwarded.user",
        "X_FORWARDED-Preferred.Username",
        "x~forwarded!user",
        "x-forwarded-groups",
        "x-forwarded-for",
        "x-forwarded-anything",
        "x-forwarded",
        "Forwarded",
        "X_Real.IP",
        "X-Original-URL",
        "x_original_uri",
        "X-Rewrite-Url",
        "Remote-User",
        "remote_user",
        "X-Dept",
        "Transfer_Encoding",
        "TE",
        "proxy",
        "X-Request-ID",
        "X-Our-SSO",
        "x_our.sso",
        "X-Client-IP",
        "True-Client-Ip",
        "CF-Connecting-IP",
        "Client_IP",
        "WL-Proxy-Client-IP",
        "X-Sendfile-Type",
        "X-Accel-Mapping",
        "x_accel_redirect",
        "Remote_Groups",
        "X-Remote-User",
        "X-Auth-Request-Email",
        "X-MS-CLIENT-PRINCIPAL",
        "X-MS-CLIENT-PRINCIPAL-NAME",
        "X-Amzn-Oidc-Data",
        "OIDC_CLAIM_sub",
        "X-Goog-Authenticated-User-Email",
        "X-Goog-IAP-JWT-Assertion",
        "Tailscale-User-Login",
        "Cf-Access-Jwt-Assertion",
        "X-Pomerium-Claim-Email",
        "SSL_CLIENT_S_DN",
        "X-SSL-Client-Verify",
        "X-Client-Cert",
        "X-Client-Certificate",
        "X-WEBAUTH-USER",
        "X-Authenticated-Userid",
        "X-ARR-ClientCert",
        "$WSRU",
        "iv-user",
        "SM_USER",
        "Shib-Session-ID",
        "X-IIS-WindowsAuthToken",
    ] {
        assert!(list.contains(&HeaderName::from_bytes(name.as_bytes()).expect(name)), "{name}");
    }
}

#[test]
fn application_headers_are_not_stripped() {
    let list = list();
    for name in [
        "accept",
        "authorization",
        "cookie",
        "content-length",
        "content-type",
        "host",
        "origin",
        "user-agent",
        "x-http-method-override",
        "x-original",
        "x-original-name",
        "x-requested-with",
        "x-csrf-token",
        "xforwardeduser",
        "x-forward",
        "te-x",
        "upgrade-insecure-requests",
        "remote",
        "remote-user-agent",
        "x-auth-token",
        "x-user-id",
        "x-csrftoken",
        "x-amz-date",
        "x-ms-version",
        "x-api-key",
        "x-access-token",
        "x-client-version",
        "x-goog-api-key",
        "ssl-protocol",
        "sec-websocket-key",
        "client-version",
        "if-match",
        "$version",
    ] {
        assert!(!list.contains(&HeaderName::from_bytes(name.as_bytes()).expect(name)), "{name}");
    }
}

#[test]
fn the_tables_are_in_the_form_that_is_compared() {
    for name in NAMES.iter().chain(&PREFIXES) {
        assert!(fold_header_name(name).eq(name.bytes()), "{name}");
    }
    for prefix in PREFIXES {
        assert!(prefix.len() >= SHORTEST_PREFIX, "{prefix}");
        let listed = NAMES.iter().chain(&PREFIXES).filter(|name| name.starts_with(prefix));
        assert_eq!(listed.collect::<Vec<_>>(), [&prefix], "covered by a prefix");
    }
    let mut names = NAMES;
    names.sort_unstable();
    assert!(names.is_sorted_by(|one, other| one < other), "twice");
}

proptest! {
    // Covers: CVE-B3.
    #[test]
    fn a_name_that_folds_to_a_gateway_name_is_stripped(
        name in prop::sample::select(HeaderSet::Standard.names().map(str::to_owned).collect::<Vec<_>>()),
        upper in prop::collection::vec(proptest::bool::ANY, 40),
        separator in prop::collection::vec(prop::sample::select(vec!['-', '_', '.']), 40),
    ) {
        let spelled: String = name
            .chars()
            .enumerate()
            .map(|(at, letter)| match letter {
                '-' => separator[at],
                letter if upper[at] => letter.to_ascii_uppercase(),
                letter => letter,
            })
            .collect();
        assert!(fold_header_name(&spelled).eq(name.bytes()));
        assert!(list().contains(&HeaderName::from_bytes(spelled.as_bytes()).expect("a name")), "{spelled}");
    }
}
