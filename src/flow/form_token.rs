//! The CSRF token of the gateway's forms, bound to the session for which the page was rendered.

use super::relying_party::RelyingParty;
use crate::{
    base::{Purpose, encode_base64url},
    session::SessionCookie,
    web::RequestContext,
};

/// The token of forms for the session of `cookie`: 43 characters of base64url.
pub(super) fn form_token(party: &RelyingParty, context: &RequestContext, cookie: &SessionCookie) -> String {
    let session = cookie.key();
    let bound_values = [context.origin.as_str().as_bytes(), session.bytes()];
    encode_base64url(party.keys().current().derive(FORM_TOKEN, &bound_values))
}

const FORM_TOKEN: Purpose = Purpose("form token");
