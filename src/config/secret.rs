//! References to secrets. A secret is never written into the configuration file.
//!
//! `{ file = "…" }`, `{ env = "NAME" }`, or `{ credential = "name" }`, which is a file in `$CREDENTIALS_DIRECTORY`
//! (systemd.exec(5), `LoadCredential=`).

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::{
    diagnostic::Span,
    section::{Reader, Section, Spanned, quoted},
    source::{Node, Value},
};
use crate::base::{Secret, SecretError, SecretSource};

/// The keys of a reference, of which exactly one is written.
pub(super) const KEYS: &[&str] = &["file", "env", "credential"];

/// A secret with its source.
pub(super) struct Found {
    /// The secret at the time of reading.
    pub(super) secret: Secret,
    /// The source, from which a new secret is read after a rotation.
    pub(super) source: SecretSource,
}

impl Section<'_> {
    /// The secret that `key` refers to.
    pub(super) fn secret(&self, key: &str) -> Option<Spanned<Found>> {
        secret(self.reader, self.node(key)?, &self.key(key))
    }

    /// The secrets that `key` refers to with one reference or an array of references.
    pub(super) fn secrets(&self, key: &str) -> Vec<Spanned<Secret>> {
        let found: Vec<_> = match self.node(key).map(|node| &node.value) {
            Some(Value::Array(items)) => {
                let each = |(at, node)| secret(self.reader, node, &format!("{}[{at}]", self.key(key)));
                items.iter().enumerate().filter_map(each).collect()
            }
            _ => self.secret(key).into_iter().collect(),
        };
        found.into_iter().map(|spanned| spanned.map(|found| found.secret)).collect()
    }
}

fn secret<'a>(reader: &'a Reader<'a>, node: &'a Node, key: &str) -> Option<Spanned<Found>> {
    let span = Span { key: key.to_owned(), location: node.location.clone() };
    if !matches!(node.value, Value::Table(_)) {
        reader.hide(node);
        reader.error(&span, "secret in the configuration file", SECRET_HELP);
        return None;
    }
    let section = reader.section(node, key, KEYS)?;
    let present: Vec<&str> = KEYS.iter().copied().filter(|key| section.has(key)).collect();
    let [only] = present.as_slice() else {
        let message = format!("expected exactly one of file, env and credential, found {}", present.len());
        reader.error(&span, message, SECRET_HELP);
        return None;
    };
    let reference = section.string(only)?;
    let source = match *only {
        "env" => from_environment(reader, &reference),
        "credential" => from_credential(reader, &reference),
        _ => {
            let path = reader.path(reference.value);
            warn_if_public(reader, &reference.span, &path);
            Some(SecretSource::File(path))
        }
    }?;
    let secret = read(reader, &reference.span, &source)?;
    Some(Spanned { value: Found { secret, source }, span: reference.span })
}

fn from_environment(reader: &Reader<'_>, name: &Spanned<&str>) -> Option<SecretSource> {
    let Some(value) = reader.environment.value(name.value) else {
        refuse_unset(reader, name);
        return None;
    };
    Some(SecretSource::Fixed(Secret::new(value)))
}

/// Reports an environment variable that is not set. A text that is not in the usual form of a variable name may be the
/// secret itself, and is not printed.
fn refuse_unset(reader: &Reader<'_>, name: &Spanned<&str>) {
    let is_usual = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let (message, help) = if name.value.bytes().all(is_usual) {
        let message = format!("environment variable {} is not set", quoted(name.value));
        (message, "set it for the gateway's process, or use a file")
    } else {
        reader.hidden.borrow_mut().push(name.span.location.clone());
        let message = "the value names no environment variable that is set".to_owned();
        (message, "write the name of a variable, such as env = \"CLIENT_SECRET\", not the secret itself; or use a file")
    };
    reader.error(&name.span, message, help);
}

fn from_credential(reader: &Reader<'_>, name: &Spanned<&str>) -> Option<SecretSource> {
    if name.value.contains('/') || name.value.starts_with('.') {
        let message = format!("invalid credential name {}", quoted(name.value));
        reader.error(&name.span, message, "write the name from LoadCredential= in the systemd unit");
        return None;
    }
    let Some(directory) = reader.environment.value("CREDENTIALS_DIRECTORY") else {
        let help = "add LoadCredential= to the systemd unit; without systemd, use a file";
        reader.error(&name.span, "$CREDENTIALS_DIRECTORY is not set", help);
        return None;
    };
    Some(SecretSource::File(Path::new(directory).join(name.value)))
}

fn read(reader: &Reader<'_>, span: &Span, source: &SecretSource) -> Option<Secret> {
    match source.read() {
        Ok(secret) if !secret.expose().trim().is_empty() => return Some(secret),
        Ok(_) => refuse_empty(reader, span),
        Err(error) => refuse(reader, span, &error),
    }
    None
}

/// Reports why a file does not contain a secret.
pub(super) fn refuse(reader: &Reader<'_>, span: &Span, error: &SecretError) {
    let file = |path: &PathBuf| path.display().to_string();
    match error {
        SecretError::Unreadable(path, cause) => {
            let message = format!("cannot read {}: {cause}", file(path));
            reader.error(span, message, "check the path, and that the gateway's user may read the file");
        }
        SecretError::NotText(path) => {
            let help = "store the secret as text; `openssl rand -base64 32` generates one";
            reader.error(span, format!("{} is not UTF-8 text of at most 64 KiB", file(path)), help);
        }
        SecretError::Empty(_) => refuse_empty(reader, span),
    }
}

fn refuse_empty(reader: &Reader<'_>, span: &Span) {
    reader.error(span, "the secret is empty", "write the secret there");
}

fn warn_if_public(reader: &Reader<'_>, span: &Span, path: &Path) {
    if fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0) {
        let message = format!("every user of this machine may read {}", path.display());
        reader.warn(span, message, "remove the permission: chmod o-r");
    }
}

const SECRET_HELP: &str = "write { file = \"/path\" }, { env = \"NAME\" } or { credential = \"name\" }; replace the secret if others may have seen it";
