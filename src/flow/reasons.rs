//! Every reason for which something is refused: one stable code each, the same on the page, in log and audit.

use super::texts::Message;
use crate::web::{Language, ProblemDetails, RequestId};

/// Whose fault it is, as far as the reason alone can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The browser's, or the person's.
    Browser,
    /// The provider's.
    Provider,
    /// The gateway's, or its operator's.
    Gateway,
    /// The application's.
    Application,
}

/// What is known about one reason code.
#[derive(Debug)]
pub struct Reason {
    /// The code: stable, in lower case, with hyphens.
    pub code: &'static str,
    /// The HTTP status that goes with it.
    pub status: u16,
    /// Whose fault it is.
    pub fault: Fault,
    /// What the person reads.
    pub message: Message,
    /// What the operator reads in the log: the likely mend.
    pub mend: &'static str,
}

impl Reason {
    /// The same for a script, about `request`; `login` is where a sign-in begins, if that would help.
    #[must_use]
    pub fn details<'a>(&self, request: RequestId, login: Option<&'a str>) -> ProblemDetails<'a> {
        let words = self.message.words(Language::English);
        let detail = words.paragraphs.join(" ");
        ProblemDetails { reason: self.code, status: self.status, title: words.heading, detail, request, login }
    }
}

/// What is known about `code`; for a code that is not in the table, what is known about `internal-error`.
#[must_use]
pub fn find(code: &str) -> &'static Reason {
    REASONS.iter().find(|reason| reason.code == code).unwrap_or(&UNKNOWN)
}

const fn reason(code: &'static str, status: u16, fault: Fault, message: Message, mend: &'static str) -> Reason {
    Reason { code, status, fault, message, mend }
}

use Fault::{Application, Browser, Gateway, Provider};

/// All reasons, sorted by code. A line each, so that it reads as the table it is.
#[rustfmt::skip]
pub const REASONS: &[Reason] = &[
    reason("answer-code", 400, Provider, Message::NotTrusted, "the authorization code is malformed or longer than 8 KiB"),
    reason("answer-contradictory", 400, Provider, Message::NotTrusted, "the provider's answer holds an error and a code or token at once; somebody may be tampering"),
    reason("answer-incomplete", 400, Provider, Message::NotTrusted, "the answer lacks the code or the id_token: check that the hybrid flow (ID tokens) is enabled in the registration"),
    reason("answer-issuer", 400, Provider, Message::NotTrusted, "the answer names another issuer (RFC 9207), or none although the provider promises one; somebody may be mixing up providers"),
    reason("answer-malformed", 400, Browser, Message::TryAgain, "the posted form is not percent-encoded UTF-8, or a parameter is there twice"),
    reason("answer-redirect-query", 400, Provider, Message::NotTrusted, "the query of the redirect URI did not come back as redirect_query says: register the redirect URI with exactly that query"),
    reason("answer-too-large", 413, Provider, Message::CannotMend, "the provider's answer is larger than 256 KiB: send fewer claims in the id_token"),
    reason("answer-unasked-token", 400, Provider, Message::NotTrusted, "the answer holds a token that was not asked for: check response_type here and in the registration"),
    reason("answer-wrong-type", 415, Browser, Message::TryAgain, "the answer was not posted as application/x-www-form-urlencoded"),
    reason("body-too-large", 413, Browser, Message::TooMuch, "a form at one of the gateway's own paths was too large"),
    reason("client-credentials", 502, Gateway, Message::CannotMend, "what proves to the provider which client this is cannot be used: see the detail; the file of client_assertion must be there and renewed"),
    reason("clock-skew", 403, Gateway, Message::ClocksDiffer, "the id_token was made in the future: set the clock of this machine (NTP), or the provider's is wrong"),
    reason("groups-unknown", 403, Gateway, Message::GroupsUnknown, "the provider left the groups out of the id_token (overage), so a rule on groups says no: use app roles and allow = { roles = […] }, or let the registration send only the groups assigned to the application"),
    reason("host-unknown", 421, Browser, Message::UnknownHost, "the Host is of no public_url: add it there, or mend the name in DNS or in the proxy in front"),
    reason("https-needed", 400, Browser, Message::HttpsNeeded, "plain http reached an https site: let the proxy in front redirect, and list it in trust.proxies if it ends TLS"),
    reason("id-token-access-token-hash", 403, Provider, Message::NotTrusted, "at_hash does not match the access token"),
    reason("id-token-account", 403, Gateway, Message::CannotMend, "profile = \"entra\" knows people by tid and oid, and the id_token lacks one: ask for the scope \"profile\"; with AD FS and B2C leave `profile` out"),
    reason("id-token-acr", 403, Provider, Message::StrongerNeeded, "acr or acrs of the id_token is none of the values that the route or the claims parameter demands: check that the provider knows them, and that this person can meet them"),
    reason("id-token-algorithm", 403, Provider, Message::NotTrusted, "the id_token is signed with an algorithm that is not accepted: use RS256, PS256, ES256 or EdDSA in the registration"),
    reason("id-token-audience", 403, Provider, Message::NotTrusted, "the id_token is not for this client alone: check client_id"),
    reason("id-token-auth-old", 403, Provider, Message::FreshNeeded, "auth_time is older than max_age, also after a sign-in with prompt=login: the provider does not sign people in anew, or a clock is wrong"),
    reason("id-token-auth-time", 403, Provider, Message::CannotMend, "max_age was sent, and the id_token has no auth_time, which it then must have (Core §2): check the provider's settings, or leave max_age out"),
    reason("id-token-code-hash", 403, Provider, Message::NotTrusted, "c_hash is missing or of another code; somebody may be injecting a code"),
    reason("id-token-expired", 403, Provider, Message::TryAgain, "the id_token has expired: check the clocks"),
    reason("id-token-issuer", 403, Provider, Message::NotTrusted, "iss is not, byte for byte, the configured issuer"),
    reason("id-token-key", 403, Provider, Message::NotTrusted, "the key named by the id_token is not one for signing this way, or several keys fit and none is named"),
    reason("id-token-key-issuer", 403, Provider, Message::NotTrusted, "the key that signed is published for another issuer, tenant or cloud than the id_token's; somebody may be trying something"),
    reason("id-token-malformed", 403, Provider, Message::NotTrusted, "the id_token is no well-formed JWT, or a claim has the wrong type"),
    reason("id-token-mismatch", 403, Provider, Message::NotTrusted, "the two id_tokens of one sign-in speak of different people"),
    reason("id-token-nonce", 403, Browser, Message::NotTrusted, "the nonce is of another sign-in; somebody may be replaying a token"),
    reason("id-token-not-yet-valid", 403, Provider, Message::TryAgain, "nbf lies in the future: check the clocks"),
    reason("id-token-signature", 403, Provider, Message::NotTrusted, "no key of the provider verifies the signature"),
    reason("id-token-state-hash", 403, Provider, Message::NotTrusted, "s_hash is of another state"),
    reason("id-token-subject", 403, Provider, Message::NotTrusted, "sub is missing or malformed"),
    reason("id-token-tenant", 403, Browser, Message::OtherTenant, "the person's tenant is not among `tenants`: the detail names it; add it there if its people may sign in"),
    reason("id-token-too-old", 403, Provider, Message::TryAgain, "the id_token was made more than ten minutes ago: check the clocks"),
    reason("id-token-type", 403, Provider, Message::NotTrusted, "the token is of another kind (typ), not an id_token"),
    reason("id-token-unknown-key", 403, Provider, Message::NotTrusted, "the key that signed the id_token is not among the provider's keys, also after fetching them again"),
    reason("internal-error", 500, Gateway, Message::Broken, "a fault in the gateway itself: please report it with this line"),
    reason("kept-form-foreign", 403, Browser, Message::ForeignSend, "a page of another site, or a browser extension, tried to send a form that is kept"),
    reason("kept-form-gone", 410, Browser, Message::KeptGone, "the button was pressed twice, an hour went by, or the gateway was restarted: what is kept is in memory"),
    reason("method-not-allowed", 405, Browser, Message::WrongMethod, "a wrong method at one of the gateway's own paths"),
    reason("no-cookies", 400, Browser, Message::NoCookies, "neither login nor answer cookie came back: cookies blocked, the sign-in is over, or a proxy in front drops cookies"),
    reason("not-allowed", 403, Browser, Message::NoAccess, "the person does not meet `allow` of this route: check groups, roles and claims in the id_token"),
    reason("not-found", 404, Browser, Message::NotFound, "no such path of the gateway, or no route for this path"),
    reason("other-browser", 403, Browser, Message::OtherBrowser, "the answer reached a browser that did not begin the sign-in: a forwarded link, or login CSRF"),
    reason("other-instance", 400, Gateway, Message::Restarted, "the state was sealed with a secret that is not here: set session.secret, the same on every instance"),
    reason("other-person", 403, Browser, Message::OtherPerson, "a sign-in that was to confirm who is signed in came back for another subject: the session was not touched"),
    reason("provider-busy", 502, Provider, Message::ProviderBusy, "the provider answered server_error or temporarily_unavailable: see its status page, and the detail"),
    reason("provider-denied", 403, Browser, Message::Declined, "the provider answered access_denied: the person cancelled, or the provider's policy forbids it"),
    reason("provider-hybrid-off", 502, Gateway, Message::NotPossibleNow, "the registration does not allow this response_type: in Entra ID tick \"ID tokens (used for implicit and hybrid flows)\" under Authentication, or set response_type = \"code\" here"),
    reason("provider-interaction", 403, Provider, Message::NeedsMore, "the provider answered interaction_required, login_required or consent_required twice, the second time without prompt=none: a policy there cannot be met from here, see the detail"),
    reason("provider-issuer", 502, Gateway, Message::NotPossibleNow, "the provider's metadata name another issuer: copy `issuer` from there, byte for byte"),
    reason("provider-keys", 502, Provider, Message::NotPossibleNow, "the provider's key set cannot be read or has no usable key"),
    reason("provider-metadata", 502, Provider, Message::NotPossibleNow, "the provider's metadata are refused: see the detail"),
    reason("provider-refused", 403, Provider, Message::ProviderRefused, "the provider answered with an error that is not known here: see the detail"),
    reason("provider-registration", 502, Gateway, Message::NotPossibleNow, "the provider does not accept the authorization request: compare client_id, scopes, response_type and authorize with the registration there, and see the detail"),
    reason("provider-unreachable", 502, Provider, Message::ProviderUnreachable, "the provider does not answer: check the network, DNS, proxy and ca_file from this machine"),
    reason("request-ambiguous", 400, Browser, Message::AmbiguousRequest, "several or contradicting Host fields, or a body whose length is told in more than one way: look at what stands in front"),
    reason("request-incomplete", 400, Browser, Message::BrokenOff, "the body of the request broke off, or came too slowly"),
    reason("service-worker", 403, Application, Message::ServiceWorker, "a service worker would see every page of the origin: set service_worker = true on the route if you trust it"),
    reason("sign-in-loop", 403, Browser, Message::Loop, "three sign-ins ended within two and a half minutes without a session that lasted: look at the reasons of the lines before; else the session cookie is refused or dropped on its way, the session store is too small, or instances do not share it"),
    reason("sign-in-lost", 502, Gateway, Message::Interrupted, "the task that redeemed the code ended without a result; the code is not sent again"),
    reason("sign-in-required", 401, Browser, Message::SignIn, "nobody is signed in"),
    reason("sign-out-foreign", 403, Browser, Message::ForeignSignOut, "a POST to the sign-out without the form's token, or from another site"),
    reason("state-forged", 400, Browser, Message::NotOurs, "the state was not issued here, or for another origin, provider or client; somebody may be trying something"),
    reason("state-missing", 400, Browser, Message::NotOurs, "the answer has no state"),
    reason("step-up-required", 401, Browser, Message::SignInOnceMore, "the rule of the route demands max_age, acr or acrs that the session does not have"),
    reason("store-full", 503, Gateway, Message::Busy, "too many sign-ins wait for completion: somebody may be flooding the callback"),
    reason("store-unreachable", 503, Gateway, Message::StoreUnreachable, "the session store does not answer"),
    reason("target-ambiguous", 400, Browser, Message::AmbiguousAddress, "the path holds an escaped slash, backslash, percent sign, semicolon, question mark, hash or control character, or a dot segment in disguise; or an application that ignores the case of letters, path parameters or dots at an end would read it as a path of another route: if both are meant, give each spelling a route"),
    reason("token-client-refused", 502, Gateway, Message::CannotMend, "the provider does not accept this client: the client secret is wrong or has expired, the key, the certificate or the signer of the assertion is not the registered one, or client_auth is not the registered way"),
    reason("token-grant-refused", 403, Provider, Message::TryAgain, "the provider does not accept the code (any more), or the redirect URI differs from the registered one"),
    reason("token-incomplete", 502, Provider, Message::NotTrusted, "the token answer lacks a member that is needed"),
    reason("token-malformed", 502, Provider, Message::NotTrusted, "the token answer is no well-formed JSON of bearer tokens"),
    reason("token-refused", 502, Provider, Message::CannotMend, "the provider refused the token request, and another sign-in would not help: see the detail"),
    reason("token-status", 502, Provider, Message::TryAgain, "the token endpoint answered with an unexpected status"),
    reason("upgrade-foreign-origin", 403, Browser, Message::ForeignConnection, "the Origin of a WebSocket is not this site's: add it to websocket_origins of the route if it is yours"),
    reason("upstream-protocol", 502, Application, Message::BadApplication, "the application broke the connection or spoke no HTTP/1.1"),
    reason("upstream-timeout", 504, Application, Message::SlowApplication, "no answer within response_timeout"),
    reason("upstream-unreachable", 502, Application, Message::NoApplication, "no connection to the upstream: is it running, and is the address right?"),
    reason("userinfo-refused", 403, Provider, Message::NotTrusted, "userinfo is no JSON object or signed token, or was not signed by this issuer for this client: see the detail"),
    reason("userinfo-subject", 403, Provider, Message::NotTrusted, "userinfo names another subject than the id_token, or none; somebody may be mixing up tokens"),
    reason("userinfo-unavailable", 502, Provider, Message::TryAgain, "the userinfo endpoint gave an error status: see the detail; 401 often means that the access token is for something else; userinfo = \"on\" signs people in without it"),
];

/// What is known about a code that nobody wrote down.
static UNKNOWN: Reason = reason(
    "internal-error",
    500,
    Gateway,
    Message::Broken,
    "a fault in the gateway itself: please report it with this line",
);

#[cfg(test)]
mod tests {
    use super::{REASONS, find};

    #[test]
    fn codes_are_sorted_unique_and_well_written() {
        assert!(REASONS.windows(2).all(|pair| pair[0].code < pair[1].code), "sorted, each once");
        for reason in REASONS {
            assert!(reason.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", reason.code);
            assert!((400..600).contains(&reason.status), "{}", reason.code);
            assert!(!reason.mend.ends_with('.'), "{}", reason.code);
            assert_eq!(find(reason.code).code, reason.code);
        }
        assert_eq!(find("no-such-code").code, "internal-error");
    }
}
