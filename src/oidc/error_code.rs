//! What a provider's "no" means, and what helps: decided by `error` and `suberror` alone.
//!
//! RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6. Numbers and descriptions (Entra ID's `AADSTS…`) never decide:
//! they change without notice. They stand in the log, for people.

/// Where the provider says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// In the answer to the authorization request, which the browser brings.
    Authorization,
    /// At its token endpoint.
    Token,
}

/// The stable reason code of a refusal.
pub(super) fn reason(endpoint: Endpoint, error: &str, suberror: Option<&str>) -> &'static str {
    use Endpoint::{Authorization, Token};
    match (endpoint, error) {
        (Authorization, "access_denied") => "provider-denied",

        // `prompt=none` was asked for, or a policy needs more than it has.
        (_, error) if wants_the_person(error) && !is_final(suberror) => "provider-interaction",

        // A code is used up, expired, or not for this: a new sign-in gets a new one.
        (Token, "invalid_grant") if !is_final(suberror) => "token-grant-refused",

        // Two spellings of one thing: Entra ID's documents have both.
        (Authorization, "unsupported_response" | "unsupported_response_type") => "provider-hybrid-off",

        (_, "server_error" | "temporarily_unavailable") => "provider-busy",

        // What the registration says and what is configured here do not agree.
        (Token, "invalid_client" | "unauthorized_client") => "token-client-refused",
        (
            Authorization,
            "invalid_client"
            | "invalid_request"
            | "invalid_resource"
            | "invalid_scope"
            | "invalid_target"
            | "unauthorized_client",
        ) => "provider-registration",

        (Authorization, _) => "provider-refused",
        (Token, _) => "token-refused",
    }
}

/// Whether a sign-in that was refused for this reason may succeed when it begins anew, by itself and once: the next
/// one is interactive and has a code of its own. For all others a person decides.
#[must_use]
pub fn is_retryable(reason: &str) -> bool {
    matches!(reason, "provider-interaction" | "token-grant-refused" | TOO_OLD)
}

/// Whether a refresh token that was refused with `error` is over, or good only once the person has been seen. All other
/// errors say nothing about them.
pub(super) fn requires_sign_in(error: &str) -> bool {
    error == "invalid_grant" || wants_the_person(error)
}

/// OpenID Connect Core §3.1.2.6; the last is Entra ID's old word for it.
fn wants_the_person(error: &str) -> bool {
    matches!(
        error,
        "login_required"
            | "interaction_required"
            | "consent_required"
            | "account_selection_required"
            | "user_authentication_required"
    )
}

/// Whether no sign-in of this person can change it.
fn is_final(suberror: Option<&str>) -> bool {
    matches!(suberror, Some("client_mismatch" | "protection_policy_required"))
}

/// The provider believed that the person was there still, longer than was asked for: with `prompt=login` it may not.
pub const TOO_OLD: &str = "id-token-auth-old";

#[cfg(test)]
mod tests {
    use super::{Endpoint, is_retryable, reason, requires_sign_in};

    #[test]
    fn each_error_has_its_reason_and_two_of_them_are_retryable() {
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
            let told = format!("{error} {suberror:?}");
            assert_eq!(reason(Endpoint::Authorization, error, suberror), authorization, "{told}");
            assert_eq!(reason(Endpoint::Token, error, suberror), redemption, "{told}");
            assert_eq!(requires_sign_in(error), error.ends_with("_required") || error == "invalid_grant", "{told}");
            for reason in [authorization, redemption] {
                let is_one_of_two = ["provider-interaction", "token-grant-refused"].contains(&reason);
                assert_eq!(is_retryable(reason), is_one_of_two, "{told}");
            }
        }
    }
}
