//! The table of reason codes: a code, an HTTP status, a fault, a page and a hint for each.

use std::fmt;

use http::StatusCode;

use super::{fault::Fault, page_message::PageMessage};

/// Generates [`ReasonCode`] from the table below. A row is variant, code, HTTP status, [`Fault`], [`PageMessage`] and
/// hint.
macro_rules! reason_codes {
    ($($variant:ident, $code:literal, $status:literal, $fault:ident, $message:ident, $hint:literal;)+) => {
        /// Why a request was refused: one stable code each, shown on the page, in the log line, in the audit line and
        /// in the problem details for scripts. Each code and its meaning is listed in `docs/reasons.md`.
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
    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == code)
    }

    /// The code as text: lower-case letters and hyphens. Codes are stable across versions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().code
    }

    /// The HTTP status of a response that refuses for this reason: a client or server error (RFC 9110 §15.5, §15.6).
    #[must_use]
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Whose fault the refusal is, as far as the reason code alone shows.
    #[must_use]
    pub const fn fault(self) -> Fault {
        self.row().fault
    }

    /// The message of the page that the person sees.
    #[must_use]
    pub const fn message(self) -> PageMessage {
        self.row().message
    }

    /// The hint for the operator in the log: what to check and what to change. It has no full stop at the end.
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
    AnswerCode, "answer-code", 400, Provider, ResponseNotTrusted,
        "the authorization code is longer than 8 KiB or has characters that are not allowed in a code (RFC 6749 A.11): if every sign-in fails, check what the provider, or a proxy in front of the gateway, sends to the redirect URI; a single case is probably a forged response";
    AnswerContradictory, "answer-contradictory", 400, Provider, ResponseNotTrusted,
        "the authorization response has both an error and a code or token, which OAuth 2.0 does not allow: if every sign-in fails, report it to the provider; a single case is probably a forged response";
    AnswerIncomplete, "answer-incomplete", 400, Provider, ResponseNotTrusted,
        "the authorization response lacks the part that the detail names: allow the hybrid flow in the registration (Entra ID: tick \"ID tokens\" under Authentication), or set response_type to what the registration allows";
    AnswerIssuer, "answer-issuer", 400, Provider, ResponseNotTrusted,
        "the iss of the authorization response (RFC 9207) is not the expected issuer, or is missing although the provider's metadata promises it: compare `issuer` with the provider's metadata, and register each redirect URI at one provider only; otherwise suspect a mix-up attack";
    AnswerMalformed, "answer-malformed", 400, Browser, TryAgain,
        "a form or query for the gateway is not percent-encoded UTF-8, repeats a parameter or has more than 64: check what sends it; at the redirect URI, also that redirect_query repeats no parameter of the provider; a single case is a broken client or a probe";
    AnswerRedirectQuery, "answer-redirect-query", 400, Provider, ResponseNotTrusted,
        "the query of the redirect URI was not returned as configured in redirect_query: register the redirect URI with exactly that query, or set redirect_query to the registered one";
    AnswerTooLarge, "answer-too-large", 413, Provider, OperatorMustFix,
        "the authorization response is larger than 256 KiB: let the provider put fewer claims into the id_token, for example only the groups assigned to the application";
    AnswerUnaskedToken, "answer-unasked-token", 400, Provider, ResponseNotTrusted,
        "the authorization response holds a code or token that response_type does not ask for (see the detail): compare response_type with the registration at the provider; a single case is probably a forged response";
    AnswerWrongType, "answer-wrong-type", 415, Browser, TryAgain,
        "a form was posted to the gateway without Content-Type application/x-www-form-urlencoded: check what posts it, and that no proxy in front changes Content-Type";
    BodyMemory, "body-memory", 503, Gateway, RequestIncomplete,
        "the bodies that wait for slow clients or applications fill the memory that they may use, and this one was the slowest: see which clients are slow in the access log, or raise memory or memory_per_client in [limits]";
    BodyTooLarge, "body-too-large", 413, Browser, FormTooLarge,
        "a form sent to the gateway's sign-out paths is larger than 8 KiB: check what sends it; the gateway's own forms and a provider's front-channel logout are far smaller";
    ClientCredentials, "client-credentials", 502, Gateway, OperatorMustFix,
        "the gateway cannot prove who it is to the provider: check that what client_secret, client_key, client_certificate or client_assertion.token_file points to exists, can be read by the gateway and holds what the detail asks for";
    ClockSkew, "clock-skew", 403, Gateway, ClocksDiffer,
        "the id_token was issued more than 60 seconds in the future: synchronise the clock of this machine (NTP); if it is right, the provider's clock is wrong";
    GroupsUnknown, "groups-unknown", 403, Gateway, GroupsUnknown,
        "the provider left the groups out of the id_token because there are too many (overage), so a rule on groups denies: use app roles and allow = { roles = […] }, or let the registration send only the groups assigned to the application";
    HostConflict, "host-conflict", 400, Browser, AmbiguousRequest,
        "X-Forwarded-Host names another of the gateway's hosts than the request itself, or several hosts (see the detail): let the proxy in front replace what the client sends, or pass Host unchanged and remove the field; otherwise a client tried to reach another application";
    HostUnknown, "host-unknown", 421, Browser, UnknownHost,
        "the request names no host of public_url: add the origin to public_url, or correct the name in DNS or in the proxy in front; X-Forwarded-Host counts when the proxy is in trust.proxies";
    HttpsNeeded, "https-needed", 400, Browser, HttpsNeeded,
        "a request that is not GET or HEAD used plain http although public_url is https: let the proxy in front redirect http to https; if it ends TLS, list it in trust.proxies and let it send X-Forwarded-Proto: https";
    IdTokenAccessTokenHash, "id-token-access-token-hash", 403, Provider, ResponseNotTrusted,
        "at_hash of the id_token does not match the access token: if every sign-in fails, report it to the provider; a single case suggests that a token was replaced, so check what lies between the gateway and the token endpoint";
    IdTokenAccount, "id-token-account", 403, Gateway, OperatorMustFix,
        "profile = \"entra\" identifies people by tid and oid, and the id_token lacks one: add \"profile\" to scopes; for AD FS and Azure AD B2C leave profile out";
    IdTokenAcr, "id-token-acr", 403, Provider, StrongerSignInNeeded,
        "acr or acrs of the id_token is none of the values that [route.allow] or the claims parameter in authorize demands: check that the provider issues one of them (Entra ID: an authentication context with a Conditional Access policy), and that this person can meet it";
    IdTokenAlgorithm, "id-token-algorithm", 403, Provider, ResponseNotTrusted,
        "the id_token is signed with none, a symmetric or an unknown algorithm: choose RS256, PS256, ES256 or EdDSA for id_tokens in the registration (id_token_signed_response_alg); a single case is probably a forged token";
    IdTokenAudience, "id-token-audience", 403, Provider, ResponseNotTrusted,
        "aud or azp of the id_token names another client, or several: set client_id to the identifier of this registration, and remove further audiences at the provider; a single case suggests a token that was issued to another application";
    IdTokenAuthOld, "id-token-auth-old", 403, Provider, RecentSignInNeeded,
        "auth_time of the id_token is older than max_age; such a sign-in is repeated once with prompt=login: check that the provider asks the person again then, and that both clocks are right (NTP), or raise max_age in [route.allow] or authorize";
    IdTokenAuthTime, "id-token-auth-time", 403, Provider, OperatorMustFix,
        "max_age was requested, and the id_token has no auth_time, which it must then have (OpenID Connect Core §2): let the provider send auth_time (Entra ID: an optional claim), or remove max_age from [route.allow] and authorize";
    IdTokenCodeHash, "id-token-code-hash", 403, Provider, ResponseNotTrusted,
        "c_hash of the id_token is missing or belongs to another code: if every sign-in fails, the provider's hybrid flow is incomplete, so set response_type = \"code\"; a single case suggests an injected code";
    IdTokenExpired, "id-token-expired", 403, Provider, TryAgain,
        "exp of the id_token has passed: synchronise the clock of this machine (NTP) and compare it with the provider's; if both are right, let the provider issue id_tokens that are valid for at least five minutes";
    IdTokenIssuer, "id-token-issuer", 403, Provider, ResponseNotTrusted,
        "iss of the id_token is not `issuer`: copy `issuer` from the provider's metadata byte for byte, a slash at the end included; with tenants, iss must also be that of the tenant (tid) that the token names";
    IdTokenKey, "id-token-key", 403, Provider, ResponseNotTrusted,
        "the provider's key for this id_token is not published for this use (kty, use, alg), or the token names no kid and several keys fit: let the provider correct its key set (jwks_uri in its metadata) and name the kid in its tokens";
    IdTokenKeyIssuer, "id-token-key-issuer", 403, Provider, ResponseNotTrusted,
        "the key that signed the id_token is published for another issuer, tenant or cloud: check that issuer and discovery_url belong to the same tenant and cloud; otherwise suspect a token that was made for another tenant";
    IdTokenMalformed, "id-token-malformed", 403, Provider, ResponseNotTrusted,
        "the id_token is not a signed JWT of at most 64 KiB (it may be encrypted), or a claim is missing or has the wrong type (see the detail): turn encryption of id_tokens off in the registration, and correct the claim there";
    IdTokenMismatch, "id-token-mismatch", 403, Provider, ResponseNotTrusted,
        "two id_tokens of one sign-in or refresh differ in the claim that the detail names: let the provider send the same value in both; otherwise suspect that tokens of two people were combined";
    IdTokenNonce, "id-token-nonce", 403, Browser, ResponseNotTrusted,
        "nonce of the id_token is missing or belongs to another sign-in: if every sign-in fails, the provider does not copy nonce into the id_token, so report it there; a single case suggests a replayed token";
    IdTokenNotYetValid, "id-token-not-yet-valid", 403, Provider, TryAgain,
        "nbf of the id_token is more than 60 seconds in the future: synchronise the clock of this machine (NTP); if it is right, the provider's clock is wrong";
    IdTokenSignature, "id-token-signature", 403, Provider, ResponseNotTrusted,
        "no key of the provider verifies the signature of the id_token: if every sign-in fails, check that issuer and discovery_url belong to the environment that signs; a single case is probably a forged token";
    IdTokenStateHash, "id-token-state-hash", 403, Provider, ResponseNotTrusted,
        "s_hash of the id_token belongs to another state: if every sign-in fails, report it to the provider; a single case suggests that the responses of two sign-ins were combined";
    IdTokenSubject, "id-token-subject", 403, Provider, ResponseNotTrusted,
        "sub of the id_token is missing, longer than 255 characters, not printable ASCII, or has a space at its ends: choose another attribute for sub at the provider";
    IdTokenTenant, "id-token-tenant", 403, Browser, TenantNotAllowed,
        "the person's tenant is not among `tenants`: the detail names it; add it there if its people may sign in, otherwise there is nothing to do";
    IdTokenTooOld, "id-token-too-old", 403, Provider, TryAgain,
        "iat of the id_token is more than ten minutes old: synchronise the clock of this machine (NTP) and compare it with the provider's; the provider has to issue a new id_token for each sign-in";
    IdTokenType, "id-token-type", 403, Provider, ResponseNotTrusted,
        "typ of the token names another kind of token than an id_token: if every sign-in fails, the provider has to send typ \"JWT\" or none; a single case suggests an access or logout token in place of an id_token";
    IdTokenUnknownKey, "id-token-unknown-key", 403, Provider, ResponseNotTrusted,
        "the key that signed the id_token is not in the provider's key set: check that jwks_uri in the provider's metadata publishes every key before it is used, on every node; forged tokens give this reason too";
    InternalError, "internal-error", 500, Gateway, InternalError,
        "a defect in the gateway: please report it with this line and the lines before it";
    KeptFormForeign, "kept-form-foreign", 403, Browser, CrossSiteSend,
        "the request to send a preserved form did not come from a page of this site, and nothing was sent: if people report it, check that the proxy in front passes Origin and Sec-Fetch-Site unchanged; otherwise another site or a browser extension tried it";
    KeptFormGone, "kept-form-gone", 410, Browser, PreservedFormGone,
        "the form was sent already, is older than an hour, or was lost in a restart or on another instance: preserved forms are in memory, so let the load balancer send each browser to one instance; the person has to check whether the form arrived before sending it again";
    MethodNotAllowed, "method-not-allowed", 405, Browser, MethodNotAllowed,
        "the gateway does not accept this method at this address; the Allow field of the response lists those it accepts: correct what sends the request; at the redirect URI, response_mode = \"form_post\" takes POST and \"query\" takes GET";
    NoCookies, "no-cookies", 400, Browser, CookieMissing,
        "neither the login cookie nor the response cookie came back: if many people are affected, check that the proxy in front passes Set-Cookie and Cookie unchanged; otherwise the browser blocks cookies, the sign-in is over or took more than an hour, or the address was opened by hand";
    NotAllowed, "not-allowed", 403, Browser, NoAccess,
        "the person does not meet `allow` of this route: compare groups, roles and claims of the id_token with [route.allow], then assign the person at the provider or change the rule; the change counts from the next sign-in or refresh";
    NotFound, "not-found", 404, Browser, NotFound,
        "no route has this host and path, and the gateway has no such page of its own: add a [[route]] or correct the link; the gateway's own pages lie below `prefix`";
    OtherBrowser, "other-browser", 403, Browser, OtherBrowser,
        "the response reached a browser without the login cookie of this sign-in: a sign-in address was forwarded, or the cookie was lost on its way; many cases at once suggest an attempt at login CSRF, which was stopped";
    OtherInstance, "other-instance", 400, Gateway, SiteRestarted,
        "the state names a secret that this process does not have: set session.secret, the same on every instance; to exchange it, keep the old secret in the list for a day";
    OtherPerson, "other-person", 403, Browser, OtherPerson,
        "a sign-in that had to confirm the person who is signed in returned another subject; the session was not changed: people with several accounts at the provider choose the same one again, or sign out here first";
    OtherProvider, "other-provider", 403, Browser, OtherProvider,
        "the route believes sessions of one provider only (`provider` of the [[route]]), and the person is signed in at another (see the detail): the page offers a sign-in at the right one; if people of both may pass, make a route for each, or remove `provider`";
    ProviderBusy, "provider-busy", 502, Provider, ProviderBusy,
        "the provider answered server_error or temporarily_unavailable: see the detail and the provider's status page; if it lasts, report the detail to the provider";
    ProviderDenied, "provider-denied", 403, Browser, Declined,
        "the provider answered access_denied: the person cancelled, or a policy there forbids the sign-in; see the detail, and check assignment, consent and access policies at the provider";
    ProviderHybridOff, "provider-hybrid-off", 502, Gateway, SignInUnavailable,
        "the registration does not allow this response_type: in Entra ID tick \"ID tokens (used for implicit and hybrid flows)\" under Authentication, at other providers allow the hybrid flow, or set response_type = \"code\" here";
    ProviderInteraction, "provider-interaction", 403, Provider, InteractionNeeded,
        "the provider answered interaction_required, login_required or consent_required, and a second try without prompt=none did not help: see the detail, grant consent for the application there, or check the access policies that apply to this person";
    ProviderIssuer, "provider-issuer", 502, Gateway, SignInUnavailable,
        "the provider's metadata names another issuer than `issuer` (the detail has both): copy `issuer` from the metadata byte for byte, or correct discovery_url; if nothing was changed here, ask the provider before accepting the new name";
    ProviderKeys, "provider-keys", 502, Provider, SignInUnavailable,
        "the provider's key set cannot be used (see the detail): jwks_uri in its metadata must lead to a JWK Set of at most 512 KiB and 100 keys, one of them RSA (2048 to 8192 bits), P-256, P-384 or Ed25519 for signatures";
    ProviderMetadata, "provider-metadata", 502, Provider, SignInUnavailable,
        "the provider's metadata cannot be used (see the detail): compare it with client_auth, client_assertion.algorithm, response_type and userinfo, and check that discovery_url leads to a JSON document of at most 512 KiB and that every endpoint in it is https";
    ProviderRefused, "provider-refused", 403, Provider, ProviderRefused,
        "the provider answered with an error that has no reason code of its own: look up the error in the detail in the provider's documentation, and the sign-in in the provider's own log";
    ProviderRegistration, "provider-registration", 502, Gateway, SignInUnavailable,
        "the provider rejects the authorization request: see the detail, and compare client_id, scopes, response_type, response_mode, authorize and the redirect URI with the registration there";
    ProviderUnreachable, "provider-unreachable", 502, Provider, ProviderUnreachable,
        "the provider cannot be reached, or answers with an unexpected status at the address in the detail: check issuer and discovery_url, and network, DNS, firewall and ca_file from this machine";
    RequestAmbiguous, "request-ambiguous", 400, Browser, AmbiguousRequest,
        "several or conflicting Host fields, no Host, or a Transfer-Encoding other than chunked: check what the proxy in front sends; from an unknown client it may be a probe for request smuggling";
    RequestHeadTooLarge, "request-head-too-large", 431, Browser, AmbiguousRequest,
        "the head of the request is longer than limits.header_bytes, or has more fields than limits.header_fields: often an application sets many or large cookies; delete them, or raise the limit";
    RequestIncomplete, "request-incomplete", 400, Browser, RequestIncomplete,
        "the body of the request ended early or was sent too slowly (the gateway's own forms: 10 seconds): check size and time limits of the proxy in front; a single case is a browser that closed the connection";
    RequestMalformed, "request-malformed", 400, Browser, AmbiguousRequest,
        "the head of the request is not valid HTTP (see the detail): check what the proxy or the program in front sends; from an unknown client it is mostly a scanner, or TLS sent to a port without TLS";
    RequestTimeout, "request-timeout", 408, Browser, RequestIncomplete,
        "the client sent no part of its body for body_timeout, or less than min_rate on average: a single case is a bad connection; many from one address are an attack; raise these keys in [limits] if people upload over very slow lines";
    RequestTooLarge, "request-too-large", 413, Browser, FormTooLarge,
        "the body of the request is larger than max_body, or than request_body_buffer, of the route: raise the key if people upload files of this size";
    ServiceWorker, "service-worker", 403, Application, ServiceWorker,
        "the application tried to install a service worker, which would see every page of the origin: set service_worker = true on the route if you trust it";
    SignInLoop, "sign-in-loop", 403, Browser, SignInLoop,
        "three sign-ins ended within 150 seconds and left no session: see the reasons in the lines before; else check that the proxy in front passes Set-Cookie and Cookie, that session.capacity is large enough, and that a browser always reaches the same instance";
    SignInLost, "sign-in-lost", 502, Gateway, SignInInterrupted,
        "the task that redeemed the code ended without a result, and the code is not sent again: if the gateway was not just stopped, report it with the lines before";
    SignInRequired, "sign-in-required", 401, Browser, SignInNeeded,
        "there is no session: nothing to do for a person, who is sent to the sign-in; a script navigates the page to `login` of the response; if people are asked too often, raise session.idle and session.lifetime";
    SignOutForeign, "sign-out-foreign", 403, Browser, CrossSiteSignOut,
        "a POST to the sign-out came from another site or without the form's token: let applications link to {prefix}/logout instead of posting to it, and check that the proxy in front passes Origin and Sec-Fetch-Site unchanged";
    SignedOutMeanwhile, "signed-out-meanwhile", 403, Browser, TryAgain,
        "the person signed out, or the provider ended its session, after this sign-in had begun, and so did the automatic second try: nothing to do for a single case; many cases suggest a flood of requests to {prefix}/logout/{provider}/frontchannel";
    StateForged, "state-forged", 400, Browser, UnknownSignIn,
        "the state was not issued by this gateway for this host, provider and client_id: after a change of public_url, provider name or client_id, sign-ins under way end like this once; otherwise the response was forged or belongs to another site";
    StateMissing, "state-missing", 400, Browser, UnknownSignIn,
        "the authorization response has no state: a sign-in that starts at the provider (a portal, a bookmark) has to link to {prefix}/login instead of the redirect URI; otherwise the provider drops state, so report it there";
    StepUpRequired, "step-up-required", 401, Browser, StepUpNeeded,
        "[route.allow] demands a max_age, acr or acrs that the session does not meet: nothing to do for a person, who is sent to sign in again; a script navigates the page to `login` of the response";
    StoreFull, "store-full", 503, Gateway, SiteBusy,
        "too many sign-ins or forms wait for completion: limit the rate of requests to {prefix}/login in the proxy in front; a flood of forged sign-in requests has this effect too; people who are signed in are not affected";
    StoreUnreachable, "store-unreachable", 503, Gateway, StoreUnreachable,
        "the session store does not answer (see the detail): check that it runs and can be reached from this machine";
    TargetAmbiguous, "target-ambiguous", 400, Browser, AmbiguousAddress,
        "the path holds an invalid escape, an escaped separator or control character, a backslash or a hidden dot segment, or a lenient application would read it as a path of another route (case, path parameters, dots at an end): correct the link, or give each spelling a route; scanners send such paths";
    TargetTooLong, "target-too-long", 414, Browser, AddressTooLong,
        "path and query of the request are longer than target_bytes in [limits]: raise it if an application uses such long addresses, up to what the application and the proxy in front accept";
    TokenClientRefused, "token-client-refused", 502, Gateway, OperatorMustFix,
        "the provider rejects this client at its token endpoint (see the detail): renew the client_secret if it is wrong or has expired, else compare client_id, client_auth, key, certificate or the assertion's signer with the registration there";
    TokenGrantRefused, "token-grant-refused", 403, Provider, TryAgain,
        "the provider rejects the code: it has expired, was used before, or belongs to another redirect URI; see the detail; if every sign-in fails, register exactly {public_url}{prefix}/login/{name}/callback and check the lifetime of codes at the provider";
    TokenIncomplete, "token-incomplete", 502, Provider, ResponseNotTrusted,
        "the token response lacks the member that the detail names: let the provider issue an access token and an id_token for this client (scope openid)";
    TokenMalformed, "token-malformed", 502, Provider, ResponseNotTrusted,
        "the token response is not a JSON object with bearer tokens (see the detail): check that token_endpoint in the provider's metadata answers with application/json, and not a login page or an error page of a proxy between";
    TokenRefused, "token-refused", 502, Provider, OperatorMustFix,
        "the provider rejects the token request, and another sign-in would not help: look up the error in the detail in the provider's documentation, and compare scopes, authorize and the grant types of the registration";
    TokenStatus, "token-status", 502, Provider, TryAgain,
        "the token endpoint answered with the status in the detail: 429 is a rate limit, 5xx an outage at the provider; otherwise check token_endpoint in the provider's metadata and any proxy between";
    TooManyRequests, "too-many-requests", 429, Browser, TooManyRequests,
        "the client address used up a budget: limits.requests_per_client at the same time, or session.refused_codes_per_client or responses_per_client; or session.redemptions codes are being redeemed: if many people share the address, raise the key, or list the proxy that they share in trust.proxies";
    UpgradeForeignOrigin, "upgrade-foreign-origin", 403, Browser, CrossSiteConnection,
        "the Origin of a WebSocket is missing or not this site's: add it to websocket_origins of the route if it is yours; otherwise another site tried to use the person's session (cross-site WebSocket hijacking)";
    UpstreamBusy, "upstream-busy", 503, Application, ApplicationUnreachable,
        "max_connections connections to the application are in use, and none became free within queue_timeout, or queue requests were waiting already: check the load and the log of the application, or raise these keys of the route";
    UpstreamProtocol, "upstream-protocol", 502, Application, ApplicationProtocolError,
        "the application closed the connection or did not speak proper HTTP/1.1 (see the detail): check its log, and that upstream names its HTTP port with the right scheme (http:// or https://)";
    UpstreamTimeout, "upstream-timeout", 504, Application, ApplicationTimeout,
        "the application did not begin its response within response_timeout: check its log and its load, or raise response_timeout of the route";
    UpstreamUnreachable, "upstream-unreachable", 502, Application, ApplicationUnreachable,
        "no connection to the application (see the detail): check that it runs, that upstream of the route names its host and port, and with https that ca_file contains the CA of its certificate";
    UserinfoRefused, "userinfo-refused", 403, Provider, ResponseNotTrusted,
        "userinfo is neither a JSON object nor a token signed by this issuer for this client (see the detail): with userinfo = \"signed\", the registration must ask for signed userinfo (userinfo_signed_response_alg); or set userinfo = \"off\"";
    UserinfoSubject, "userinfo-subject", 403, Provider, ResponseNotTrusted,
        "userinfo names another subject than the id_token, or none: let the provider use one sub in both, or set userinfo = \"off\"; a single case suggests that tokens of two people were combined";
    UserinfoUnavailable, "userinfo-unavailable", 502, Provider, TryAgain,
        "the userinfo endpoint answered with an error status (see the detail): 401 often means that the access token is for another resource, so remove resource from authorize; userinfo = \"on\" signs people in without it";
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
            assert!(!reason.hint().ends_with('.') && !reason.hint().contains('|'), "{reason}");
            assert!((40..=300).contains(&reason.hint().chars().count()), "{reason}: a cause and a remedy, not more");
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
