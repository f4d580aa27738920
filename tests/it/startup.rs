//! What the gateway reports about itself at the start.

use std::process::{Command, Output};

use serde_json::Value;

use crate::world::World;

#[tokio::test]
async fn the_first_log_line_names_version_commit_and_configuration() {
    let world = World::start().await;
    let config = world.config_file();
    // The address is in use, so the second gateway exits.
    let output = vestibule(&["run", "--config", config.to_str().expect("UTF-8")]);
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    let first: Value = text.lines().find_map(|line| serde_json::from_str(line).ok()).expect("a log line");
    assert_eq!(first["message"], "starting", "{text}");
    assert_eq!(first["version"], env!("CARGO_PKG_VERSION"), "{text}");
    assert!(first["commit"].as_str().is_some_and(|commit| !commit.is_empty()), "{text}");
    assert_eq!(first["config"].as_str(), config.to_str(), "{text}");
    assert!(!output.status.success() && text.contains("cannot listen"), "{text}");
}

#[test]
fn the_version_option_names_version_and_commit() {
    let text = String::from_utf8(vestibule(&["--version"]).stdout).expect("UTF-8");
    let start = concat!("vestibule ", env!("CARGO_PKG_VERSION"), " (");
    let commit = text.trim_end().strip_prefix(start).and_then(|rest| rest.strip_suffix(')'));
    assert!(commit.is_some_and(|commit| !commit.is_empty()), "{text}");
}

fn vestibule(arguments: &[&str]) -> Output {
    let binary = env!("CARGO_BIN_EXE_vestibule");
    Command::new(binary).args(arguments).env_remove("VESTIBULE_LOG").output().expect("the binary runs")
}
