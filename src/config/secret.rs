//! Secrets: read from where the file points to, never from the file itself.
//!
//! `{ file = "…" }`, `{ env = "NAME" }`, or `{ credential = "name" }`, which is a file of `$CREDENTIALS_DIRECTORY`
//! (systemd.exec(5), `LoadCredential=`).

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::{
    problem::Spot,
    section::{Reader, Section, Written},
    source::{Node, Value},
};
use crate::base::{Secret, SecretError, SecretSource};

/// Where a secret may be.
pub(super) const KEYS: &[&str] = &["file", "env", "credential"];

/// A secret as it is now, and where it may be another one later.
pub(super) struct Found {
    pub(super) secret: Secret,
    pub(super) source: SecretSource,
}

impl Section<'_> {
    /// The secret that `key` points to.
    pub(super) fn secret(&self, key: &str) -> Option<Written<Found>> {
        secret(self.reader, self.node(key)?, &self.key(key))
    }

    /// The secrets that `key` points to: one, or a list.
    pub(super) fn secrets(&self, key: &str) -> Vec<Written<Secret>> {
        let found: Vec<_> = match self.node(key).map(|node| &node.value) {
            Some(Value::List(items)) => {
                let each = |(at, node)| secret(self.reader, node, &format!("{}[{at}]", self.key(key)));
                items.iter().enumerate().filter_map(each).collect()
            }
            _ => self.secret(key).into_iter().collect(),
        };
        found.into_iter().map(|written| written.map(|found| found.secret)).collect()
    }
}

fn secret<'a>(reader: &'a Reader<'a>, node: &'a Node, key: &str) -> Option<Written<Found>> {
    let spot = Spot { key: key.to_owned(), place: node.place.clone() };
    if !matches!(node.value, Value::Table(_)) {
        reader.hide(node);
        reader.wrong(&spot, "is a secret in the open", SECRET_MEND);
        return None;
    }
    let section = reader.section(node, key, KEYS)?;
    let given: Vec<&str> = KEYS.iter().copied().filter(|key| section.has(key)).collect();
    let [only] = given.as_slice() else {
        reader.wrong(&spot, "must name one place, and only one", SECRET_MEND);
        return None;
    };
    let from = section.text(only)?;
    let source = match *only {
        "env" => from_environment(reader, &from),
        "credential" => from_credential(reader, &from),
        _ => {
            let path = reader.path(from.value);
            warn_if_public(reader, &from.spot, &path);
            Some(SecretSource::File(path))
        }
    }?;
    let secret = read(reader, &from.spot, &source)?;
    Some(Written { value: Found { secret, source }, spot: from.spot })
}

fn from_environment(reader: &Reader<'_>, name: &Written<&str>) -> Option<SecretSource> {
    let value = reader.environment.value(name.value);
    if value.is_none() {
        let mend = "set it for the gateway's process, or point to a file";
        reader.wrong(&name.spot, "names an environment variable that is not set", mend);
    }
    value.map(|value| SecretSource::Fixed(Secret::new(value)))
}

fn from_credential(reader: &Reader<'_>, name: &Written<&str>) -> Option<SecretSource> {
    if name.value.contains('/') || name.value.starts_with('.') {
        reader.wrong(&name.spot, "is no name of a credential", "write the name that LoadCredential= gives it");
        return None;
    }
    let Some(directory) = reader.environment.value("CREDENTIALS_DIRECTORY") else {
        let mend = "add LoadCredential= to the unit; outside of systemd point to a file";
        reader.wrong(&name.spot, "is a credential, but $CREDENTIALS_DIRECTORY is not set", mend);
        return None;
    };
    Some(SecretSource::File(Path::new(directory).join(name.value)))
}

fn read(reader: &Reader<'_>, spot: &Spot, source: &SecretSource) -> Option<Secret> {
    match source.read() {
        Ok(secret) if !secret.expose().trim().is_empty() => return Some(secret),
        Ok(_) => empty(reader, spot),
        Err(error) => refuse(reader, spot, &error),
    }
    None
}

/// Says why a file gives no secret.
pub(super) fn refuse(reader: &Reader<'_>, spot: &Spot, error: &SecretError) {
    let leads_to = |path: &PathBuf| format!("leads to {}, which", path.display());
    match error {
        SecretError::Unreadable(path, cause) => {
            let wrong = format!("{} cannot be read: {cause}", leads_to(path));
            reader.wrong(spot, wrong, "check the path, and that the gateway's user may read it");
        }
        SecretError::NoText(path) => {
            let mend = "keep the secret there as text; `openssl rand -base64 32` makes a good one";
            reader.wrong(spot, format!("{} is no short text in UTF-8", leads_to(path)), mend);
        }
        SecretError::Empty(_) => empty(reader, spot),
    }
}

fn empty(reader: &Reader<'_>, spot: &Spot) {
    reader.wrong(spot, "leads to an empty secret", "put the secret there");
}

/// Notes when others on this machine may read the file.
fn warn_if_public(reader: &Reader<'_>, spot: &Spot, path: &Path) {
    if fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o004 != 0) {
        let wrong = format!("leads to {}, which everybody on this machine may read", path.display());
        reader.warn(spot, wrong, "take the right away: chmod o-r");
    }
}

const SECRET_MEND: &str = "write { file = \"/path\" }, { env = \"NAME\" } or { credential = \"name\" } instead, and change the secret if others saw it";
