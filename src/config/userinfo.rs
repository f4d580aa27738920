//! `userinfo` of `[[provider]]`: whether the userinfo endpoint is called (OpenID Connect Core §5.3).

use super::section::{Section, quoted};
use crate::oidc::{Flow, UserinfoUse};

/// Reads the key. [`UserinfoUse::Off`] if the key is missing, or after an error.
pub(super) fn read(section: &Section<'_>, flow: Option<Flow>) -> UserinfoUse {
    let Some(text) = section.string("userinfo") else { return UserinfoUse::Off };
    let mode = match text.value {
        "off" => UserinfoUse::Off,
        "on" => UserinfoUse::On,
        "required" => UserinfoUse::Required,
        "signed" => UserinfoUse::Signed,
        other => {
            let help = "write \"off\", \"on\", \"required\" or \"signed\"";
            section.reader.error(&text.span, format!("unknown value {}", quoted(other)), help);
            return UserinfoUse::Off;
        }
    };
    if mode != UserinfoUse::Off && flow.is_some_and(|flow| !flow.has_code()) {
        let message = "userinfo needs an access token, and response_type = \"id_token\" provides none";
        section.reader.error(&text.span, message, "remove the key, or write response_type = \"code id_token\"");
    }
    mode
}
