//! Templates are rendered for every page when the configuration is loaded, and errors are reported with file and line.

use super::fixture::{Fixture, VALID};

#[test]
fn errors_in_templates_are_reported_with_file_and_line() {
    for (file, text, message, help) in [
        ("page.html", "x\n{{ headnig }}", "page.html:2: undefined value in `{{ headnig }}`", "docs/pages.md"),
        ("page.html", "{% if %}", "page.html:1: syntax error in `{% if %}`", "minijinja"),
        (
            "page.html",
            "{{ heading }}{{ text | join }}",
            "page.html:1: a page would be without its link",
            "{{ link.href }}",
        ),
        (
            "not-found.html",
            "{{ reason }}{% if link %}<a href={{ link.href }}>{% endif %}",
            "not-found.html:1: a page would be without its reason code or request",
            "fact.value",
        ),
        (
            "not-found.html",
            "{% extends \"page.html\" %}",
            "not-found.html:1: template not found in `{% extends",
            "minijinja",
        ),
        (
            "not-fuond.html",
            "x",
            "file \"not-fuond.html\" is not the template of a page",
            "did you mean \"not-found.html\"?",
        ),
        ("logo.png", "x", "file \"logo.png\" is not the template of a page", "docs/reasons.md"),
    ] {
        let fixture = Fixture::new();
        fixture.directory("own");
        fixture.write(&format!("own/{file}"), text);
        let errors = fixture.errors(&format!("{VALID}[pages]\ntemplates = \"own\"\n"), &[]);
        let found = errors.list.iter().any(|error| {
            errors.location(error) == "v.toml:16:13"
                && error.span.key == "pages.templates"
                && error.message.contains(message)
                && error.help.contains(help)
        });
        assert!(found, "{file} {text}\n{errors}");
    }
}

#[test]
fn a_missing_or_empty_template_directory_is_an_error() {
    let fixture = Fixture::new();
    fixture.directory("own");
    fixture.write("own/.page.html.swp", b"\xff");
    for (path, message) in [
        ("own", "no template in the directory"),
        ("nowhere", "cannot read the directory"),
        ("client-secret", "cannot read the directory"),
    ] {
        let errors = fixture.errors(&format!("{VALID}[pages]\ntemplates = \"{path}\"\n"), &[]);
        assert!(errors.list.iter().any(|error| error.message.contains(message)), "{path}: {errors}");
    }
    fixture.write("own/page.html", b"\xff");
    let errors = fixture.errors(&format!("{VALID}[pages]\ntemplates = \"own\"\n"), &[]);
    assert!(errors.list.iter().any(|error| error.message.contains("page.html: ")), "{errors}");
}
