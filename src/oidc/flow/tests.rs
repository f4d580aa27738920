//! The accepted pairs of response type and response mode, and the errors for others.

use super::{Flow, ResponseTypeError};
use proptest::prelude::proptest;

#[test]
fn only_four_pairs_are_accepted() {
    for (response_type, response_mode, flow) in [
        ("code id_token", "form_post", Ok(Flow::CodeIdToken)),
        ("id_token code", "form_post", Ok(Flow::CodeIdToken)),
        ("code", "query", Ok(Flow::CodeQuery)),
        ("code", "form_post", Ok(Flow::CodeFormPost)),
        ("id_token", "form_post", Ok(Flow::IdToken)),
        ("code id_token", "query", Err(ResponseTypeError::QueryWithIdToken)),
        ("id_token", "query", Err(ResponseTypeError::QueryWithIdToken)),
        ("code", "fragment", Err(ResponseTypeError::Fragment)),
        ("code id_token", "fragment", Err(ResponseTypeError::Fragment)),
        ("code token", "form_post", Err(ResponseTypeError::Token)),
        ("code id_token token", "form_post", Err(ResponseTypeError::Token)),
        ("token", "fragment", Err(ResponseTypeError::Token)),
        ("code code", "form_post", Err(ResponseTypeError::UnknownType)),
        ("none", "form_post", Err(ResponseTypeError::UnknownType)),
        ("", "form_post", Err(ResponseTypeError::UnknownType)),
        ("code", "form_post.jwt", Err(ResponseTypeError::UnknownMode)),
        ("code", "", Err(ResponseTypeError::UnknownMode)),
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
    fn parsing_never_panics(text in ".*", rest in ".*") {
        let _result = Flow::from_pair(&text, &rest);
    }
}
