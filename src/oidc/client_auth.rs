//! How the gateway proves to the token endpoint which client it is.
//!
//! OpenID Connect Core §9, RFC 6749 §2.3: never two methods in one request.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::settings::ClientAuthentication;
use crate::{base::Secret, web::encode_form};

/// What one token request carries as proof.
pub struct ClientProof {
    /// The value of the `Authorization` header, if the proof is there.
    pub authorization: Option<Secret>,
    /// The form parameters, if the proof is there.
    pub form: Vec<(&'static str, Secret)>,
}

/// The proof that we are `client_id`.
#[must_use]
pub fn authenticate(authentication: &ClientAuthentication, client_id: &str) -> ClientProof {
    let id = ("client_id", Secret::new(client_id));
    match authentication {
        ClientAuthentication::Basic(secret) => {
            ClientProof { authorization: Some(basic(client_id, secret)), form: Vec::new() }
        }
        ClientAuthentication::Post(secret) => {
            ClientProof { authorization: None, form: vec![id, ("client_secret", secret.clone())] }
        }
        ClientAuthentication::None => ClientProof { authorization: None, form: vec![id] },
    }
}

/// RFC 6749 §2.3.1: both are form-encoded before they are joined, so that a colon in one of them splits nothing.
fn basic(client_id: &str, secret: &Secret) -> Secret {
    let joined = Secret::new(format!("{}:{}", encode_form(client_id), encode_form(secret.expose())));
    Secret::new(format!("Basic {}", STANDARD.encode(joined.expose())))
}

#[cfg(test)]
mod tests {
    use super::authenticate;
    use crate::{base::Secret, oidc::ClientAuthentication};

    #[test]
    fn k04_k05_one_method_and_the_right_encoding() {
        let secret = || Secret::new("p:%+/ä");
        let basic = authenticate(&ClientAuthentication::Basic(secret()), "a:b c");
        // a%3Ab+c:p%3A%25%2B%2F%C3%A4
        let header = basic.authorization.expect("a header");
        assert_eq!(header.expose(), "Basic YSUzQWIrYzpwJTNBJTI1JTJCJTJGJUMzJUE0");
        assert!(basic.form.is_empty());

        let post = authenticate(&ClientAuthentication::Post(secret()), "app");
        assert!(post.authorization.is_none());
        assert!(post.form == [("client_id", Secret::new("app")), ("client_secret", secret())]);

        let none = authenticate(&ClientAuthentication::None, "app");
        assert!(none.authorization.is_none() && none.form == [("client_id", Secret::new("app"))]);
    }
}
