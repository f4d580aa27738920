//! `userinfo` of a `[[provider]]`: whether the provider is asked for more than the `id_token` says.

use super::section::Section;
use crate::oidc::{Flow, UserinfoUse};

/// Reads the key; off where it is absent or wrong, and then there is a problem.
pub(super) fn read(section: &Section<'_>, flow: Option<Flow>) -> UserinfoUse {
    let Some(text) = section.text("userinfo") else { return UserinfoUse::Off };
    let wanted = match text.value {
        "off" => UserinfoUse::Off,
        "on" => UserinfoUse::On,
        "required" => UserinfoUse::Required,
        "signed" => UserinfoUse::Signed,
        _ => {
            let mend = "write \"off\", \"on\", \"required\" or \"signed\"";
            section.reader.wrong(&text.spot, "is no way to use userinfo", mend);
            return UserinfoUse::Off;
        }
    };
    if wanted != UserinfoUse::Off && flow.is_some_and(|flow| !flow.has_code()) {
        let wrong = "needs an access token, and response_type = \"id_token\" brings none";
        section.reader.wrong(&text.spot, wrong, "leave it out, or write response_type = \"code id_token\"");
    }
    wanted
}
