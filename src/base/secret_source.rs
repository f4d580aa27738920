//! Where a secret is read from. Files are read for every use, so that changing them needs no restart.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::secret::Secret;

/// Where a secret is read from.
#[derive(Clone, Debug)]
pub(crate) enum SecretSource {
    /// A value of the configuration, which does not change.
    Fixed(Secret),
    /// A file, read for every use.
    File(PathBuf),
}

/// Why a file contains no usable secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    /// The file does not exist or cannot be read.
    #[error("{} cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// The file is not UTF-8, or longer than 64 KiB.
    #[error("{} is not UTF-8 text of at most 64 KiB", .0.display())]
    NotText(PathBuf),
    /// The file contains only whitespace.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
}

impl SecretSource {
    /// Reads the secret. A newline at the end of a file is not part of it.
    pub(crate) fn read(&self) -> Result<Secret, SecretError> {
        match self {
            Self::Fixed(secret) => Ok(secret.clone()),
            Self::File(path) => read(path),
        }
    }
}

fn read(path: &Path) -> Result<Secret, SecretError> {
    let mut bytes = Zeroizing::new(Vec::new());
    fs::File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|source| SecretError::Unreadable(path.to_owned(), source))?;
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.trim().is_empty() => Err(SecretError::Empty(path.to_owned())),
        Ok(text) if bytes.len() as u64 <= MAX_BYTES => Ok(Secret::new(without_newline(text))),
        _ => Err(SecretError::NotText(path.to_owned())),
    }
}

/// `text` without the newline that editors add at the end. Other whitespace belongs to the secret: a provider compares it
/// byte by byte.
fn without_newline(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

const MAX_BYTES: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::without_newline;

    // Covers: S1-14.
    #[test]
    fn only_one_final_newline_is_removed() {
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
