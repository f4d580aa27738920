//! Where a secret is, for what is read when it is used: whoever changes the file need not tell us.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::secret::Secret;

/// Where a secret is.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// At hand; it does not change.
    Fixed(Secret),
    /// In a file.
    File(PathBuf),
}

/// Why a file gives no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// It is absent or may not be read.
    #[error("{} cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// It is no UTF-8, or longer than 64 KiB.
    #[error("{} is no short text in UTF-8", .0.display())]
    NoText(PathBuf),
    /// There is nothing in it.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
}

impl SecretSource {
    /// The secret as it is now.
    pub fn read(&self) -> Result<Secret, SecretError> {
        match self {
            Self::Fixed(secret) => Ok(secret.clone()),
            Self::File(path) => read(path),
        }
    }
}

fn read(path: &Path) -> Result<Secret, SecretError> {
    let mut bytes = Zeroizing::new(Vec::new());
    fs::File::open(path)
        .and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
        .map_err(|source| SecretError::Unreadable(path.to_owned(), source))?;
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.trim().is_empty() => Err(SecretError::Empty(path.to_owned())),
        Ok(text) if bytes.len() as u64 <= LONGEST => Ok(Secret::new(without_newline(text))),
        _ => Err(SecretError::NoText(path.to_owned())),
    }
}

/// An editor's newline at the end is no part of a secret. It is one only, and blanks are the secret's own: a provider
/// compares what it is sent as it comes.
fn without_newline(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

const LONGEST: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::without_newline;

    #[test]
    fn s1_14_one_newline_at_the_end_is_taken_off_and_nothing_else() {
        for (written, secret) in [
            ("f", "f"),
            ("f\n", "f"),
            ("f\r\n", "f"),
            ("f\n\n", "f\n"),
            ("f \n", "f "),
            (" \"f\"", " \"f\""),
            ("f\r", "f\r"),
            ("\nf", "\nf"),
        ] {
            assert_eq!(without_newline(written), secret, "{written:?}");
        }
    }
}
