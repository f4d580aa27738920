//! The reason code for each error code of a provider, and whether another sign-in can help. Only `error` and `suberror`
//! are considered.
//!
//! RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6. Numbers and descriptions (Entra ID's `AADSTS…`) are
//! ignored, because providers change them without notice. They are logged for the operator.

use crate::reason::ReasonCode;

/// The endpoint that returned the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// The authorization endpoint; the browser delivers the error.
    Authorization,
    /// The token endpoint.
    Token,
}

/// The stable reason code of an error response.
pub(super) fn reason(endpoint: Endpoint, error: &str, suberror: Option<&str>) -> ReasonCode {
    use Endpoint::{Authorization, Token};
    match (endpoint, error) {
        (Authorization, "access_denied") => ReasonCode::ProviderDenied,

        // `prompt=none` was requested, or a policy requires more than this sign-in provides.
        (_, error) if requires_interaction(error) && !is_final(suberror) => ReasonCode::ProviderInteraction,

        // The code was already used, has expired or belongs to another client: a new sign-in gets a new code.
        (Token, "invalid_grant") if !is_final(suberror) => ReasonCode::TokenGrantRefused,

        // Entra ID's documentation has both spellings.
        (Authorization, "unsupported_response" | "unsupported_response_type") => ReasonCode::ProviderHybridOff,

        (_, "server_error" | "temporarily_unavailable") => ReasonCode::ProviderBusy,

        // The registration at the provider and the configuration of the gateway differ.
        (Token, "invalid_client" | "unauthorized_client") => ReasonCode::TokenClientRefused,
        (
            Authorization,
            "invalid_client"
            | "invalid_request"
            | "invalid_resource"
            | "invalid_scope"
            | "invalid_target"
            | "unauthorized_client",
        ) => ReasonCode::ProviderRegistration,

        (Authorization, _) => ReasonCode::ProviderRefused,
        (Token, _) => ReasonCode::TokenRefused,
    }
}

/// Whether a sign-in that failed for this reason may be retried once without the person's action: the retry is
/// interactive and gets a new code.
#[must_use]
pub(crate) fn is_retryable(reason: ReasonCode) -> bool {
    matches!(reason, ReasonCode::ProviderInteraction | ReasonCode::TokenGrantRefused | ReasonCode::IdTokenAuthOld)
}

/// Whether a refresh that failed with `error` requires a new sign-in. Other errors do not concern the person.
pub(super) fn requires_sign_in(error: &str) -> bool {
    error == "invalid_grant" || requires_interaction(error)
}

/// OpenID Connect Core §3.1.2.6; `user_authentication_required` is Entra ID's former name.
fn requires_interaction(error: &str) -> bool {
    matches!(
        error,
        "login_required"
            | "interaction_required"
            | "consent_required"
            | "account_selection_required"
            | "user_authentication_required"
    )
}

/// Whether another sign-in of this person cannot succeed either.
fn is_final(suberror: Option<&str>) -> bool {
    matches!(suberror, Some("client_mismatch" | "protection_policy_required"))
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, is_retryable, reason, requires_sign_in};

    #[test]
    fn errors_have_reasons_and_two_are_retryable() {
        for (error, suberror, authorization, redemption) in [
            ("access_denied", None, "provider-denied", "token-refused"),
            ("access_denied", Some("cancel"), "provider-denied", "token-refused"),
            ("login_required", None, "provider-interaction", "provider-interaction"),
            ("interaction_required", Some("basic_action"), "provider-interaction", "provider-interaction"),
            ("consent_required", None, "provider-interaction", "provider-interaction"),
            ("account_selection_required", None, "provider-interaction", "provider-interaction"),
            ("user_authentication_required", None, "provider-interaction", "provider-interaction"),
            ("interaction_required", Some("protection_policy_required"), "provider-refused", "token-refused"),
            ("invalid_grant", None, "provider-refused", "token-grant-refused"),
            ("invalid_grant", Some("bad_token"), "provider-refused", "token-grant-refused"),
            ("invalid_grant", Some("client_mismatch"), "provider-refused", "token-refused"),
            ("invalid_grant", Some("protection_policy_required"), "provider-refused", "token-refused"),
            ("unsupported_response", None, "provider-hybrid-off", "token-refused"),
            ("unsupported_response_type", None, "provider-hybrid-off", "token-refused"),
            ("server_error", None, "provider-busy", "provider-busy"),
            ("temporarily_unavailable", None, "provider-busy", "provider-busy"),
            ("invalid_client", None, "provider-registration", "token-client-refused"),
            ("unauthorized_client", None, "provider-registration", "token-client-refused"),
            ("invalid_request", None, "provider-registration", "token-refused"),
            ("invalid_scope", None, "provider-registration", "token-refused"),
            ("invalid_resource", None, "provider-registration", "token-refused"),
            ("AADSTS50105", None, "provider-refused", "token-refused"),
            ("", None, "provider-refused", "token-refused"),
        ] {
            let case = format!("{error} {suberror:?}");
            assert_eq!(reason(Endpoint::Authorization, error, suberror).as_str(), authorization, "{case}");
            assert_eq!(reason(Endpoint::Token, error, suberror).as_str(), redemption, "{case}");
            assert_eq!(requires_sign_in(error), error.ends_with("_required") || error == "invalid_grant", "{case}");
            for reason in [reason(Endpoint::Authorization, error, suberror), reason(Endpoint::Token, error, suberror)] {
                let is_expected = ["provider-interaction", "token-grant-refused"].contains(&reason.as_str());
                assert_eq!(is_retryable(reason), is_expected, "{case}");
            }
        }
    }
}
