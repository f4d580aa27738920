//! A whole world for one test: provider, application and gateway, with one clock, and the log of what the gateway said.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tracing_subscriber::{Registry, fmt, layer::SubscriberExt, util::SubscriberInitExt};
use vestibule::{
    app::{self, Running, Surroundings},
    base::{Clock, SystemClock, Timestamp},
    config::{self, Environment, Settings},
    server::ListenSettings,
};
use vestibule_harness::{
    app::LegacyApp,
    browser::{Browser, Page},
    ca::TestCa,
    idp::{Provider, ProviderOptions, User},
};

/// Everything that is there.
pub(crate) struct World {
    pub(crate) provider: Provider,
    pub(crate) app: LegacyApp,
    pub(crate) ca: TestCa,
    pub(crate) clock: TestClock,
    pub(crate) url: String,
    pub(crate) admin: String,
    gateway: Option<Running>,
    _folder: Folder,
}

/// How a world differs from the plain one.
pub(crate) struct Setup {
    https: bool,
    provider: String,
    session: String,
    routes: String,
    trust: String,
    users: Vec<User>,
}

/// The machine's clock, moved forward as a test likes.
#[derive(Clone, Default)]
pub(crate) struct TestClock(Arc<AtomicU64>);

struct Folder(PathBuf);

impl World {
    /// Hybrid flow, one provider over TLS, one application behind `/`, on plain loopback.
    pub(crate) async fn start() -> Self {
        Setup::new().start().await
    }

    /// A browser that trusts the test authority.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(Some(&self.ca))
    }

    /// An address of the gateway.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Alice signs in, towards `path`.
    pub(crate) async fn sign_in(&self, browser: &Browser, path: &str) -> Page {
        browser.sign_in(self.at(path), "alice", "wonderland").await
    }

    /// A browser in which Alice is signed in.
    pub(crate) async fn signed_in(&self) -> Browser {
        let browser = self.browser();
        let page = self.sign_in(&browser, "/").await;
        assert_eq!(page.status, 200, "{:?}\n{}", page.trail(), page.body);
        browser
    }

    /// Moves the clock of gateway and provider.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.0.fetch_add(u64::try_from(by.as_micros()).expect("a test's span"), Ordering::SeqCst);
        self.provider.advance(by);
    }

    /// Stops the gateway: what is under way ends first.
    pub(crate) async fn stop(&mut self) {
        self.gateway.take().expect("a running gateway").stop().await.expect("a clean stop");
    }

    /// Asserts that `page` refuses for `reason`, and that page, log and audit agree on it.
    pub(crate) fn assert_refused(&self, page: &Page, reason: &str) {
        assert!(
            page.body.contains(&format!("<dd id=\"reason\">{reason}</dd>")),
            "{reason}: {:?}\n{}",
            page.trail(),
            page.body
        );
        let request = page.header("x-request-id").expect("a request id");
        assert!(page.body.contains(&format!("<dd id=\"request\">{request}</dd>")), "{}", page.body);
        let told = logged(request);
        let by = |target: &str| told.iter().filter(|line| line["target"] == target).cloned().collect::<Vec<_>>();
        let (log, audit) = (by("vestibule::flow::problem"), by("audit"));
        assert_eq!((log.len(), audit.len()), (1, 1), "{told:?}");
        assert_eq!((log[0]["reason"].as_str(), audit[0]["reason"].as_str()), (Some(reason), Some(reason)), "{told:?}");
    }
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self {
            https: false,
            provider: String::new(),
            session: String::new(),
            routes: String::new(),
            trust: String::new(),
            users: vec![User::alice(), User::bob()],
        }
    }

    /// TLS at the gateway.
    pub(crate) fn https(self) -> Self {
        Self { https: true, ..self }
    }

    /// Further lines of `[[provider]]`.
    pub(crate) fn provider(self, lines: &str) -> Self {
        Self { provider: lines.to_owned(), ..self }
    }

    /// Lines of `[session]`.
    pub(crate) fn session(self, lines: &str) -> Self {
        Self { session: lines.to_owned(), ..self }
    }

    /// The `[[route]]` sections; `{app}` stands for the application.
    pub(crate) fn routes(self, sections: &str) -> Self {
        Self { routes: sections.to_owned(), ..self }
    }

    /// Lines of `[trust]`.
    pub(crate) fn trust(self, lines: &str) -> Self {
        Self { trust: lines.to_owned(), ..self }
    }

    /// One more person who may sign in.
    pub(crate) fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    pub(crate) async fn start(self) -> World {
        LazyLock::force(&LOG);
        let folder = Folder::new();
        let ca = TestCa::new();
        let provider = Provider::start(ProviderOptions { users: self.users.clone(), ..ProviderOptions::tls(&ca) });
        let app = LegacyApp::start(None);
        let listen = ListenSettings { addresses: vec![([127, 0, 0, 1], 0).into()], tls: None };
        let probe = app::bind(&listen, None, 1).expect("a free port");
        let port = probe.addresses()[0].port();
        drop(probe);
        let url = format!("{}://127.0.0.1:{port}", if self.https { "https" } else { "http" });
        provider.register_redirect_uri(&format!("{url}/.auth/login/idp/callback"));
        provider.register_post_logout_redirect_uri(&format!("{url}/.auth/logout/done"));

        let settings = self.settings(&folder.0, &ca, &provider, &app, &url, port);
        let bound = app::bind(&settings.listen, settings.admin, 1).expect("the port found free");
        let clock = TestClock::default();
        let surroundings = Surroundings { clock: Arc::new(clock.clone()), ..Surroundings::real() };
        let gateway = app::start(settings, bound, surroundings).expect("a gateway");
        let admin = format!("http://{}", gateway.admin().expect("an admin listener"));
        until(|| gateway.is_ready()).await;
        World { provider, app, ca, clock, url, admin, gateway: Some(gateway), _folder: folder }
    }

    fn settings(
        &self,
        folder: &Path,
        ca: &TestCa,
        provider: &Provider,
        app: &LegacyApp,
        url: &str,
        port: u16,
    ) -> Settings {
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).expect("a writable folder");
            path.display().to_string()
        };
        let certificate = ca.issue(&["127.0.0.1"]);
        let tls = match self.https {
            true => format!(
                "tls = {{ certificate = \"{}\", key = \"{}\" }}",
                write("tls.crt", &certificate.chain_pem),
                write("tls.key", &certificate.key_pem)
            ),
            false => String::new(),
        };
        let routes = match self.routes.as_str() {
            "" => "[[route]]\nupstream = \"{app}\"\n",
            routes => routes,
        };
        let text = format!(
            "public_url = \"{url}\"\n\n[listen]\naddress = \"127.0.0.1:{port}\"\nadmin = \"127.0.0.1:0\"\n{tls}\n\n[trust]\n{}\n\n\
             [[provider]]\nname = \"idp\"\nissuer = \"{}\"\nclient_id = \"{}\"\nclient_secret = {{ file = \"{}\" }}\nca_file = \"{}\"\n{}\n\n\
             [session]\n{}\n\n{}",
            self.trust,
            provider.issuer(),
            provider.client_id(),
            write("client-secret", provider.client_secret()),
            write("ca.pem", &ca.pem()),
            self.provider,
            self.session,
            routes.replace("{app}", &app.url()),
        );
        let path = write("vestibule.toml", &text);
        match config::load(Path::new(&path), &Environment::of_process()) {
            Ok((settings, _warnings)) => settings,
            Err(problems) => panic!("{problems}"),
        }
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(Duration::from_micros(self.0.load(Ordering::SeqCst)))
    }
}

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("vestibule-it-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder for temporary files");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.0);
    }
}

/// Waits until `condition` holds.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The log lines about one request.
pub(crate) fn logged(request: &str) -> Vec<Value> {
    everything_logged()
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["request"] == request)
        .collect()
}

/// All that any gateway of this process has logged.
pub(crate) fn everything_logged() -> String {
    String::from_utf8(LOG.lock().expect("the log").clone()).expect("UTF-8")
}

static LOG: LazyLock<Arc<Mutex<Vec<u8>>>> = LazyLock::new(|| {
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = fmt::layer().json().flatten_event(true).with_writer(Kept(Arc::clone(&log)));
    let filter = tracing_subscriber::EnvFilter::new("info,vestibule=trace");
    Registry::default().with(filter).with(lines).init();
    log
});

#[derive(Clone)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> fmt::MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
