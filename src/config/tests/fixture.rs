//! A directory with the files that configurations refer to, and a valid configuration.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::config::{
    diagnostic::Diagnostics,
    environment::Environment,
    settings::{Settings, from_source},
    source::Source,
};

/// A valid configuration. The tables of errors refer to its line numbers.
pub(super) const VALID: &str = r#"public_url = "https://a.example"
[listen]
address = "127.0.0.1:4180"
[trust]
proxies = ["127.0.0.1"]
[[provider]]
name = "idp"
issuer = "https://idp.example"
client_id = "gateway"
client_secret = { file = "client-secret" }
[session]
idle = "1h"
[[route]]
upstream = "http://127.0.0.1:8080"
"#;

/// A temporary directory, removed on drop.
pub(super) struct Fixture(PathBuf);

impl Fixture {
    pub(super) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("vestibule-config-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let fixture = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(fixture.path().join("pages")).expect("a directory");
        let server = rcgen::generate_simple_self_signed(["a.example".to_owned()]).expect("a certificate");
        let other = rcgen::generate_simple_self_signed(["b.example".to_owned()]).expect("a certificate");
        for (name, text) in [
            ("client-secret", "0123456789abcdef0123456789abcdef\n"),
            ("session-secret", "session-secret-0123456789abcdef-0123\n"),
            ("former-session-secret", "session-secret-abcdef0123456789-0123\n"),
            ("short-secret", "short\n"),
            ("empty", "\n"),
            ("tls.crt", &server.cert.pem()),
            ("tls.key", &server.signing_key.serialize_pem()),
            ("other.key", &other.signing_key.serialize_pem()),
            ("client.crt", &server.cert.pem()),
            ("client.key", &server.signing_key.serialize_pem()),
            ("platform-token", "e30.e30.c2ln"),
            ("idp-ca.pem", &other.cert.pem()),
            ("app-ca.pem", &server.cert.pem()),
            ("pages/page.html", include_str!("../../../config/pages/page.html")),
            ("pages/not-allowed.html", include_str!("../../../config/pages/not-allowed.html")),
        ] {
            fixture.write(name, text);
        }
        fixture
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file that only its owner may read.
    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("rights");
    }

    /// Creates an empty directory.
    pub(super) fn directory(&self, name: &str) {
        fs::create_dir_all(self.0.join(name)).expect("a directory");
    }

    /// Loads `text`, overridden by `variables`. `/etc/vestibule` in `text` stands for this directory.
    pub(super) fn read(&self, text: &str, variables: &[(&str, &str)]) -> Result<(Settings, Diagnostics), Diagnostics> {
        let text = text.replace("/etc/vestibule", &self.0.to_string_lossy());
        let environment: Environment =
            variables.iter().map(|(name, value)| [(*name).to_owned(), (*value).to_owned()]).collect();
        from_source(&Source::new("v.toml", text), &self.0, &environment)
    }

    /// The settings of a valid text.
    pub(super) fn settings(&self, text: &str, variables: &[(&str, &str)]) -> Settings {
        self.read(text, variables).unwrap_or_else(|errors| panic!("{errors}")).0
    }

    /// The errors of an invalid text.
    pub(super) fn errors(&self, text: &str, variables: &[(&str, &str)]) -> Diagnostics {
        match self.read(text, variables) {
            Ok(_) => panic!("no error in:\n{text}\n{variables:?}"),
            Err(errors) => errors,
        }
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

/// `text` with the line `number` (from 1) replaced by `line`.
pub(super) fn with_line(text: &str, number: usize, line: &str) -> String {
    let replace = |(at, old): (usize, &str)| format!("{}\n", if at + 1 == number { line } else { old });
    text.lines().enumerate().map(replace).collect()
}
