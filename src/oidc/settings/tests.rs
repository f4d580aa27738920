//! What an operator may write, and what not.

use super::{Flow, FlowError, ProviderName};
use proptest::prelude::proptest;

#[test]
fn a_provider_s_name_fits_into_a_path_and_a_cookie() {
    for name in ["entra", "a", "idp-2", &"x".repeat(32)] {
        assert_eq!(ProviderName::parse(name).map(|name| name.as_str().to_owned()), Ok(name.to_owned()));
    }
    for name in ["", "Entra", "a b", "a/b", "a.b", "ä", "a_b", &"x".repeat(33)] {
        assert!(ProviderName::parse(name).is_err(), "{name}");
    }
}

#[test]
fn the_legal_pairs_are_four() {
    for (response_type, response_mode, flow) in [
        ("code id_token", "form_post", Ok(Flow::CodeIdToken)),
        ("id_token code", "form_post", Ok(Flow::CodeIdToken)),
        ("code", "query", Ok(Flow::CodeQuery)),
        ("code", "form_post", Ok(Flow::CodeFormPost)),
        ("id_token", "form_post", Ok(Flow::IdToken)),
        ("code id_token", "query", Err(FlowError::QueryWithIdToken)),
        ("id_token", "query", Err(FlowError::QueryWithIdToken)),
        ("code", "fragment", Err(FlowError::Fragment)),
        ("code id_token", "fragment", Err(FlowError::Fragment)),
        ("code token", "form_post", Err(FlowError::Token)),
        ("code id_token token", "form_post", Err(FlowError::Token)),
        ("token", "fragment", Err(FlowError::Token)),
        ("code code", "form_post", Err(FlowError::UnknownType)),
        ("none", "form_post", Err(FlowError::UnknownType)),
        ("", "form_post", Err(FlowError::UnknownType)),
        ("code", "form_post.jwt", Err(FlowError::UnknownMode)),
        ("code", "", Err(FlowError::UnknownMode)),
    ] {
        assert_eq!(Flow::from_pair(response_type, response_mode), flow, "{response_type}, {response_mode}");
    }
    for flow in [Flow::CodeIdToken, Flow::CodeQuery, Flow::CodeFormPost, Flow::IdToken] {
        assert_eq!(Flow::from_pair(flow.response_type(), flow.response_mode()), Ok(flow));
        assert_eq!(flow.has_code(), flow.response_type().contains("code"));
        assert_eq!(flow.has_front_id_token(), flow.response_type().contains("id_token"));
        assert_eq!(flow.is_form_post(), flow.response_mode() == "form_post");
    }
    assert_eq!(Flow::default(), Flow::CodeIdToken);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".*", rest in ".*") {
        let _read = ProviderName::parse(&text);
        let _read = Flow::from_pair(&text, &rest);
    }
}
