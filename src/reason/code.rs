//! The table of reason codes: a code, an HTTP status, a fault, a page and a hint for each.

use std::fmt;

use http::StatusCode;

use super::{fault::Fault, page_message::PageMessage};

/// Makes [`ReasonCode`] of the table below: a row is variant, code, HTTP status, [`Fault`], [`PageMessage`] and hint.
macro_rules! reason_codes {
    ($($variant:ident, $code:literal, $status:literal, $fault:ident, $message:ident, $hint:literal;)+) => {
        /// Why a request was refused: one stable code each, shown on the page, in the log line, in the audit line and in
        /// the problem details for scripts. Each code and its meaning is listed in `docs/reasons.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ReasonCode {
            $(#[doc = concat!("`", $code, "`.")] $variant,)+
        }

        impl ReasonCode {
            /// All reason codes, sorted by code.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            const fn row(self) -> &'static Row {
                match self {
                    $(Self::$variant => &Row {
                        code: $code,
                        status: $status,
                        fault: Fault::$fault,
                        message: PageMessage::$message,
                        hint: $hint,
                    },)+
                }
            }
        }
    };
}

struct Row {
    code: &'static str,
    status: u16,
    fault: Fault,
    message: PageMessage,
    hint: &'static str,
}

impl ReasonCode {
    /// The code whose text is `code`; `None` when there is no such code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == code)
    }

    /// The code as text: lower-case letters and hyphens. It does not change from one version to the next.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().code
    }

    /// The HTTP status of a response that refuses for this reason: a client or server error (RFC 9110 §15.5, §15.6).
    #[must_use]
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Whose fault it is, as far as the reason alone tells.
    #[must_use]
    pub const fn fault(self) -> Fault {
        self.row().fault
    }

    /// What the person reads.
    #[must_use]
    pub const fn message(self) -> PageMessage {
        self.row().message
    }

    /// What the operator reads in the log: what to look at and what to change. Without a full stop at its end.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        self.row().hint
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

reason_codes! {
    AnswerCode, "answer-code", 400, Provider, NotTrusted,
        "the authorization code is malformed or longer than 8 KiB";
    AnswerContradictory, "answer-contradictory", 400, Provider, NotTrusted,
        "the provider's answer holds an error and a code or token at once; somebody may be tampering";
    AnswerIncomplete, "answer-incomplete", 400, Provider, NotTrusted,
        "the answer lacks the code or the id_token: check that the hybrid flow (ID tokens) is enabled in the registration";
    AnswerIssuer, "answer-issuer", 400, Provider, NotTrusted,
        "the answer names another issuer (RFC 9207), or none although the provider promises one; somebody may be mixing up providers";
    AnswerMalformed, "answer-malformed", 400, Browser, TryAgain,
        "the posted form is not percent-encoded UTF-8, or a parameter is there twice";
    AnswerRedirectQuery, "answer-redirect-query", 400, Provider, NotTrusted,
        "the query of the redirect URI did not come back as redirect_query says: register the redirect URI with exactly that query";
    AnswerTooLarge, "answer-too-large", 413, Provider, CannotMend,
        "the provider's answer is larger than 256 KiB: send fewer claims in the id_token";
    AnswerUnaskedToken, "answer-unasked-token", 400, Provider, NotTrusted,
        "the answer holds a token that was not asked for: check response_type here and in the registration";
    AnswerWrongType, "answer-wrong-type", 415, Browser, TryAgain,
        "the answer was not posted as application/x-www-form-urlencoded";
    BodyTooLarge, "body-too-large", 413, Browser, TooMuch,
        "a form at one of the gateway's own paths was too large";
    ClientCredentials, "client-credentials", 502, Gateway, CannotMend,
        "what proves to the provider which client this is cannot be used: see the detail; the file of client_assertion must be there and renewed";
    ClockSkew, "clock-skew", 403, Gateway, ClocksDiffer,
        "the id_token was made in the future: set the clock of this machine (NTP), or the provider's is wrong";
    GroupsUnknown, "groups-unknown", 403, Gateway, GroupsUnknown,
        "the provider left the groups out of the id_token (overage), so a rule on groups says no: use app roles and allow = { roles = […] }, or let the registration send only the groups assigned to the application";
    HostUnknown, "host-unknown", 421, Browser, UnknownHost,
        "the Host is of no public_url: add it there, or mend the name in DNS or in the proxy in front";
    HttpsNeeded, "https-needed", 400, Browser, HttpsNeeded,
        "plain http reached an https site: let the proxy in front redirect, and list it in trust.proxies if it ends TLS";
    IdTokenAccessTokenHash, "id-token-access-token-hash", 403, Provider, NotTrusted,
        "at_hash does not match the access token";
    IdTokenAccount, "id-token-account", 403, Gateway, CannotMend,
        "profile = \"entra\" knows people by tid and oid, and the id_token lacks one: ask for the scope \"profile\"; with AD FS and B2C leave `profile` out";
    IdTokenAcr, "id-token-acr", 403, Provider, StrongerNeeded,
        "acr or acrs of the id_token is none of the values that the route or the claims parameter demands: check that the provider knows them, and that this person can meet them";
    IdTokenAlgorithm, "id-token-algorithm", 403, Provider, NotTrusted,
        "the id_token is signed with an algorithm that is not accepted: use RS256, PS256, ES256 or EdDSA in the registration";
    IdTokenAudience, "id-token-audience", 403, Provider, NotTrusted,
        "the id_token is not for this client alone: check client_id";
    IdTokenAuthOld, "id-token-auth-old", 403, Provider, FreshNeeded,
        "auth_time is older than max_age, also after a sign-in with prompt=login: the provider does not sign people in anew, or a clock is wrong";
    IdTokenAuthTime, "id-token-auth-time", 403, Provider, CannotMend,
        "max_age was sent, and the id_token has no auth_time, which it then must have (Core §2): check the provider's settings, or leave max_age out";
    IdTokenCodeHash, "id-token-code-hash", 403, Provider, NotTrusted,
        "c_hash is missing or of another code; somebody may be injecting a code";
    IdTokenExpired, "id-token-expired", 403, Provider, TryAgain,
        "the id_token has expired: check the clocks";
    IdTokenIssuer, "id-token-issuer", 403, Provider, NotTrusted,
        "iss is not, byte for byte, the configured issuer";
    IdTokenKey, "id-token-key", 403, Provider, NotTrusted,
        "the key named by the id_token is not one for signing this way, or several keys fit and none is named";
    IdTokenKeyIssuer, "id-token-key-issuer", 403, Provider, NotTrusted,
        "the key that signed is published for another issuer, tenant or cloud than the id_token's; somebody may be trying something";
    IdTokenMalformed, "id-token-malformed", 403, Provider, NotTrusted,
        "the id_token is no well-formed JWT, or a claim has the wrong type";
    IdTokenMismatch, "id-token-mismatch", 403, Provider, NotTrusted,
        "the two id_tokens of one sign-in speak of different people";
    IdTokenNonce, "id-token-nonce", 403, Browser, NotTrusted,
        "the nonce is of another sign-in; somebody may be replaying a token";
    IdTokenNotYetValid, "id-token-not-yet-valid", 403, Provider, TryAgain,
        "nbf lies in the future: check the clocks";
    IdTokenSignature, "id-token-signature", 403, Provider, NotTrusted,
        "no key of the provider verifies the signature";
    IdTokenStateHash, "id-token-state-hash", 403, Provider, NotTrusted,
        "s_hash is of another state";
    IdTokenSubject, "id-token-subject", 403, Provider, NotTrusted,
        "sub is missing or malformed";
    IdTokenTenant, "id-token-tenant", 403, Browser, OtherTenant,
        "the person's tenant is not among `tenants`: the detail names it; add it there if its people may sign in";
    IdTokenTooOld, "id-token-too-old", 403, Provider, TryAgain,
        "the id_token was made more than ten minutes ago: check the clocks";
    IdTokenType, "id-token-type", 403, Provider, NotTrusted,
        "the token is of another kind (typ), not an id_token";
    IdTokenUnknownKey, "id-token-unknown-key", 403, Provider, NotTrusted,
        "the key that signed the id_token is not among the provider's keys, also after fetching them again";
    InternalError, "internal-error", 500, Gateway, Broken,
        "a fault in the gateway itself: please report it with this line";
    KeptFormForeign, "kept-form-foreign", 403, Browser, ForeignSend,
        "a page of another site, or a browser extension, tried to send a form that is kept";
    KeptFormGone, "kept-form-gone", 410, Browser, KeptGone,
        "the button was pressed twice, an hour went by, or the gateway was restarted: what is kept is in memory";
    MethodNotAllowed, "method-not-allowed", 405, Browser, WrongMethod,
        "a wrong method at one of the gateway's own paths";
    NoCookies, "no-cookies", 400, Browser, NoCookies,
        "neither login nor answer cookie came back: cookies blocked, the sign-in is over, or a proxy in front drops cookies";
    NotAllowed, "not-allowed", 403, Browser, NoAccess,
        "the person does not meet `allow` of this route: check groups, roles and claims in the id_token";
    NotFound, "not-found", 404, Browser, NotFound,
        "no such path of the gateway, or no route for this path";
    OtherBrowser, "other-browser", 403, Browser, OtherBrowser,
        "the answer reached a browser that did not begin the sign-in: a forwarded link, or login CSRF";
    OtherInstance, "other-instance", 400, Gateway, Restarted,
        "the state was sealed with a secret that is not here: set session.secret, the same on every instance";
    OtherPerson, "other-person", 403, Browser, OtherPerson,
        "a sign-in that was to confirm who is signed in came back for another subject: the session was not touched";
    ProviderBusy, "provider-busy", 502, Provider, ProviderBusy,
        "the provider answered server_error or temporarily_unavailable: see its status page, and the detail";
    ProviderDenied, "provider-denied", 403, Browser, Declined,
        "the provider answered access_denied: the person cancelled, or the provider's policy forbids it";
    ProviderHybridOff, "provider-hybrid-off", 502, Gateway, NotPossibleNow,
        "the registration does not allow this response_type: in Entra ID tick \"ID tokens (used for implicit and hybrid flows)\" under Authentication, or set response_type = \"code\" here";
    ProviderInteraction, "provider-interaction", 403, Provider, NeedsMore,
        "the provider answered interaction_required, login_required or consent_required twice, the second time without prompt=none: a policy there cannot be met from here, see the detail";
    ProviderIssuer, "provider-issuer", 502, Gateway, NotPossibleNow,
        "the provider's metadata name another issuer: copy `issuer` from there, byte for byte";
    ProviderKeys, "provider-keys", 502, Provider, NotPossibleNow,
        "the provider's key set cannot be read or has no usable key";
    ProviderMetadata, "provider-metadata", 502, Provider, NotPossibleNow,
        "the provider's metadata are refused: see the detail";
    ProviderRefused, "provider-refused", 403, Provider, ProviderRefused,
        "the provider answered with an error that is not known here: see the detail";
    ProviderRegistration, "provider-registration", 502, Gateway, NotPossibleNow,
        "the provider does not accept the authorization request: compare client_id, scopes, response_type and authorize with the registration there, and see the detail";
    ProviderUnreachable, "provider-unreachable", 502, Provider, ProviderUnreachable,
        "the provider does not answer: check the network, DNS, proxy and ca_file from this machine";
    RequestAmbiguous, "request-ambiguous", 400, Browser, AmbiguousRequest,
        "several or contradicting Host fields, or a body whose length is told in more than one way: look at what stands in front";
    RequestIncomplete, "request-incomplete", 400, Browser, BrokenOff,
        "the body of the request broke off, or came too slowly";
    ServiceWorker, "service-worker", 403, Application, ServiceWorker,
        "a service worker would see every page of the origin: set service_worker = true on the route if you trust it";
    SignInLoop, "sign-in-loop", 403, Browser, Loop,
        "three sign-ins ended within two and a half minutes without a session that lasted: look at the reasons of the lines before; else the session cookie is refused or dropped on its way, the session store is too small, or instances do not share it";
    SignInLost, "sign-in-lost", 502, Gateway, Interrupted,
        "the task that redeemed the code ended without a result; the code is not sent again";
    SignInRequired, "sign-in-required", 401, Browser, SignIn,
        "nobody is signed in";
    SignOutForeign, "sign-out-foreign", 403, Browser, ForeignSignOut,
        "a POST to the sign-out without the form's token, or from another site";
    StateForged, "state-forged", 400, Browser, NotOurs,
        "the state was not issued here, or for another origin, provider or client; somebody may be trying something";
    StateMissing, "state-missing", 400, Browser, NotOurs,
        "the answer has no state";
    StepUpRequired, "step-up-required", 401, Browser, SignInOnceMore,
        "the rule of the route demands max_age, acr or acrs that the session does not have";
    StoreFull, "store-full", 503, Gateway, Busy,
        "too many sign-ins wait for completion: somebody may be flooding the callback";
    StoreUnreachable, "store-unreachable", 503, Gateway, StoreUnreachable,
        "the session store does not answer";
    TargetAmbiguous, "target-ambiguous", 400, Browser, AmbiguousAddress,
        "the path holds an escaped slash, backslash, percent sign, semicolon, question mark, hash or control character, or a dot segment in disguise; or an application that ignores the case of letters, path parameters or dots at an end would read it as a path of another route: if both are meant, give each spelling a route";
    TokenClientRefused, "token-client-refused", 502, Gateway, CannotMend,
        "the provider does not accept this client: the client secret is wrong or has expired, the key, the certificate or the signer of the assertion is not the registered one, or client_auth is not the registered way";
    TokenGrantRefused, "token-grant-refused", 403, Provider, TryAgain,
        "the provider does not accept the code (any more), or the redirect URI differs from the registered one";
    TokenIncomplete, "token-incomplete", 502, Provider, NotTrusted,
        "the token answer lacks a member that is needed";
    TokenMalformed, "token-malformed", 502, Provider, NotTrusted,
        "the token answer is no well-formed JSON of bearer tokens";
    TokenRefused, "token-refused", 502, Provider, CannotMend,
        "the provider refused the token request, and another sign-in would not help: see the detail";
    TokenStatus, "token-status", 502, Provider, TryAgain,
        "the token endpoint answered with an unexpected status";
    UpgradeForeignOrigin, "upgrade-foreign-origin", 403, Browser, ForeignConnection,
        "the Origin of a WebSocket is not this site's: add it to websocket_origins of the route if it is yours";
    UpstreamProtocol, "upstream-protocol", 502, Application, BadApplication,
        "the application broke the connection or spoke no HTTP/1.1";
    UpstreamTimeout, "upstream-timeout", 504, Application, SlowApplication,
        "no answer within response_timeout";
    UpstreamUnreachable, "upstream-unreachable", 502, Application, NoApplication,
        "no connection to the upstream: is it running, and is the address right?";
    UserinfoRefused, "userinfo-refused", 403, Provider, NotTrusted,
        "userinfo is no JSON object or signed token, or was not signed by this issuer for this client: see the detail";
    UserinfoSubject, "userinfo-subject", 403, Provider, NotTrusted,
        "userinfo names another subject than the id_token, or none; somebody may be mixing up tokens";
    UserinfoUnavailable, "userinfo-unavailable", 502, Provider, TryAgain,
        "the userinfo endpoint gave an error status: see the detail; 401 often means that the access token is for something else; userinfo = \"on\" signs people in without it";
}

#[cfg(test)]
mod tests {
    use super::ReasonCode;

    #[test]
    fn codes_are_sorted_unique_and_well_formed() {
        assert!(ReasonCode::ALL.windows(2).all(|pair| pair[0].as_str() < pair[1].as_str()), "sorted, each once");
        for reason in ReasonCode::ALL.iter().copied() {
            assert!(reason.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{reason}");
            assert!((400..600).contains(&reason.row().status), "{reason}");
            assert_eq!(reason.status().as_u16(), reason.row().status, "{reason}");
            assert!(!reason.hint().ends_with('.'), "{reason}");
            assert_eq!(ReasonCode::parse(reason.as_str()), Some(reason));
        }
        assert_eq!(ReasonCode::parse("no-such-code"), None);
    }

    #[test]
    fn a_variant_is_named_after_its_code() {
        for reason in ReasonCode::ALL {
            let letters = reason.as_str().replace('-', "");
            assert_eq!(format!("{reason:?}").to_ascii_lowercase(), letters);
        }
    }
}
