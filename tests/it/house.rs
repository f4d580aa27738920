//! The house rules, kept by a test, so that the map of the rooms cannot drift from the code.
//!
//! Each rule is a function from text to complaints and stands beside tests that show it broken. Point `HOUSE_SRC` at the `src` of another
//! tree to hold that one to the rules.

mod doors;
mod files;
mod proofs;
mod reader;
mod rooms;
mod words;

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use reader::{Complaint, Source, Tree};

#[test]
#[expect(clippy::print_stdout, reason = "the size of the house is worth a line in the log")]
fn rule_1_a_module_depends_only_on_lower_modules() {
    let tree = tree();
    let arrows: BTreeSet<_> = tree.files.iter().flat_map(rooms::arrows).collect();
    let house: Vec<_> = tree.files.iter().filter(|file| file.room().is_some()).collect();
    let largest = house.iter().max_by_key(|file| file.lines()).map(|file| format!("{} {}", file.place, file.lines()));
    println!("{} files, {} arrows, largest: {}", house.len(), arrows.len(), largest.unwrap_or_default());
    keep(&tree, |file| rooms::complaints(file, &tree));
}

#[test]
fn rule_2_mod_files_only_declare_and_re_export() {
    let tree = tree();
    keep(&tree, |file| doors::complaints(file, &tree));
}

#[test]
fn rule_3_a_file_begins_with_what_lives_there() {
    keep(&tree(), files::without_header);
}

#[test]
fn rule_4_files_and_inline_tests_are_short() {
    keep(&tree(), files::too_long);
}

#[test]
fn rule_5_plain_modules_are_synchronous() {
    keep(&tree(), words::waiting);
}

#[test]
fn rule_6_a_proof_type_is_made_in_one_file() {
    keep(&tree(), proofs::complaints);
}

#[test]
fn rule_7_only_the_edge_builds_responses() {
    keep(&tree(), words::answers);
}

#[test]
fn rule_8_no_lint_is_allowed_and_code_is_finished() {
    let tree = tree();
    keep(&tree, words::silenced);
    keep(&tree, words::unfinished);
}

#[test]
fn rule_9_names_say_what_they_mean() {
    let tree = tree();
    keep(&tree, words::globs);
    keep(&tree, words::getters);
    keep(&tree, files::empty_names);
}

#[test]
fn no_text_of_the_project_names_a_machine() {
    let root = root();
    let mut wrong = Vec::new();
    each_text(&root, &mut |place, text| wrong.extend(said(&place.display().to_string(), words::machine_paths(text))))
        .unwrap();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Holds every file to the rule and shows all complaints at once.
fn keep(tree: &Tree, rule: impl Fn(&Source) -> Vec<Complaint>) {
    let wrong: Vec<_> = tree.files.iter().flat_map(|file| said(&file.place, rule(file))).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn said(place: &str, complaints: Vec<Complaint>) -> Vec<String> {
    complaints.into_iter().map(|Complaint { line, why }| format!("{place}:{line}: {why}")).collect()
}

fn tree() -> Tree {
    let tree = Tree::read(&root()).expect("the sources can be read");
    assert!(tree.places.contains("src/lib.rs"), "no src/lib.rs under {}", root().display());
    tree
}

fn root() -> PathBuf {
    let src =
        std::env::var_os("HOUSE_SRC").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), PathBuf::from);
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
