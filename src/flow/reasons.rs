//! Every reason for which something is refused: one stable code each, the same on the page, in log and audit.

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
    /// What the person reads first.
    pub heading: &'static str,
    /// What the person reads then: what happened and what to do.
    pub text: &'static str,
    /// What the operator reads in the log: the likely mend.
    pub mend: &'static str,
}

/// What is known about `code`; for a code that is not in the table, what is known about `internal-error`.
#[must_use]
pub fn find(code: &str) -> &'static Reason {
    REASONS.iter().find(|reason| reason.code == code).unwrap_or(&UNKNOWN)
}

const fn reason(
    code: &'static str,
    status: u16,
    fault: Fault,
    heading: &'static str,
    text: &'static str,
    mend: &'static str,
) -> Reason {
    Reason { code, status, fault, heading, text, mend }
}

use Fault::{Application, Browser, Gateway, Provider};

const FAILED: &str = "Sign-in failed";
const TRY: &str = "Please try again. If it happens again, tell the people who run this site, with the lines below.";
const NOT_TRUSTED: &str = "The sign-in provider sent an answer that could not be trusted, so it was not used. Please try again. If it happens again, tell the people who run this site, with the lines below.";
const TELL: &str =
    "This cannot be mended from your side. Please tell the people who run this site, with the lines below.";

/// All reasons, sorted by code. A line each, so that it reads as the table it is.
#[rustfmt::skip]
pub const REASONS: &[Reason] = &[
    reason("answer-code", 400, Provider, FAILED, NOT_TRUSTED, "the authorization code is malformed or longer than 8 KiB"),
    reason("answer-contradictory", 400, Provider, FAILED, NOT_TRUSTED, "the provider's answer holds an error and a code or token at once; somebody may be tampering"),
    reason("answer-incomplete", 400, Provider, FAILED, NOT_TRUSTED, "the answer lacks the code or the id_token: check that the hybrid flow (ID tokens) is enabled in the registration"),
    reason("answer-issuer", 400, Provider, FAILED, NOT_TRUSTED, "the answer names another issuer (RFC 9207), or none although the provider promises one; somebody may be mixing up providers"),
    reason("answer-malformed", 400, Browser, FAILED, TRY, "the posted form is not percent-encoded UTF-8, or a parameter is there twice"),
    reason("answer-too-large", 413, Provider, FAILED, TELL, "the provider's answer is larger than 256 KiB: send fewer claims in the id_token"),
    reason("answer-unasked-token", 400, Provider, FAILED, NOT_TRUSTED, "the answer holds a token that was not asked for: check response_type here and in the registration"),
    reason("answer-wrong-type", 415, Browser, FAILED, TRY, "the answer was not posted as application/x-www-form-urlencoded"),
    reason("body-too-large", 413, Browser, "Too much was sent", "The form was larger than this address takes.", "a form at one of the gateway's own paths was too large"),
    reason("clock-skew", 403, Gateway, FAILED, "The clocks of this site and of the sign-in provider differ. Please tell the people who run this site, with the lines below.", "the id_token was made in the future: set the clock of this machine (NTP), or the provider's is wrong"),
    reason("groups-unknown", 403, Gateway, "No access", "You are signed in, but you are in so many groups that the sign-in provider did not say which ones. If you should have access, tell the people who run this site, with the lines below.", "the provider left the groups out of the id_token (overage), so a rule on groups says no: use app roles and allow = { roles = […] }, or let the registration send only the groups assigned to the application"),
    reason("host-unknown", 421, Browser, "Not a site of this server", "This server does not serve the address you asked for.", "the Host is of no public_url: add it there, or mend the name in DNS or in the proxy in front"),
    reason("https-needed", 400, Browser, "Secure connection needed", "This request was sent without encryption and was refused. Please use the https:// address.", "plain http reached an https site: let the proxy in front redirect, and list it in trust.proxies if it ends TLS"),
    reason("id-token-access-token-hash", 403, Provider, FAILED, NOT_TRUSTED, "at_hash does not match the access token"),
    reason("id-token-account", 403, Gateway, FAILED, TELL, "profile = \"entra\" knows people by tid and oid, and the id_token lacks one: ask for the scope \"profile\"; with AD FS and B2C leave `profile` out"),
    reason("id-token-algorithm", 403, Provider, FAILED, NOT_TRUSTED, "the id_token is signed with an algorithm that is not accepted: use RS256, PS256, ES256 or EdDSA in the registration"),
    reason("id-token-audience", 403, Provider, FAILED, NOT_TRUSTED, "the id_token is not for this client alone: check client_id"),
    reason("id-token-code-hash", 403, Provider, FAILED, NOT_TRUSTED, "c_hash is missing or of another code; somebody may be injecting a code"),
    reason("id-token-expired", 403, Provider, FAILED, TRY, "the id_token has expired: check the clocks"), reason("id-token-issuer", 403, Provider, FAILED, NOT_TRUSTED, "iss is not, byte for byte, the configured issuer"), reason("id-token-key", 403, Provider, FAILED, NOT_TRUSTED, "the key named by the id_token is not one for signing this way, or several keys fit and none is named"),
    reason("id-token-key-issuer", 403, Provider, FAILED, NOT_TRUSTED, "the key that signed is published for another issuer, tenant or cloud than the id_token's; somebody may be trying something"),
    reason("id-token-malformed", 403, Provider, FAILED, NOT_TRUSTED, "the id_token is no well-formed JWT, or a claim has the wrong type"),
    reason("id-token-mismatch", 403, Provider, FAILED, NOT_TRUSTED, "the two id_tokens of one sign-in speak of different people"),
    reason("id-token-nonce", 403, Browser, FAILED, NOT_TRUSTED, "the nonce is of another sign-in; somebody may be replaying a token"),
    reason("id-token-not-yet-valid", 403, Provider, FAILED, TRY, "nbf lies in the future: check the clocks"), reason("id-token-signature", 403, Provider, FAILED, NOT_TRUSTED, "no key of the provider verifies the signature"), reason("id-token-state-hash", 403, Provider, FAILED, NOT_TRUSTED, "s_hash is of another state"), reason("id-token-subject", 403, Provider, FAILED, NOT_TRUSTED, "sub is missing or malformed"),
    reason("id-token-tenant", 403, Browser, "No access", "You signed in with an account of an organization that has no access to this site. Please try again with another account. If it should have access, tell the people who run this site, with the lines below.", "the person's tenant is not among `tenants`: the detail names it; add it there if its people may sign in"),
    reason("id-token-too-old", 403, Provider, FAILED, TRY, "the id_token was made more than ten minutes ago: check the clocks"),
    reason("id-token-type", 403, Provider, FAILED, NOT_TRUSTED, "the token is of another kind (typ), not an id_token"), reason("id-token-unknown-key", 403, Provider, FAILED, NOT_TRUSTED, "the key that signed the id_token is not among the provider's keys, also after fetching them again"),
    reason("internal-error", 500, Gateway, "Something went wrong here", TELL, "a fault in the gateway itself: please report it with this line"),
    reason("method-not-allowed", 405, Browser, "Not possible this way", "This address does not take that kind of request.", "a wrong method at one of the gateway's own paths"),
    reason("no-cookies", 400, Browser, "Sign-in could not be completed", "Your browser did not bring back the cookie of this sign-in. Either cookies are blocked for this site, or the sign-in was finished or given up long ago. Allow cookies, then start again.", "neither login nor answer cookie came back: cookies blocked, the sign-in is over, or a proxy in front drops cookies"),
    reason("not-allowed", 403, Browser, "No access", "You are signed in, but your account has no access to this page. If you should have it, ask the people who run this site.", "the person does not meet `allow` of this route: check groups, roles and claims in the id_token"),
    reason("not-found", 404, Browser, "Page not found", "There is nothing at this address.", "no such path of the gateway, or no route for this path"),
    reason("other-browser", 403, Browser, FAILED, "This sign-in was begun in another browser or window and cannot be finished here. Please start again.", "the answer reached a browser that did not begin the sign-in: a forwarded link, or login CSRF"),
    reason("other-instance", 400, Gateway, "Please start again", "This site was restarted while you were signing in. Please start again.", "the state was sealed with a secret that is not here: set session.secret, the same on every instance"),
    reason("provider-denied", 403, Browser, "Sign-in was declined", "The sign-in was cancelled or declined at the sign-in provider.", "the provider answered access_denied: the person cancelled, or the provider's policy forbids it"),
    reason("provider-issuer", 502, Gateway, "Sign-in is not possible now", TELL, "the provider's metadata name another issuer: copy `issuer` from there, byte for byte"),
    reason("provider-keys", 502, Provider, "Sign-in is not possible now", TELL, "the provider's key set cannot be read or has no usable key"),
    reason("provider-metadata", 502, Provider, "Sign-in is not possible now", TELL, "the provider's metadata are refused: see the detail"),
    reason("provider-refused", 403, Provider, FAILED, "The sign-in provider refused the sign-in. Please try again. If it happens again, tell the people who run this site, with the lines below.", "the provider answered with an error: see the detail; unsupported_response_type means that ID tokens are not enabled in the registration"),
    reason("provider-unreachable", 502, Provider, "Sign-in is not possible now", "The sign-in provider cannot be reached at the moment. Please try again in a minute.", "the provider does not answer: check the network, DNS, proxy and ca_file from this machine"),
    reason("request-ambiguous", 400, Browser, "Request not understood", "The request can be read in more than one way, so it was refused.", "several or contradicting Host fields, or a body whose length is told in more than one way: look at what stands in front"),
    reason("request-incomplete", 400, Browser, "The request did not arrive whole", "The connection broke while your browser was sending. Please try again.", "the body of the request broke off, or came too slowly"),
    reason("service-worker", 403, Application, "Not allowed", "This application may not install a service worker here.", "a service worker would see every page of the origin: set service_worker = true on the route if you trust it"),
    reason("sign-in-loop", 403, Browser, "Sign-in goes round in circles", "You were signed in several times in a row, and each time this site forgot it at once. Most often the browser does not keep this site's cookies, or a clock is wrong. Check that cookies are allowed for this site, then try again.", "five sign-ins ended within five minutes without a session: the session cookie is refused or dropped on its way, the session store is too small, or instances do not share it"),
    reason("sign-in-lost", 502, Gateway, FAILED, "Your sign-in was interrupted on its way. Please try again.", "the task that redeemed the code ended without a result; the code is not sent again"),
    reason("sign-in-required", 401, Browser, "Please sign in", "You need to sign in to see this page.", "nobody is signed in"),
    reason("sign-out-foreign", 403, Browser, "Sign-out was not asked for here", "A sign-out can only be asked for on a page of this site. Please use the sign-out page.", "a POST to the sign-out without the form's token, or from another site"),
    reason("state-forged", 400, Browser, FAILED, "This answer does not belong to a sign-in of this site. Please start again.", "the state was not issued here, or for another origin, provider or client; somebody may be trying something"),
    reason("state-missing", 400, Browser, FAILED, "This answer does not belong to a sign-in of this site. Please start again.", "the answer has no state"),
    reason("store-full", 503, Gateway, "Please try again in a minute", "This site is too busy to sign you in at the moment.", "too many sign-ins wait for completion: somebody may be flooding the callback"),
    reason("store-unreachable", 503, Gateway, "Please try again in a minute", "This site cannot look up sign-ins at the moment.", "the session store does not answer"),
    reason("target-ambiguous", 400, Browser, "Address not understood", "The address can be read in more than one way, so it was refused.", "the path holds an escaped slash, backslash, percent sign, semicolon, question mark, hash or control character, or a dot segment in disguise; or an application that ignores the case of letters, path parameters or dots at an end would read it as a path of another route: if both are meant, give each spelling a route"),
    reason("token-client-refused", 502, Gateway, FAILED, TELL, "the provider does not accept this client: the client secret is wrong or has expired, or client_auth is not the registered way"),
    reason("token-grant-refused", 403, Provider, FAILED, TRY, "the provider does not accept the code (any more), or the redirect URI differs from the registered one"),
    reason("token-incomplete", 502, Provider, FAILED, NOT_TRUSTED, "the token answer lacks a member that is needed"), reason("token-malformed", 502, Provider, FAILED, NOT_TRUSTED, "the token answer is no well-formed JSON of bearer tokens"),
    reason("token-refused", 502, Provider, FAILED, TELL, "the provider refused the token request: see the detail"), reason("token-status", 502, Provider, FAILED, TRY, "the token endpoint answered with an unexpected status"), reason("upgrade-foreign-origin", 403, Browser, "Not allowed", "A page of another site tried to open a connection to this one.", "the Origin of a WebSocket is not this site's: add it to websocket_origins of the route if it is yours"),
    reason("upstream-protocol", 502, Application, "The application does not answer properly", "The application behind this page sent an answer that could not be understood. Please try again in a minute.", "the application broke the connection or spoke no HTTP/1.1"),
    reason("upstream-timeout", 504, Application, "The application takes too long", "The application behind this page did not answer in time. Please try again in a minute.", "no answer within response_timeout"),
    reason("upstream-unreachable", 502, Application, "The application is not running", "The application behind this page cannot be reached at the moment. Please try again in a minute.", "no connection to the upstream: is it running, and is the address right?"),
];

/// What is known about a code that nobody wrote down.
static UNKNOWN: Reason = reason(
    "internal-error",
    500,
    Gateway,
    "Something went wrong here",
    TELL,
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
            assert!(reason.text.ends_with('.') && !reason.mend.ends_with('.'), "{}", reason.code);
            assert_eq!(find(reason.code).code, reason.code);
        }
        assert_eq!(find("no-such-code").code, "internal-error");
    }
}
