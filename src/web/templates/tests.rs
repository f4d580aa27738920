//! The built-in template, and templates of an operator as overrides.

use super::{Defect, Part, Templates};
use crate::web::{Language, Page};

// Covers: CVE-H6.
#[test]
fn texts_of_a_page_are_escaped() {
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
    let files = [("page.html".to_owned(), TEMPLATE.to_owned())].to_vec();
    let html = Templates::with(&files, &samples()).expect("templates").render(&page).html;
    assert!(!html.contains("<script") && !html.contains("\"'>"), "{html}");
}

#[test]
fn the_policy_allows_the_built_in_style_and_no_script() {
    let policy = |page: &Page| Templates::built_in().render(page).policy;
    let plain = Page::new(Language::English, "x");
    let html = Templates::built_in().render(&plain).html;
    assert!(html.contains("<style>:root{"), "the style is rendered as it is");
    assert!(policy(&plain).starts_with("default-src 'none'; style-src 'sha256-"));
    assert!(policy(&plain).contains("form-action 'none'") && policy(&plain).contains("frame-ancestors 'none'"));
    let form = plain.clone().button("/", "token", String::new(), "go");
    assert!(!policy(&form).contains("form-action") && policy(&form).contains("frame-ancestors 'none'"));
    let framed = plain.clone().link_out_of_frame("/", "go");
    assert!(!policy(&framed).contains("frame-ancestors"), "this page is meant for frames");
    assert_eq!((plain.referrer_policy(), form.referrer_policy()), ("no-referrer", "same-origin"));
}

#[test]
fn continue_pages_have_one_script_and_work_without_it() {
    let login = Some("/login?r=%2F".to_owned());
    let page = Page::new(Language::English, "x").onward("https://idp.example/?a=1&b=2", login, "Continue");
    let custom = Templates::with(&[("page.html".to_owned(), TEMPLATE.to_owned())], &samples()).expect("templates");
    for templates in [Templates::built_in(), custom] {
        let rendered = templates.render(&page);
        let (_, script) = rendered.html.split_once("<script>").expect("a script");
        assert_eq!(script.split_once("</script>").map(|(script, _)| script), Some(super::SCRIPT));
        let address = "https:&#x2f;&#x2f;idp.example&#x2f;?a=1&amp;b=2";
        let refresh = format!("<noscript><meta http-equiv=\"refresh\" content=\"0; url={address}\"></noscript>");
        let html = &rendered.html;
        assert!(html.contains(&refresh) && html.contains(&format!("href=\"{address}\"")), "{html}");
        assert_eq!(rendered.policy.matches("; script-src 'sha256-").count(), 1, "{}", rendered.policy);
        assert!(rendered.policy.contains("frame-ancestors 'none'; form-action 'none'"), "{}", rendered.policy);
        let plain = templates.render(&Page::new(Language::English, "x").link("/", "x"));
        assert!(!plain.policy.contains("script"), "{}", plain.policy);
    }
    assert_eq!(page.referrer_policy(), "no-referrer");
}

#[test]
fn custom_templates_apply_to_their_pages() {
    let files = [
        ("page.html", TEMPLATE.replace("</style>", "</style>\r\n<STYLE media=all>\r\nb{}</STYLE >")),
        ("not-allowed.html", "{% extends \"page.html\" %}{% block text %}Call 1234.{% endblock %}".to_owned()),
        ("not-found.html", "{% extends \"built-in.html\" %}{% block text %}Nothing.{% endblock %}".to_owned()),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text)).to_vec();
    let templates = Templates::with(&files, &samples()).unwrap_or_else(|errors| panic!("{errors:?}"));
    let rendered = |reason| templates.render(&refusal(reason, "id"));
    let [general, specific, extended] = ["state-forged", "not-allowed", "not-found"].map(rendered);
    assert!(general.html.contains("a{color:red}") && general.html.contains("<p>text</p>"), "{}", general.html);
    assert!(specific.html.contains("a{color:red}") && specific.html.contains("Call 1234."), "{}", specific.html);
    assert!(extended.html.contains(":root{") && extended.html.contains("Nothing."), "{}", extended.html);
    for rendered in [&general, &specific] {
        // printf '\nb{}' | openssl sha256 -binary | base64, as a browser removes the carriage return.
        assert!(
            rendered.policy.contains("'sha256-jH0lUn02eClrG3HpikS4zPlH/X0z+JSDdqykyXqEUmI='"),
            "{}",
            rendered.policy
        );
        assert_eq!(rendered.policy.matches("sha256-").count(), 2, "{}", rendered.policy);
        assert!(
            rendered.policy.contains("; img-src data:;") && !rendered.policy.contains("script"),
            "{}",
            rendered.policy
        );
    }
}

#[test]
fn a_failing_template_falls_back_to_the_built_in_one() {
    let text = TEMPLATE
        .replace("<main>", "<main>{% if facts and facts[1].value == \"boom\" %}{{ undefined_name }}{% endif %}");
    let templates = Templates::with(&[("page.html".to_owned(), text)], &samples()).expect("templates");
    let rendered = templates.render(&refusal("not-found", "boom"));
    assert!(
        rendered.html.contains("<dd id=\"request\">boom</dd>") && rendered.html.contains(":root{"),
        "{}",
        rendered.html
    );
    assert!(!rendered.policy.contains("img-src"), "{}", rendered.policy);
}

#[test]
fn a_broken_template_is_found_before_it_is_used() {
    let without = |part: &str| {
        assert!(TEMPLATE.contains(part), "{part}");
        TEMPLATE.replace(part, "")
    };
    for (text, line, defect) in [
        (TEMPLATE.replace("\"{{ link.href }}", "\"{{ lnik.href }}"), 9, "undefined value in `"),
        (TEMPLATE.replace("{% if link %}", "{% if lnik %}"), 9, "undefined value in `"),
        (TEMPLATE.replace("{{ link.label }}", "{{ link.lable }}"), 9, "undefined value in `"),
        (TEMPLATE.replace("{% endfor %}</dl>", "</dl>"), 12, "syntax error in `"),
        (TEMPLATE.replace("{{ heading }}</h1>", "{{ heading | shout }}</h1>"), 6, "unknown filter in `"),
        (TEMPLATE.replace("<h1>", "{% include \"logo.html\" %}<h1>"), 6, "template not found in `"),
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
        (TEMPLATE.replace("<script>{{ script }}", "<script>\n{{ script }}"), 9, "`<script` has no effect"),
        (TEMPLATE.replace("{% if onward %}<script>", "{% if true %}<script>"), 9, "`<script` has no effect"),
        (without("{{ fact.value }}"), 1, "reason code or request"),
        (TEMPLATE.replace("<main>", "<main><script>1</script>"), 5, "`<script` has no effect"),
        (TEMPLATE.replace("<main>", "<main style=\"color:red\">"), 5, "` style=` has no effect"),
        (TEMPLATE.replace("<main>", "<main><img src=\"https://cdn.example/x.png\">"), 5, "has no effect"),
    ] {
        let errors = Templates::with(&[("page.html".to_owned(), text)], &samples()).expect_err(defect);
        let message = errors[0].to_string();
        assert_eq!((errors[0].file.as_str(), errors[0].line), ("page.html", line), "{defect}: {message}");
        assert!(message.contains(defect), "{defect}: {message}");
        assert!(!errors[0].defect.help().is_empty());
    }
    let files = vec![("not-found.html".to_owned(), "{{ reason }} <a href=\"{{ link.href }}\">".to_owned())];
    let errors = Templates::with(&files, &samples()).expect_err("no request");
    assert!(matches!(errors[0].defect, Defect::Missing(Part::Facts)), "{errors:?}");
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

const TEMPLATE: &str = r#"<!doctype html>
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
