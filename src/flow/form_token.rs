//! The token of the gateway's own forms: only a page that was shown to this very session has it.

use super::relying_party::RelyingParty;
use crate::{
    base::{Purpose, encode_base64url},
    session::SessionCookie,
    web::RequestContext,
};

/// The token of forms for the session of `cookie`: 43 characters of base64url.
pub(super) fn form_token(party: &RelyingParty, context: &RequestContext, cookie: &SessionCookie) -> String {
    let session = cookie.key();
    let bound = [context.origin.as_str().as_bytes(), session.bytes()];
    encode_base64url(party.keys.current().derive(FORM_TOKEN, &bound))
}

const FORM_TOKEN: Purpose = Purpose("form token");
