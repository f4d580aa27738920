//! The application's home page.

use http::HeaderMap;

use crate::encoding::escape_html;

/// Shows the user from the identity headers, and the cookies that script can read.
pub(crate) fn home(headers: &HeaderMap) -> String {
    let value = |name: &str| {
        let value = headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        escape_html(&value.unwrap_or_default())
    };
    format!(
        r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Intranet</title>
<style>{STYLE}</style></head>
<body><header><strong>Intranet</strong> <nav><a id="link-reports" href="/reports?year=2025">Reports</a> <a id="link-deep" href="/a/deep/page">A deep page</a>
<a id="link-cgi" href="/cgi">What a CGI program sees</a> <a id="sign-out" href="/.auth/logout">Sign out</a></nav></header>
<main><h1>Welcome<span id="greeting">, {name}</span></h1>
<p>This application knows nothing of OpenID Connect. It reads headers.</p>
<table><tr><th>User</th><td id="user">{user}</td></tr><tr><th>Name</th><td id="name">{name}</td></tr>
<tr><th>Login</th><td id="login">{login}</td></tr><tr><th>E-mail</th><td id="email">{email}</td></tr>
<tr><th>Groups</th><td id="groups">{groups}</td></tr></table>
<h2>Cookies that script can read</h2><pre id="cookies"></pre></main>
<script>document.getElementById("cookies").textContent = document.cookie || "(none)";</script></body></html>"#,
        user = value("x-forwarded-user"),
        name = value("x-forwarded-name"),
        login = value("x-forwarded-preferred-username"),
        email = value("x-forwarded-email"),
        groups = value("x-forwarded-groups"),
    )
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#222}header{background:#274b6d;color:#fff;padding:.8rem 1.5rem}\
header a{color:#cfe3f5;margin-left:1rem}main{max-width:44rem;margin:2rem auto;padding:0 1.5rem}th{text-align:left;padding-right:2rem}\
pre{background:#f3f3f3;padding:.8rem}";
