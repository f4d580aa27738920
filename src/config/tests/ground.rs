//! What the tests stand on: a directory with the files that configurations point to, and one sound configuration.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::config::{
    environment::Environment,
    problem::Problems,
    settings::{Settings, from_text},
    source::Source,
};

/// A sound configuration. Its line numbers are what the tables of mistakes speak of.
pub(super) const SOUND: &str = r#"public_url = "https://a.example"
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

/// A directory of its own, removed at the end.
pub(super) struct Ground(PathBuf);

impl Ground {
    pub(super) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("vestibule-config-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let ground = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(ground.path().join("pages")).expect("a directory");
        let own = rcgen::generate_simple_self_signed(["a.example".to_owned()]).expect("a certificate");
        let other = rcgen::generate_simple_self_signed(["b.example".to_owned()]).expect("a certificate");
        for (name, text) in [
            ("client-secret", "0123456789abcdef0123456789abcdef\n"),
            ("session-secret", "session-secret-0123456789abcdef-0123\n"),
            ("former-session-secret", "session-secret-abcdef0123456789-0123\n"),
            ("short-secret", "short\n"),
            ("empty", "\n"),
            ("tls.crt", &own.cert.pem()),
            ("tls.key", &own.signing_key.serialize_pem()),
            ("other.key", &other.signing_key.serialize_pem()),
            ("client.crt", &own.cert.pem()),
            ("client.key", &own.signing_key.serialize_pem()),
            ("platform-token", "e30.e30.c2ln"),
            ("idp-ca.pem", &other.cert.pem()),
            ("app-ca.pem", &own.cert.pem()),
            ("pages/page.html", include_str!("../../../config/pages/page.html")),
            ("pages/not-allowed.html", include_str!("../../../config/pages/not-allowed.html")),
        ] {
            ground.write(name, text);
        }
        ground
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Puts a file there that only its owner may read.
    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("rights");
    }

    /// Puts an empty directory there.
    pub(super) fn directory(&self, name: &str) {
        fs::create_dir_all(self.0.join(name)).expect("a directory");
    }

    /// Reads `text` with `variables` over it; `/etc/vestibule` is this directory.
    pub(super) fn read(&self, text: &str, variables: &[(&str, &str)]) -> Result<(Settings, Problems), Problems> {
        let text = text.replace("/etc/vestibule", &self.0.to_string_lossy());
        let environment: Environment =
            variables.iter().map(|(name, value)| [(*name).to_owned(), (*value).to_owned()]).collect();
        from_text(&Source::new("v.toml", text), &self.0, &environment)
    }

    /// The settings of a text that is sound.
    pub(super) fn settings(&self, text: &str, variables: &[(&str, &str)]) -> Settings {
        self.read(text, variables).unwrap_or_else(|problems| panic!("{problems}")).0
    }

    /// The problems of a text that is not.
    pub(super) fn problems(&self, text: &str, variables: &[(&str, &str)]) -> Problems {
        match self.read(text, variables) {
            Ok(_) => panic!("was read without a problem:\n{text}\n{variables:?}"),
            Err(problems) => problems,
        }
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

/// `text` with `line` (from 1) instead of what stands there.
pub(super) fn with_line(text: &str, number: usize, line: &str) -> String {
    let exchange = |(at, old): (usize, &str)| format!("{}\n", if at + 1 == number { line } else { old });
    text.lines().enumerate().map(exchange).collect()
}
