//! `[pages]`: templates for the gateway's pages. Every page is rendered once in every language to check the templates.

use std::{fs, io, path::Path};

use super::{
    section::{Section, quoted},
    suggestion,
};
use crate::{flow::sample_pages, reason::ReasonCode, web::Templates};

pub(super) const KEYS: &[&str] = &["templates"];

/// Reads `[pages]`. Errors in a template are reported with file and line.
pub(super) fn read(section: &Section<'_>) -> Templates {
    let Some(directory) = section.path("templates") else { return Templates::built_in() };
    let report = |message: String, help: &str| section.reader.error(&directory.span, message, help);
    let files = match files(&directory.value) {
        Ok(files) if files.is_empty() => {
            report("no template in the directory".to_owned(), "add page.html, or remove the key");
            return Templates::built_in();
        }
        Ok(files) => files,
        Err(error) => {
            let message = format!("cannot read the directory {}: {error}", directory.value.display());
            report(message, "name a directory of UTF-8 files, or remove the key");
            return Templates::built_in();
        }
    };
    for (name, _) in files.iter().filter(|(name, _)| !is_known(name)) {
        let known: Vec<&str> = ReasonCode::ALL.iter().map(|reason| reason.as_str()).collect();
        let stem = name.strip_suffix(".html").unwrap_or(name);
        let help = suggestion::did_you_mean(stem, &known).map_or_else(
            || "name it page.html, or after a reason code of docs/reasons.md".to_owned(),
            |code| format!("did you mean \"{code}.html\"?"),
        );
        report(format!("file {} is not the template of a page", quoted(name)), &help);
    }
    Templates::with(&files, &sample_pages()).unwrap_or_else(|errors| {
        for error in errors {
            report(format!("invalid template: {}/{error}", directory.value.display()), error.defect.help());
        }
        Templates::built_in()
    })
}

/// Name and text of each file in `directory`. Hidden files are ignored: editors create them.
fn files(directory: &Path) -> io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && entry.path().is_file() {
            let text = fs::read_to_string(entry.path())
                .map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
            files.push((name, text));
        }
    }
    files.sort();
    Ok(files)
}

fn is_known(name: &str) -> bool {
    let stem = name.strip_suffix(".html");
    stem.is_some_and(|stem| stem == "page" || ReasonCode::parse(stem).is_some())
}
