//! Worlds with another provider profile, configured by the lines of the test.

use std::{
    fs,
    sync::{Arc, LazyLock},
};

use vestibule::{app, server::ListenSettings};
use vestibule_harness::{
    app::LegacyApp,
    ca::TestCa,
    idp::{Profile, Provider, ProviderOptions, User},
};

use super::{LOG, TempDir, TestClock, World, start_gateway, wait_until};

/// The configuration of a world with another provider profile.
pub(crate) struct ProfileSetup {
    options: ProviderOptions,
    ca: TestCa,
    providers: String,
    routes: &'static str,
    unready: bool,
}

impl ProfileSetup {
    /// A provider of that profile with these users.
    pub(crate) fn new(profile: Profile, users: Vec<User>) -> Self {
        let ca = TestCa::new();
        let options = ProviderOptions { profile, users, ..ProviderOptions::tls(&ca) };
        let (providers, routes) = (String::new(), "[[route]]\nupstream = \"{app}\"\n");
        Self { options, ca, providers, routes, unready: false }
    }

    /// Adds a `[[provider]]`: `{idp}` is the base URL of the provider, `{other}` the same on another host.
    pub(crate) fn provider(mut self, name: &str, lines: &str) -> Self {
        let known = "client_id = \"vestibule\"\nclient_secret = { file = \"client-secret\" }\nca_file = \"ca.pem\"\n";
        self.providers.extend(["[[provider]]\nname = \"", name, "\"\n", known, lines, "\n\n"]);
        self
    }

    /// The `[[route]]` sections; `{app}` is replaced by the URL of the application.
    pub(crate) fn routes(self, routes: &'static str) -> Self {
        Self { routes, ..self }
    }

    /// Starts without waiting for readiness.
    pub(crate) fn without_waiting(self) -> Self {
        Self { unready: true, ..self }
    }

    pub(crate) async fn start(self) -> World {
        LazyLock::force(&LOG);
        let (folder, app, clock) = (TempDir::new(), LegacyApp::start(None), TestClock::default());
        let provider = Provider::start(self.options);
        let listen = ListenSettings { addresses: vec![([127, 0, 0, 1], 0).into()], tls: None };
        let probe = app::bind(&listen, None, 1).expect("a free port");
        let address = probe.addresses()[0];
        drop(probe);
        let url = format!("http://{address}");
        for name in ["idp", "second"] {
            provider.register_redirect_uri(&format!("{url}/.auth/login/{name}/callback"));
        }
        provider.register_post_logout_redirect_uri(&format!("{url}/.auth/logout/done"));
        let text = format!(
            "public_url = \"{url}\"\n\n[listen]\naddress = \"{address}\"\nadmin = \"127.0.0.1:0\"\n\n{}{}",
            self.providers, self.routes
        );
        let text = text.replace("{idp}", provider.base()).replace("{app}", &app.url());
        let text = text.replace("{other}", &provider.base().replacen("localhost", "127.0.0.1", 1));
        let files =
            [("vestibule.toml", &*text), ("client-secret", provider.client_secret()), ("ca.pem", &self.ca.pem())];
        for (name, text) in files {
            fs::write(folder.0.join(name), text).expect("a writable folder");
        }
        let metrics = Arc::default();
        let gateway = start_gateway(&folder.0, &clock, &metrics);
        let admin = format!("http://{}", gateway.admin().expect("an admin listener"));
        wait_until(|| self.unready || gateway.is_ready()).await;
        World { provider, app, ca: self.ca, clock, metrics, url, admin, gateway: Some(gateway), folder }
    }
}
