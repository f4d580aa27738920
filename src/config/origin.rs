//! Origins: scheme, host and port, as in `public_url` and `cors_origins`.

use super::section::{Section, Spanned};
use crate::web::{Origin, OriginError};

/// Parses `text`, a value of a key in `section`. `help` says what an origin of this key looks like.
pub(super) fn parse(section: &Section<'_>, text: Spanned<&str>, help: &str) -> Option<Spanned<Origin>> {
    let (message, help) = match Origin::parse(text.value) {
        Ok(value) => return Some(Spanned { value, span: text.span }),
        Err(OriginError::NotAUrl) => ("not an https:// URL with a host", help),
        Err(OriginError::MoreThanOrigin) => ("URL has more than scheme, host and port", help),
        Err(OriginError::PlainHttp) => (
            "plain http is allowed for loopback addresses only: cookies and tokens would be sent unencrypted",
            "write https://…",
        ),
    };
    section.reader.error(&text.span, message, help);
    None
}
