//! Sets `VESTIBULE_COMMIT`, the commit that the log and `vestibule --version` show.
//!
//! The variable is taken from the environment of the build, where packagers set it; otherwise a release build asks git;
//! otherwise the value is `unknown`. Other builds do not ask git, because each commit would recompile the whole package.

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=VESTIBULE_COMMIT");
    let given = env::var("VESTIBULE_COMMIT").ok().filter(|commit| !commit.is_empty());
    let commit = given.or_else(commit_of_checkout).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=VESTIBULE_COMMIT={commit}");
}

/// The commit that is checked out. Uncommitted changes do not show in it.
fn commit_of_checkout() -> Option<String> {
    // Without a `.git` of its own the source may lie in the repository of another project.
    let is_checkout = env::var("PROFILE").is_ok_and(|profile| profile == "release") && Path::new(".git").exists();
    if !is_checkout {
        return None;
    }
    // `HEAD` changes when another branch is checked out, its log when a commit is added.
    for file in ["HEAD", "logs/HEAD"] {
        // A file that does not exist would make cargo run this script in every build.
        if let Some(path) = git(&["rev-parse", "--git-path", file]).filter(|path| Path::new(path).exists()) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
