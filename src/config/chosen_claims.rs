//! Claims that people choose or change themselves, and claims that can pass to another person.
//!
//! OpenID Connect Core §5.7: only `sub` together with `iss` identifies a person; no other claim is promised to be unique, or to
//! stay with one person.

use crate::base::fold_header_name;

/// Whether people can choose the value of `claim` themselves at many providers.
pub(super) fn is_chosen_by_people(claim: &str) -> bool {
    let first = claim.split('.').next().unwrap_or_default();
    CHOSEN.iter().any(|chosen| chosen.eq_ignore_ascii_case(first))
}

/// Why `claim` does not identify a person: the end of a sentence that begins with its name. `None` for other claims.
pub(super) fn weakness(claim: &str) -> Option<&'static str> {
    if is_chosen_by_people(claim) {
        return Some("which people can change themselves at many providers: one could take the name of another");
    }
    let is_address = ["email", "emails", "mail"].iter().any(|name| name.eq_ignore_ascii_case(claim));
    is_address.then_some("which can change hands: the next owner of an address becomes the former one")
}

/// Whether applications commonly take the header `name` for the identity of the user.
pub(super) fn is_identity_header(name: &str) -> bool {
    let name = fold_header_name(name).map(char::from).collect::<String>();
    let is_identity = name.rsplit('-').next().is_some_and(|last| IDENTITY_WORDS.contains(&last));
    (is_identity || name.ends_with("user-name")) && !name.ends_with("preferred-username")
}

/// The claims of OpenID Connect Core §5.1 that a person may edit, and those of other providers.
const CHOSEN: &[&str] = &[
    "address",
    "birthdate",
    "display_name",
    "displayname",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "login_hint",
    "middle_name",
    "name",
    "nick",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "unique_name",
    "upn",
    "user_name",
    "username",
    "website",
    "zoneinfo",
];

/// The last words of headers for the identity: `Remote-User`, `X-WEBAUTH-USER`, `X-User-Id`, …
const IDENTITY_WORDS: &[&str] =
    &["account", "id", "login", "principal", "subject", "uid", "user", "userid", "username"];
