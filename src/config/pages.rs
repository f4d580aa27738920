//! `[pages]`: how the gateway's own pages look. Every page is written once, in every language, before templates are used.

use std::{fs, io, path::Path};

use super::{section::Section, spelling};
use crate::{flow::sample_pages, reason::ReasonCode, web::Templates};

pub(super) const KEYS: &[&str] = &["templates"];

/// Reads `[pages]`. Of a template that is wrong, file and line are told.
pub(super) fn read(section: &Section<'_>) -> Templates {
    let Some(directory) = section.path("templates") else { return Templates::built_in() };
    let wrong = |wrong: String, mend: &str| section.reader.wrong(&directory.spot, wrong, mend);
    let files = match files(&directory.value) {
        Ok(files) if files.is_empty() => {
            wrong("has no template in it".to_owned(), "put page.html there, or leave the key out");
            return Templates::built_in();
        }
        Ok(files) => files,
        Err(error) => {
            wrong(format!("cannot be read: {error}"), "name a directory of UTF-8 files, or leave the key out");
            return Templates::built_in();
        }
    };
    for (name, _) in files.iter().filter(|(name, _)| !is_known(name)) {
        let known: Vec<&str> = ReasonCode::ALL.iter().map(|reason| reason.as_str()).collect();
        let stem = name.strip_suffix(".html").unwrap_or(name);
        let mend = spelling::meant(stem, &known).map_or_else(
            || "name it page.html, or after a reason code of docs/reasons.md".to_owned(),
            |meant| format!("did you mean \"{meant}.html\"?"),
        );
        wrong(format!("has a file \"{name}\" that is for no page"), &mend);
    }
    Templates::with(&files, &sample_pages()).unwrap_or_else(|errors| {
        for error in errors {
            let place = directory.value.display();
            wrong(format!("leads to a template that cannot be used: {place}/{error}"), error.defect.help());
        }
        Templates::built_in()
    })
}

/// Name and text of each file in `directory`; those whose names begin with a dot are an editor's.
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
