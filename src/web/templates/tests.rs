//! The built-in template, and templates of an operator as overrides.

use super::{Defect, Part, Templates};
use crate::web::{Language, Page};

// Covers: CVE-H6.
#[test]
fn nothing_in_a_page_is_markup() {
    let evil = "\"'></p><script>alert(1)</script>";
    let page = Page::new(Language::English, evil)
        .paragraph(evil)
        .link(evil, evil)
        .button(evil, "field", evil.to_owned(), evil)
        .facts(("Reason", "some-reason"), ("Request", evil.to_owned()))
        .refresh(evil);
    let html = Templates::built_in().render(&page).html;
    assert!(!html.contains("<script") && !html.contains("\"'>"), "{html}");
    assert_eq!(html.matches("alert(1)").count(), 10, "{html}");
    assert!(html.contains("<dd id=\"reason\">some-reason</dd>"), "{html}");
    let own = [("page.html".to_owned(), WHOLE.to_owned())].to_vec();
    let html = Templates::with(&own, &samples()).expect("templates").render(&page).html;
    assert!(!html.contains("<script") && !html.contains("\"'>"), "{html}");
}

#[test]
fn the_policy_allows_our_style_and_no_script() {
    let policy = |page: &Page| Templates::built_in().render(page).policy;
    let plain = Page::new(Language::English, "x");
    let html = Templates::built_in().render(&plain).html;
    assert!(html.contains("<style>:root{"), "the style is written as it is");
    assert!(policy(&plain).starts_with("default-src 'none'; style-src 'sha256-"));
    assert!(policy(&plain).contains("form-action 'none'") && policy(&plain).contains("frame-ancestors 'none'"));
    let form = plain.clone().button("/", "token", String::new(), "go");
    assert!(!policy(&form).contains("form-action") && policy(&form).contains("frame-ancestors 'none'"));
    let framed = plain.clone().link_out_of_frame("/", "go");
    assert!(!policy(&framed).contains("frame-ancestors"), "it is made to be seen in a frame");
    assert_eq!((plain.referrer_policy(), form.referrer_policy()), ("no-referrer", "same-origin"));
}

#[test]
fn continue_pages_have_one_script_and_work_without_it() {
    let login = Some("/login?r=%2F".to_owned());
    let page = Page::new(Language::English, "x").onward("https://idp.example/?a=1&b=2", login, "Continue");
    let own = Templates::with(&[("page.html".to_owned(), WHOLE.to_owned())], &samples()).expect("templates");
    for templates in [Templates::built_in(), own] {
        let written = templates.render(&page);
        let (_, script) = written.html.split_once("<script>").expect("a script");
        assert_eq!(script.split_once("</script>").map(|(script, _)| script), Some(super::SCRIPT));
        let address = "https:&#x2f;&#x2f;idp.example&#x2f;?a=1&amp;b=2";
        let refresh = format!("<noscript><meta http-equiv=\"refresh\" content=\"0; url={address}\"></noscript>");
        let html = &written.html;
        assert!(html.contains(&refresh) && html.contains(&format!("href=\"{address}\"")), "{html}");
        assert_eq!(written.policy.matches("; script-src 'sha256-").count(), 1, "{}", written.policy);
        assert!(written.policy.contains("frame-ancestors 'none'; form-action 'none'"), "{}", written.policy);
        let plain = templates.render(&Page::new(Language::English, "x").link("/", "x"));
        assert!(!plain.policy.contains("script"), "{}", plain.policy);
    }
    assert_eq!(page.referrer_policy(), "no-referrer");
}

#[test]
fn an_operators_template_writes_the_pages_it_is_for() {
    let files = [
        ("page.html", WHOLE.replace("</style>", "</style>\r\n<STYLE media=all>\r\nb{}</STYLE >")),
        ("not-allowed.html", "{% extends \"page.html\" %}{% block text %}Call 1234.{% endblock %}".to_owned()),
        ("not-found.html", "{% extends \"built-in.html\" %}{% block text %}Nothing.{% endblock %}".to_owned()),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text)).to_vec();
    let templates = Templates::with(&files, &samples()).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let written = |reason| templates.render(&refusal(reason, "id"));
    let [plain, own, ours] = ["state-forged", "not-allowed", "not-found"].map(written);
    assert!(plain.html.contains("a{color:red}") && plain.html.contains("<p>text</p>"), "{}", plain.html);
    assert!(own.html.contains("a{color:red}") && own.html.contains("Call 1234."), "{}", own.html);
    assert!(ours.html.contains(":root{") && ours.html.contains("Nothing."), "{}", ours.html);
    for written in [&plain, &own] {
        // printf '\nb{}' | openssl sha256 -binary | base64, as a browser reads the carriage return away.
        assert!(written.policy.contains("'sha256-jH0lUn02eClrG3HpikS4zPlH/X0z+JSDdqykyXqEUmI='"), "{}", written.policy);
        assert_eq!(written.policy.matches("sha256-").count(), 2, "{}", written.policy);
        assert!(
            written.policy.contains("; img-src data:;") && !written.policy.contains("script"),
            "{}",
            written.policy
        );
    }
}

#[test]
fn a_failing_template_falls_back_to_the_page() {
    let text =
        WHOLE.replace("<main>", "<main>{% if facts and facts[1].value == \"boom\" %}{{ undefined_name }}{% endif %}");
    let templates = Templates::with(&[("page.html".to_owned(), text)], &samples()).expect("templates");
    let written = templates.render(&refusal("not-found", "boom"));
    assert!(
        written.html.contains("<dd id=\"request\">boom</dd>") && written.html.contains(":root{"),
        "{}",
        written.html
    );
    assert!(!written.policy.contains("img-src"), "{}", written.policy);
}

#[test]
fn a_broken_template_is_found_before_it_is_used() {
    let without = |part: &str| {
        assert!(WHOLE.contains(part), "{part}");
        WHOLE.replace(part, "")
    };
    for (text, line, defect) in [
        (WHOLE.replace("\"{{ link.href }}", "\"{{ lnik.href }}"), 9, "undefined value in `"),
        (WHOLE.replace("{% if link %}", "{% if lnik %}"), 9, "undefined value in `"),
        (WHOLE.replace("{{ link.label }}", "{{ link.lable }}"), 9, "undefined value in `"),
        (WHOLE.replace("{% endfor %}</dl>", "</dl>"), 12, "syntax error in `"),
        (WHOLE.replace("{{ heading }}</h1>", "{{ heading | shout }}</h1>"), 6, "unknown filter in `"),
        (WHOLE.replace("<h1>", "{% include \"logo.html\" %}<h1>"), 6, "template not found in `"),
        (without("<h1>{{ heading }}</h1>").replace("<title>{{ heading }}</title>", ""), 1, "heading or text"),
        (without("{{ paragraph }}"), 1, "heading or text"),
        (without("href=\"{{ link.href }}\""), 1, "link"),
        (without(" target=\"_top\""), 1, "link"),
        (without(" method=\"post\""), 1, "button"),
        (without("name=\"{{ form.field }}\""), 1, "button"),
        (without("value=\"{{ form.value }}\""), 1, "button"),
        (without("action=\"{{ form.action }}\""), 1, "button"),
        (without("url={{ refresh }}"), 1, "without its refresh"),
        (without(" id=\"on\""), 1, "immediate move to the next page"),
        (without(" data-login=\"{{ onward.login }}\""), 1, "immediate move to the next page"),
        (without("<script>{{ script }}</script>"), 1, "immediate move to the next page"),
        (without("<noscript>"), 1, "immediate move to the next page"),
        (without("content=\"0; url={{ link.href }}\""), 1, "immediate move to the next page"),
        (WHOLE.replace("<script>{{ script }}", "<script>\n{{ script }}"), 9, "`<script` has no effect"),
        (WHOLE.replace("{% if onward %}<script>", "{% if true %}<script>"), 9, "`<script` has no effect"),
        (without("{{ fact.value }}"), 1, "reason code or request"),
        (WHOLE.replace("<main>", "<main><script>1</script>"), 5, "`<script` has no effect"),
        (WHOLE.replace("<main>", "<main style=\"color:red\">"), 5, "` style=` has no effect"),
        (WHOLE.replace("<main>", "<main><img src=\"https://cdn.example/x.png\">"), 5, "has no effect"),
    ] {
        let wrong = Templates::with(&[("page.html".to_owned(), text)], &samples()).expect_err(defect);
        let told = wrong[0].to_string();
        assert_eq!((wrong[0].file.as_str(), wrong[0].line), ("page.html", line), "{defect}: {told}");
        assert!(told.contains(defect), "{defect}: {told}");
        assert!(!wrong[0].defect.help().is_empty());
    }
    let own = vec![("not-found.html".to_owned(), "{{ reason }} <a href=\"{{ link.href }}\">".to_owned())];
    let wrong = Templates::with(&own, &samples()).expect_err("no request");
    assert!(matches!(wrong[0].defect, Defect::Missing(Part::Facts)), "{wrong:?}");
}

fn refusal(reason: &'static str, request: &str) -> Page {
    let page = Page::new(Language::English, "heading").paragraph("text").link("way-on", "on");
    page.facts(("Reason", reason), ("Request", request.to_owned()))
}

fn samples() -> Vec<Page> {
    let plain = || Page::new(Language::English, "heading").paragraph("it's the text");
    vec![
        plain().button("form-action", "form-field", "form-token".to_owned(), "do it").link("way-on", "on"),
        plain().link_out_of_frame("way-on", "on"),
        plain().link("way-on", "on").refresh("again"),
        plain().onward("way-on", Some("login".to_owned()), "on"),
        plain().onward("way-on", None, "on"),
        refusal("not-allowed", "request-1"),
        refusal("not-found", "request-1"),
        refusal("state-forged", "request-1"),
    ]
}

const WHOLE: &str = r#"<!doctype html>
<html lang="{{ language }}">
<title>{{ heading }}</title>
{% if refresh %}<meta http-equiv="refresh" content="1; url={{ refresh }}">{% endif %}<style>a{color:red}</style>{% if onward %}<noscript><meta http-equiv="refresh" content="0; url={{ link.href }}"></noscript>{% endif %}
<main>
<h1>{{ heading }}</h1>
{% block text %}{% for paragraph in text %}<p>{{ paragraph }}</p>{% endfor %}{% endblock %}
{% if form %}<form method="post" action="{{ form.action }}"><input type="hidden" name="{{ form.field }}" value="{{ form.value }}"><button>{{ form.label }}</button></form>{% endif %}
{% if link %}<a href="{{ link.href }}"{% if link.whole_tab %} target="_top"{% endif %}{% if onward %} id="on" data-login="{{ onward.login }}"{% endif %}>{{ link.label }}</a>{% endif %}{% if onward %}<script>{{ script }}</script>{% endif %}
<dl>
{% for fact in facts %}
<dt>{{ fact.label }}</dt><dd>{{ fact.value }}</dd>{% endfor %}</dl>
</main>
"#;
