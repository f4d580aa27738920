//! The rules of the architecture, checked on the source, so that the module map cannot drift from the code.
//!
//! Each rule is a function from source text to findings, with unit tests that show it broken. `ARCHITECTURE_SRC` points the rules at the
//! `src` of another checkout.

mod conventions;
mod cycles;
mod dependencies;
mod document;
mod files;
mod functions;
mod mod_files;
mod proofs;
mod public_items;
mod reader;
mod references;
mod retired;

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use reader::{Finding, Source, Tree};

#[test]
#[expect(clippy::print_stdout, reason = "the counts belong in the output of the test")]
fn a_module_depends_only_on_lower_modules() {
    let tree = tree();
    println!("{}", counts(&tree));
    check(&tree, |file| dependencies::findings(file, &tree));
}

/// The size of the crate in numbers, one a line.
fn counts(tree: &Tree) -> String {
    let modules: BTreeSet<_> = tree.product().filter_map(Source::module).collect();
    let dependencies: BTreeSet<_> = tree.product().flat_map(dependencies::dependencies).collect();
    let largest = tree.product().max_by_key(|file| file.lines());
    let functions: Vec<_> =
        tree.product().flat_map(|file| functions::functions(file).into_iter().map(move |one| (file, one))).collect();
    let is_long = |table: bool| {
        let long = functions.iter().filter(|(_, one)| one.lines > functions::LINES && one.table == table);
        long.count()
    };
    let longest = functions.iter().filter(|(_, one)| !one.table).max_by_key(|(_, one)| one.lines);
    let many = functions.iter().filter(|(_, one)| one.parameters > functions::PARAMETERS).count();
    [
        format!("modules: {}", modules.len()),
        format!("dependencies between modules: {}", dependencies.len()),
        format!("files: {}", tree.product().count()),
        format!("circles of files inside modules: {}", cycles::circles(tree).len()),
        format!("largest file: {}", largest.map(|file| format!("{} {}", file.place, file.lines())).unwrap_or_default()),
        format!("functions: {}", functions.len()),
        format!(
            "longest function: {}",
            longest.map(|(file, one)| format!("{} {} {}", file.place, one.name, one.lines)).unwrap_or_default()
        ),
        format!("functions over {} lines: {}, tables: {}", functions::LINES, is_long(false), is_long(true)),
        format!("functions with more than {} parameters: {many}", functions::PARAMETERS),
        format!("public items: {}", public_items::count(tree)),
    ]
    .join("\n")
}

#[test]
fn mod_files_only_declare_and_re_export() {
    let tree = tree();
    check(&tree, |file| mod_files::findings(file, &tree));
}

#[test]
fn a_file_begins_with_a_description() {
    check(&tree(), files::without_header);
}

#[test]
fn files_and_inline_tests_are_short() {
    check(&tree(), files::too_long);
}

#[test]
fn plain_modules_are_synchronous() {
    check(&tree(), conventions::waiting);
}

#[test]
fn a_proof_type_is_made_in_one_file() {
    check(&tree(), proofs::findings);
}

#[test]
fn only_the_edge_builds_responses() {
    check(&tree(), conventions::answers);
}

#[test]
fn no_lint_is_allowed_and_code_is_finished() {
    let tree = tree();
    check(&tree, conventions::silenced);
    check(&tree, conventions::unfinished);
}

#[test]
fn names_are_descriptive() {
    let tree = tree();
    check(&tree, conventions::globs);
    check(&tree, conventions::getters);
    check(&tree, files::empty_names);
}

#[test]
fn files_of_a_module_form_no_circle() {
    let circles = cycles::circles(&tree());
    let found: Vec<_> = circles.iter().map(|files| files.join(", ")).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn public_type_names_are_unique() {
    let doubled = public_items::doubled_types(&tree()).into_iter();
    let found: Vec<_> = doubled.flat_map(|(place, finding)| located(&place, vec![finding])).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn functions_are_short_and_have_few_parameters() {
    check(&tree(), |file| {
        [functions::too_long(file), functions::too_many_parameters(file)].into_iter().flatten().collect()
    });
}

#[test]
fn retired_words_do_not_come_back() {
    check(&tree(), retired::in_test_names);
    check_texts(|place, text| if retired::is_checked(place) { retired::in_text(text) } else { Vec::new() });
}

#[test]
fn documents_that_are_named_exist() {
    let root = root();
    check_texts(|place, text| references::missing(place, text, |path| root.join(path).exists()));
}

#[test]
fn the_architecture_document_agrees_with_the_code() {
    let root = root();
    let text = fs::read_to_string(root.join("docs/architecture.md")).expect("the document");
    let map = dependencies::MAP.iter().copied().filter(|(module, _)| *module != "lib").collect();
    assert_eq!(document::modules(&text), map);
    assert_eq!(document::missing_files(&text, |file| root.join(file).is_file()), Vec::<&str>::new());
}

#[test]
fn no_text_of_the_project_names_a_machine() {
    check_texts(|_, text| conventions::machine_paths(text));
}

/// Checks every file against a rule and fails with all findings.
fn check(tree: &Tree, rule: impl Fn(&Source) -> Vec<Finding>) {
    let found: Vec<_> = tree.files.iter().flat_map(|file| located(&file.place, rule(file))).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Checks every text file of the repository against a rule and fails with all findings.
fn check_texts(rule: impl Fn(&str, &str) -> Vec<Finding>) {
    let root = root();
    let mut found = Vec::new();
    each_text(&root, &mut |path, text| {
        let place = path.strip_prefix(&root).unwrap_or(path).to_string_lossy().replace('\\', "/");
        found.extend(located(&place, rule(&place, text)));
    })
    .expect("the texts can be read");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

fn located(place: &str, findings: Vec<Finding>) -> Vec<String> {
    findings.into_iter().map(|Finding { line, why }| format!("{place}:{line}: {why}")).collect()
}

fn tree() -> Tree {
    let tree = Tree::read(&root()).expect("the sources can be read");
    assert!(tree.places.contains("src/lib.rs"), "no src/lib.rs under {}", root().display());
    tree
}

fn root() -> PathBuf {
    let src = std::env::var_os("ARCHITECTURE_SRC")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), PathBuf::from);
    src.parent().map_or_else(|| src.clone(), Path::to_path_buf)
}

/// Calls `see` with every text file of the project; what is built, downloaded or hidden is left out.
fn each_text(place: &Path, see: &mut impl FnMut(&Path, &str)) -> io::Result<()> {
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if matches!(name.as_str(), "target" | "node_modules" | ".git") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            each_text(&entry.path(), see)?;
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            see(&entry.path(), &text);
        }
    }
    Ok(())
}
