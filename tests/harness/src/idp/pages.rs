//! The provider's pages: the login form, the self-submitting form, an error page.

use super::options::User;
use crate::encoding::escape_html;

/// The login form; it lists names and passwords, because this is a test provider.
pub(crate) fn login(action: &str, request: &str, typed: &str, wrong: bool, users: &[User]) -> String {
    let complaint = if wrong { r#"<p id="wrong" class="bad">The name or the password is wrong.</p>"# } else { "" };
    let known = users
        .iter()
        .map(|user| {
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
                escape_html(&user.name),
                escape_html(&user.password),
                escape_html(&user.full_name)
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let content = format!(
        r#"<h1>Sign in</h1>{complaint}
<form method="post" action="{action}">
<input type="hidden" name="request" value="{request}">
<p><label>Name <input name="username" autocomplete="username" value="{typed}" autofocus></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password"></label></p>
<p><button type="submit" id="sign-in">Sign in</button></p>
</form>
<table><caption>This is a test provider; it knows:</caption><tr><th>Name</th><th>Password</th><th>Who</th></tr>{known}</table>"#,
        action = escape_html(action),
        request = escape_html(request),
        typed = escape_html(typed),
    );
    document("Sign in - test provider", "", &content)
}

/// A self-submitting form (Form Post 1.0, section 2), with a button for browsers without script.
pub(crate) fn form_post(action: &str, enctype: Option<&str>, fields: &[(String, String)]) -> String {
    let inputs = fields
        .iter()
        .map(|(name, value)| {
            format!(r#"<input type="hidden" name="{}" value="{}">"#, escape_html(name), escape_html(value))
        })
        .collect::<Vec<_>>()
        .concat();
    let enctype = enctype.map(|kind| format!(r#" enctype="{kind}""#)).unwrap_or_default();
    let content = format!(
        r#"<form method="post" action="{}"{enctype}>{inputs}<p>You are signed in.</p><p><button type="submit" id="continue">Continue</button></p></form>"#,
        escape_html(action)
    );
    document("Submit this form", r#" onload="document.forms[0].submit()""#, &content)
}

/// An error page with the problems.
pub(crate) fn refused(title: &str, problems: &[String]) -> String {
    let list = problems.iter().map(|problem| format!("<li>{}</li>", escape_html(problem))).collect::<Vec<_>>().concat();
    document(title, "", &format!(r#"<h1>{}</h1><ul id="problems">{list}</ul>"#, escape_html(title)))
}

/// The page after sign-out without a redirect URI.
pub(crate) fn signed_out() -> String {
    document("Signed out", "", r#"<h1 id="signed-out">You are signed out</h1>"#)
}

fn document(title: &str, body_attributes: &str, content: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{}</title>
<style>{STYLE}</style></head>
<body{body_attributes}><main>{content}</main></body></html>"#,
        escape_html(title)
    )
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;background:#eef1f5;color:#1c2733;margin:0}\
main{max-width:26rem;margin:10vh auto;background:#fff;padding:2rem;border-radius:.5rem;box-shadow:0 1px 4px #0003}\
input{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.5rem}button{font:inherit;padding:.5rem 1.5rem}\
table{border-collapse:collapse;width:100%;font-size:.9rem;color:#56626e}td,th{text-align:left;padding:.2rem .5rem .2rem 0}\
caption{text-align:left}.bad{color:#a11}";
