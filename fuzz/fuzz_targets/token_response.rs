//! Token responses: tokens are returned as they were sent, and appear in no debug output and no error message.
//!
//! The first line of the input is status and content type; the rest is the body.
#![no_main]

use std::{error::Error as _, time::Duration};

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use vestibule::{
    base::{Secret, chain},
    oidc::TokenResponse,
};

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (line, body) = (&input[..end], input.get(end + 1..).unwrap_or_default());
    let line = String::from_utf8_lossy(line);
    let (status, content_type) = line.split_once(' ').map_or((&*line, None), |(status, rest)| (status, Some(rest)));
    let status = status.parse().unwrap_or(200);
    let read = TokenResponse::read(status, content_type, body);
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let shown = match &read {
        Ok(_) => format!("{read:?}"),
        Err(error) => format!("{read:?} {} {} {:?}", error.reason(), chain(error), error.source().map(chain)),
    };
    let tokens = ["access_token", "id_token", "refresh_token"];
    // Other members, such as `scope` and `error_description`, may be shown, even if the provider writes a token into them.
    let mut others = document.as_object().cloned().unwrap_or_default();
    others.retain(|name, _| !tokens.contains(&name.as_str()));
    let public = Value::Object(others).to_string();
    for name in tokens {
        let Some(secret) = document[name].as_str().filter(|secret| secret.contains(CANARY)) else { continue };
        assert!(public.contains(CANARY) || !shown.contains(secret), "{name} is shown: {shown}");
    }
    let Ok(response) = read else { return };
    assert_eq!(status, 200);
    assert!(document.get("error").is_none());
    assert!(document["token_type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")));
    let tokens = [
        ("access_token", Some(&response.access_token)),
        ("id_token", response.id_token.as_ref()),
        ("refresh_token", response.refresh_token.as_ref()),
    ];
    for (name, token) in tokens {
        let written = document[name].as_str().filter(|text| !text.is_empty());
        assert_eq!(token.map(Secret::expose), written, "{name}");
        assert!(written.is_none_or(|text| text.bytes().all(|byte| matches!(byte, 0x20..=0x7e))));
    }
    assert!(response.expires_in.is_none_or(|lifetime| lifetime <= Duration::from_secs(366 * 24 * 60 * 60)));
});

/// A part of every token in the seeds, which no text of the gateway contains.
const CANARY: &str = "0123456789";
