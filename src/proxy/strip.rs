//! The header names that are removed from every client's request.
//!
//! Rule: a name that the gateway sets is removed from the client's fields on every path, in every spelling that some
//! server reads as that name (CGI, RFC 3875 §4.1.18).

use http::HeaderName;

use crate::{base::fold_header_name, identity::HeaderSet};

/// The header names that are removed from every request before the gateway sets its own fields. Built once at start.
#[derive(Debug)]
pub(crate) struct StripList {
    /// In the form of `fold`, sorted.
    names: Box<[Box<[u8]>]>,
    /// The first bytes of the names, to skip the search: most field names of a request begin with none of them.
    initials: [bool; 256],
}

impl StripList {
    /// The list for routes with the identity headers `sets`. A name that is set on one route is removed on every route.
    pub(crate) fn new<'a>(sets: impl IntoIterator<Item = &'a HeaderSet>) -> Self {
        let identity = sets.into_iter().flat_map(HeaderSet::names);
        let all = HeaderSet::Standard.names().map(folded);
        let all = all.chain(identity.map(folded)).chain(ALWAYS.iter().copied().map(folded));
        let mut names: Vec<Box<[u8]>> = all.collect();
        names.sort_unstable();
        names.dedup();
        let mut initials = [false; 256];
        for first in names.iter().filter_map(|name| name.first()).chain(FORWARDED.first()) {
            initials[usize::from(*first)] = true;
        }
        Self { names: names.into(), initials }
    }

    /// Whether some server could read `name` as a name on the list. Does not allocate.
    pub(super) fn contains(&self, name: &HeaderName) -> bool {
        let name = name.as_str();
        let has_initial = fold_header_name(name).next().is_some_and(|first| self.initials[usize::from(first)]);
        has_initial
            && (fold_header_name(name).take(FORWARDED.len()).eq(FORWARDED.iter().copied())
                || self.names.binary_search_by(|listed| listed.iter().copied().cmp(fold_header_name(name))).is_ok())
    }
}

fn folded(name: &str) -> Box<[u8]> {
    fold_header_name(name).collect()
}

/// Every name with this prefix is removed.
const FORWARDED: &[u8] = b"x-forwarded";

const ALWAYS: [&str; 21] = [
    // Set by other proxies and trusted by servers.
    "forwarded",
    "x-real-ip",
    "x-original-url",
    "x-original-uri",
    "x-original-method",
    "x-original-host",
    "x-original-forwarded-for",
    "x-rewrite-url",
    "x-request-id",
    // CGI turns this field into `HTTP_PROXY`, which the application's HTTP client libraries obey (CVE-2016-5385).
    "proxy",
    // Hop-by-hop fields (RFC 9110 §7.6.1). `headers::set_framing` sets `Content-Length`.
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    // The gateway itself sends 100 (Continue), when it reads the body.
    "expect",
];

#[cfg(test)]
mod tests {
    use super::StripList;
    use crate::{base::fold_header_name, identity::HeaderSet};
    use http::HeaderName;
    use proptest::prelude::{prop, proptest};

    fn list() -> StripList {
        let chosen = [("remote-user", "sub"), ("x_dept", "department")];
        let chosen = chosen.map(|(name, claim)| (HeaderName::from_static(name), claim.to_owned()));
        StripList::new([&HeaderSet::Chosen(chosen.into())])
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
            "remote-user-agent",
        ] {
            assert!(!list.contains(&HeaderName::from_bytes(name.as_bytes()).expect(name)), "{name}");
        }
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
}
