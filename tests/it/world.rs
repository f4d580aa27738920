//! The environment of one test: provider, application and gateway, with one clock and one log.

use std::{
    fs,
    net::SocketAddr,
    panic::Location,
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use vestibule::{
    app::{self, Dependencies, RunningGateway},
    base::{Clock, SystemClock, Timestamp},
    config::{self, Environment},
    server::ListenSettings,
    telemetry::Metrics,
};
use vestibule_harness::{
    app::LegacyApp,
    browser::{Browser, Page},
    ca::TestCa,
    idp::{Fault, Provider, ProviderOptions, User},
    raw,
};

pub(crate) mod profile_setup;
mod temp_dir;

use temp_dir::TempDir;

use crate::log::{LOG, access_log};
pub(crate) use crate::log::{everything_logged, logged};

/// A running provider, application and gateway.
pub(crate) struct World {
    pub(crate) provider: Provider,
    pub(crate) app: LegacyApp,
    pub(crate) ca: TestCa,
    pub(crate) clock: TestClock,
    /// The counters of the gateway, which a restart continues.
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) url: String,
    pub(crate) admin: String,
    gateway: Option<RunningGateway>,
    folder: TempDir,
}

/// The configuration of a world.
pub(crate) struct Setup {
    tls: Tls,
    with_localhost: bool,
    provider: String,
    session: String,
    pub(crate) shutdown: String,
    routes: String,
    trust: String,
    limits: String,
    users: Vec<User>,
    faults: Vec<&'static str>,
    unready: bool,
    provider_down: bool,
    prefix: &'static str,
    issuer_path: &'static str,
}

/// Where TLS ends.
#[derive(PartialEq)]
enum Tls {
    Off,
    AtGateway,
    AtProxy,
}

/// The system clock plus an offset that a test moves forward.
#[derive(Clone, Default)]
pub(crate) struct TestClock(Arc<AtomicU64>);

impl World {
    /// Hybrid flow, one provider over TLS, one application behind `/`, on plain loopback.
    pub(crate) async fn start() -> Self {
        Setup::new().start().await
    }

    /// A browser that trusts the test authority.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(Some(&self.ca))
    }

    /// A URL of the gateway.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Signs Alice in, with `path` as the wanted page.
    pub(crate) async fn sign_in(&self, browser: &Browser, path: &str) -> Page {
        browser.sign_in(self.at(path), "alice", "wonderland").await
    }

    /// A browser with a session of Alice.
    pub(crate) async fn signed_in(&self) -> Browser {
        let browser = self.browser();
        let page = self.sign_in(&browser, "/").await;
        assert_eq!(page.status, 200, "{:?}\n{}", page.history(), page.body);
        browser
    }

    /// Advances the clocks of gateway and provider.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.0.fetch_add(u64::try_from(by.as_micros()).expect("a test's span"), Ordering::SeqCst);
        self.provider.advance(by);
    }

    /// Stops the gateway; running requests are finished first.
    pub(crate) async fn stop(&mut self) {
        self.gateway.take().expect("a running gateway").stop().await.expect("a clean stop");
    }

    /// Asserts that `page` refuses with `reason`, and that page, log and audit log name the same reason.
    #[expect(clippy::unused_self, reason = "a claim about this world, like the others")]
    pub(crate) fn assert_refused(&self, page: &Page, reason: &str) {
        assert!(
            page.body.contains(&format!("<dd id=\"reason\">{reason}</dd>")),
            "{reason}: {:?}\n{}",
            page.history(),
            page.body
        );
        let request = page.header("x-request-id").expect("a request id");
        assert!(page.body.contains(&format!("<dd id=\"request\">{request}</dd>")), "{}", page.body);
        let lines_of_request = logged(request);
        let by =
            |target: &str| lines_of_request.iter().filter(|line| line["target"] == target).cloned().collect::<Vec<_>>();
        let (log, audit) = (by("vestibule::flow::error"), by("audit"));
        assert_eq!((log.len(), audit.len()), (1, 1), "{lines_of_request:?}");
        assert_eq!(
            (log[0]["reason"].as_str(), audit[0]["reason"].as_str()),
            (Some(reason), Some(reason)),
            "{lines_of_request:?}"
        );
    }

    /// Stops the gateway and starts it again with the same configuration and address.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        let gateway = start_gateway(&self.folder.0, &self.clock, &self.metrics);
        self.admin = format!("http://{}", gateway.admin().expect("an admin listener"));
        wait_until(|| gateway.is_ready()).await;
        self.gateway = Some(gateway);
    }

    /// The gateway itself, for a test that stops it while requests run.
    pub(crate) fn take_gateway(&mut self) -> RunningGateway {
        self.gateway.take().expect("a running gateway")
    }

    /// The configuration file of the gateway.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.folder.0.join("vestibule.toml")
    }

    /// `host:port`, as browsers write it into `Host`.
    pub(crate) fn authority(&self) -> &str {
        self.url.split_once("://").expect("a scheme").1
    }

    /// The address of the gateway's listener.
    pub(crate) fn address(&self) -> SocketAddr {
        self.authority().parse().expect("an address")
    }

    /// The response, as text, to a request whose first line and fields are sent byte by byte; `Host` is added.
    pub(crate) async fn raw(&self, line: &str, fields: &[&str]) -> String {
        let host = format!("Host: {}", self.authority());
        let request = [&[&*host], fields, &["", ""]].concat().join("\r\n");
        let request = format!("{line} HTTP/1.1\r\n{request}");
        String::from_utf8_lossy(&raw::exchange(self.address(), request.as_bytes()).await).into_owned()
    }
}

/// The `Cookie` field with the session of `browser`.
pub(crate) fn session_cookie_field(browser: &Browser) -> String {
    format!("Cookie: vestibule={}", browser.cookie("vestibule").expect("a session").value)
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self {
            tls: Tls::Off,
            with_localhost: false,
            provider: String::new(),
            session: String::new(),
            shutdown: "idle = \"0s\"".to_owned(),
            routes: String::new(),
            trust: String::new(),
            limits: String::new(),
            users: vec![User::alice(), User::bob()],
            faults: Vec::new(),
            unready: false,
            provider_down: false,
            prefix: "/.auth",
            issuer_path: "",
        }
    }

    /// TLS at the gateway.
    pub(crate) fn https(self) -> Self {
        Self { tls: Tls::AtGateway, ..self }
    }

    /// Further lines of `[[provider]]`; lines that begin with `client_` replace the client secret.
    pub(crate) fn provider(self, lines: &str) -> Self {
        Self { provider: lines.to_owned(), ..self }
    }

    /// The provider answers 503 until a test changes it; the start does not wait for readiness.
    pub(crate) fn provider_down(self) -> Self {
        Self { provider_down: true, ..self }
    }

    /// Lines of `[session]`; `{secret}` is replaced by the path of a file with a secret.
    pub(crate) fn session(self, lines: &str) -> Self {
        Self { session: lines.to_owned(), ..self }
    }

    /// The `[[route]]` sections; `{app}` is replaced by the URL of the application.
    pub(crate) fn routes(self, sections: &str) -> Self {
        Self { routes: sections.to_owned(), ..self }
    }

    /// Lines of `[trust]`.
    pub(crate) fn trust(self, lines: &str) -> Self {
        Self { trust: lines.to_owned(), ..self }
    }

    /// Lines of `[limits]`.
    pub(crate) fn limits(self, lines: &str) -> Self {
        Self { limits: lines.to_owned(), ..self }
    }

    /// The users of the provider.
    pub(crate) fn users(self, users: Vec<User>) -> Self {
        Self { users, ..self }
    }

    /// Adds a user of the provider.
    pub(crate) fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    /// An https origin while the gateway listens on plain http, as behind a proxy that ends TLS.
    pub(crate) fn behind_proxy(self) -> Self {
        Self { tls: Tls::AtProxy, ..self }
    }

    /// Adds a second origin, `localhost`.
    pub(crate) fn with_localhost(self) -> Self {
        Self { with_localhost: true, ..self }
    }

    /// A fault that the provider has from the start.
    pub(crate) fn fault(mut self, id: &'static str) -> Self {
        self.faults.push(id);
        self
    }

    /// Sets `prefix`.
    pub(crate) fn prefix(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    /// Gives the issuer a path.
    pub(crate) fn issuer_path(self, issuer_path: &'static str) -> Self {
        Self { issuer_path, ..self }
    }

    /// Starts without waiting for readiness.
    pub(crate) fn without_waiting(self) -> Self {
        Self { unready: true, ..self }
    }

    pub(crate) async fn start(self) -> World {
        LazyLock::force(&LOG);
        let folder = TempDir::new();
        let ca = TestCa::new();
        let (users, issuer_path) = (self.users.clone(), self.issuer_path.to_owned());
        let provider = Provider::start(ProviderOptions { users, issuer_path, ..ProviderOptions::tls(&ca) });
        for id in &self.faults {
            provider.fault(Fault::by_id(id));
        }
        let app = LegacyApp::start(None);
        let listen = ListenSettings { addresses: vec![([127, 0, 0, 1], 0).into()], tls: None };
        let probe = app::bind(&listen, None, 1).expect("a free port");
        let port = probe.addresses()[0].port();
        drop(probe);
        let url = format!("{}://127.0.0.1:{port}", if self.tls == Tls::Off { "http" } else { "https" });
        for origin in self.origins(&url) {
            provider.register_redirect_uri(&format!("{origin}{}/login/idp/callback", self.prefix));
            provider.register_post_logout_redirect_uri(&format!("{origin}{}/logout/done", self.prefix));
        }

        self.write_settings(&folder.0, &ca, &provider, &app, &url, port);
        provider.unavailable(self.provider_down);
        let (clock, metrics) = (TestClock::default(), Arc::default());
        let gateway = start_gateway(&folder.0, &clock, &metrics);
        let admin = format!("http://{}", gateway.admin().expect("an admin listener"));
        wait_until(|| self.unready || self.provider_down || gateway.is_ready()).await;
        World { provider, app, ca, clock, metrics, url, admin, gateway: Some(gateway), folder }
    }

    fn origins(&self, url: &str) -> Vec<String> {
        let second = self.with_localhost.then(|| url.replacen("127.0.0.1", "localhost", 1));
        [Some(url.to_owned()), second].into_iter().flatten().collect()
    }

    fn write_settings(&self, folder: &Path, ca: &TestCa, provider: &Provider, app: &LegacyApp, url: &str, port: u16) {
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).expect("a writable folder");
            path.display().to_string()
        };
        let certificate = ca.issue(&["127.0.0.1", "localhost"]);
        let tls = if self.tls == Tls::AtGateway {
            format!(
                "tls = {{ certificate = \"{}\", key = \"{}\" }}",
                write("tls.crt", &certificate.chain_pem),
                write("tls.key", &certificate.key_pem)
            )
        } else {
            String::new()
        };
        let routes = if self.routes.is_empty() { "[[route]]\nupstream = \"{app}\"\n" } else { &self.routes };
        let text = format!(
            "public_url = {:?}\nprefix = {:?}\n\n[listen]\naddress = \"127.0.0.1:{port}\"\nadmin = \"127.0.0.1:0\"\n{tls}\n\n[limits]\n{}\n\n[trust]\n{}\n\n\
             [[provider]]\nname = \"idp\"\nissuer = \"{}\"\nclient_id = \"{}\"\n{}\nca_file = \"{}\"\n{}\n\n\
             [session]\n{}\n\n[shutdown]\n{}\n\n{}",
            self.origins(url),
            self.prefix,
            self.limits,
            self.trust,
            provider.issuer(),
            provider.client_id(),
            if self.provider.starts_with("client_") {
                String::new()
            } else {
                format!("client_secret = {{ file = {:?} }}", write("client-secret", provider.client_secret()))
            },
            write("ca.pem", &ca.pem()),
            self.provider,
            self.session.replace("{secret}", &write("session-secret", "a secret of more than thirty-two bytes\n")),
            self.shutdown,
            routes.replace("{app}", &app.url()),
        );
        write("vestibule.toml", &text);
    }
}

/// Starts a gateway with the configuration in `folder`.
fn start_gateway(folder: &Path, clock: &TestClock, metrics: &Arc<Metrics>) -> RunningGateway {
    let settings = match config::load(&folder.join("vestibule.toml"), &Environment::of_process()) {
        Ok((settings, _warnings)) => settings,
        Err(problems) => panic!("{problems}"),
    };
    let bound = app::bind(&settings.listen, settings.admin, 1).expect("the port found free");
    let dependencies = Dependencies {
        clock: Arc::new(clock.clone()),
        access_log: Some(access_log(&settings, metrics)),
        metrics: Arc::clone(metrics),
        ..Dependencies::system()
    };
    app::start(settings, bound, dependencies).expect("a gateway")
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(Duration::from_micros(self.0.load(Ordering::SeqCst)))
    }
}

/// Waits until `condition` holds. Panics with the location of the caller when it does not hold after [`HANGING`].
#[track_caller]
pub(crate) fn wait_until(condition: impl Fn() -> bool) -> impl Future<Output = ()> {
    let caller = Location::caller();
    let holds = async move {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    async move {
        let result = tokio::time::timeout(HANGING, holds).await;
        assert!(result.is_ok(), "{caller}: the condition does not hold after {HANGING:?}");
    }
}

/// A wait of this length never ends. The bound only turns a test that hangs into one that fails; it says nothing about speed.
const HANGING: Duration = Duration::from_secs(60);
