//! Templates are tried on every page before they are used, and what is wrong is told with file, line and mend.

use super::ground::{Ground, SOUND};

#[test]
fn a_template_that_does_not_work_is_found_with_file_line_and_mend() {
    for (file, text, wrong, mend) in [
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
            "has a file \"not-fuond.html\" that is for no page",
            "did you mean \"not-found.html\"?",
        ),
        ("logo.png", "x", "has a file \"logo.png\" that is for no page", "docs/reasons.md"),
    ] {
        let ground = Ground::new();
        ground.directory("own");
        ground.write(&format!("own/{file}"), text);
        let problems = ground.problems(&format!("{SOUND}[pages]\ntemplates = \"own\"\n"), &[]);
        let found = problems.iter().any(|problem| {
            problems.location(problem) == "v.toml:16:13"
                && problem.key() == "pages.templates"
                && problem.wrong().contains(wrong)
                && problem.mend().contains(mend)
        });
        assert!(found, "{file} {text}\n{problems}");
    }
}

#[test]
fn a_directory_that_is_none_or_empty_is_a_mistake_and_hidden_files_are_passed_over() {
    let ground = Ground::new();
    ground.directory("own");
    ground.write("own/.page.html.swp", b"\xff");
    for (path, wrong) in
        [("own", "has no template in it"), ("nowhere", "cannot be read"), ("client-secret", "cannot be read")]
    {
        let problems = ground.problems(&format!("{SOUND}[pages]\ntemplates = \"{path}\"\n"), &[]);
        assert!(problems.iter().any(|problem| problem.wrong().contains(wrong)), "{path}: {problems}");
    }
    ground.write("own/page.html", b"\xff");
    let problems = ground.problems(&format!("{SOUND}[pages]\ntemplates = \"own\"\n"), &[]);
    assert!(problems.iter().any(|problem| problem.wrong().contains("page.html: ")), "{problems}");
}
