//! Secrets: read from where the file points to, never from the file itself.
//!
//! `{ file = "…" }`, `{ env = "NAME" }`, or `{ credential = "name" }`, which is a file of `$CREDENTIALS_DIRECTORY`
//! (systemd.exec(5), `LoadCredential=`).

use std::{fs, io::Read, os::unix::fs::PermissionsExt, path::Path};

use zeroize::Zeroizing;

use super::{
    problem::Spot,
    section::{Reader, Section, Written},
    source::{Node, Value},
};
use crate::base::Secret;

/// Where a secret may be.
pub(super) const KEYS: &[&str] = &["file", "env", "credential"];

impl Section<'_> {
    /// The secret that `key` points to.
    pub(super) fn secret(&self, key: &str) -> Option<Written<Secret>> {
        secret(self.reader, self.node(key)?, &self.key(key))
    }

    /// The secrets that `key` points to: one, or a list.
    pub(super) fn secrets(&self, key: &str) -> Vec<Written<Secret>> {
        match self.node(key).map(|node| &node.value) {
            Some(Value::List(items)) => {
                let each = |(at, node)| secret(self.reader, node, &format!("{}[{at}]", self.key(key)));
                items.iter().enumerate().filter_map(each).collect()
            }
            _ => self.secret(key).into_iter().collect(),
        }
    }
}

fn secret<'a>(reader: &'a Reader<'a>, node: &'a Node, key: &str) -> Option<Written<Secret>> {
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
    let text = match *only {
        "env" => from_environment(reader, &from),
        "credential" => from_credential(reader, &from),
        _ => {
            let path = reader.path(from.value);
            warn_if_public(reader, &from.spot, &path);
            from_file(reader, &from.spot, &path)
        }
    }?;
    if text.expose().trim().is_empty() {
        reader.wrong(&from.spot, "leads to an empty secret", "put the secret there");
        return None;
    }
    Some(Written { value: text, spot: from.spot })
}

fn from_environment(reader: &Reader<'_>, name: &Written<&str>) -> Option<Secret> {
    let value = reader.environment.value(name.value);
    if value.is_none() {
        let mend = "set it for the gateway's process, or point to a file";
        reader.wrong(&name.spot, "names an environment variable that is not set", mend);
    }
    value.map(Secret::new)
}

fn from_credential(reader: &Reader<'_>, name: &Written<&str>) -> Option<Secret> {
    if name.value.contains('/') || name.value.starts_with('.') {
        reader.wrong(&name.spot, "is no name of a credential", "write the name that LoadCredential= gives it");
        return None;
    }
    let Some(directory) = reader.environment.value("CREDENTIALS_DIRECTORY") else {
        let mend = "add LoadCredential= to the unit; outside of systemd point to a file";
        reader.wrong(&name.spot, "is a credential, but $CREDENTIALS_DIRECTORY is not set", mend);
        return None;
    };
    from_file(reader, &name.spot, &Path::new(directory).join(name.value))
}

fn from_file(reader: &Reader<'_>, spot: &Spot, path: &Path) -> Option<Secret> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = fs::File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        let wrong = format!("leads to {}, which cannot be read: {error}", path.display());
        reader.wrong(spot, wrong, "check the path, and that the gateway's user may read it");
        return None;
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) if bytes.len() as u64 <= LONGEST => Some(Secret::new(without_newline(text))),
        _ => {
            let wrong = format!("leads to {}, which is no short text in UTF-8", path.display());
            reader.wrong(spot, wrong, "keep the secret there as text; `openssl rand -base64 32` makes a good one");
            None
        }
    }
}

fn without_newline(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

/// Notes when others on this machine may read the file.
fn warn_if_public(reader: &Reader<'_>, spot: &Spot, path: &Path) {
    if fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o004 != 0) {
        let wrong = format!("leads to {}, which everybody on this machine may read", path.display());
        reader.warn(spot, wrong, "take the right away: chmod o-r");
    }
}

const LONGEST: u64 = 64 * 1024;
const SECRET_MEND: &str = "write { file = \"/path\" }, { env = \"NAME\" } or { credential = \"name\" } instead, and change the secret if others saw it";
