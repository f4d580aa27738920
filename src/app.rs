//! The composition root: builds a running gateway from the settings. Only this file chooses the concrete types.

use std::{
    future::pending,
    io,
    net::{SocketAddr, TcpListener as StdListener},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use http::Request;
use hyper::body::Incoming;
use tokio::{
    net::TcpListener,
    runtime::Handle,
    task::JoinSet,
    time::{MissedTickBehavior, sleep},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use tracing::{field, info, warn};

use crate::{
    base::{Clock, KeyRing, Random, SystemClock, SystemRandom, chain},
    config::Settings,
    edge::{self, AccessLog, Admin, ProxiedRequests, Shared},
    flow::{Paths, RelyingParty, RelyingPartyParts},
    provider::{HttpsFetch, Provider, ProviderParts, TrustError, client_config},
    reason::ReasonCode,
    server::{
        self, BindError, ConnectionPeer, Connections, HttpService, Limits, ListenSettings, Listeners, ReloadableTls,
        RunError, Shutdown, ShutdownSettings, TlsError, WorkerCallbacks, Workers,
    },
    session::MemoryStore,
    stream::Streams,
    telemetry::{LineWriter, Metrics, audit::AuditLog},
};

/// What a gateway needs besides its settings. Tests pass a clock that they control.
#[derive(Clone)]
pub struct Dependencies {
    /// The source of the current time.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub random: Arc<dyn Random>,
    /// The writer of the access log; `None` turns the access log off.
    pub access_log: Option<LineWriter>,
    /// The counters of the process.
    pub metrics: Arc<Metrics>,
}

/// The bound listening sockets of a gateway. Connections wait in the kernel's queue until [`start`] serves them.
pub struct BoundListeners {
    public: Listeners,
    admin: Option<StdListener>,
}

/// A running gateway. Dropping the value starts the shutdown and does not wait for its end.
pub struct RunningGateway {
    party: Arc<RelyingParty>,
    workers: Workers,
    /// Starts the drain of the public listeners.
    shutdown: DropGuard,
    settings: ShutdownSettings,
    tasks: TaskTracker,
    tls: Option<Arc<ReloadableTls>>,
    admin: Option<SocketAddr>,
    /// Makes the gateway unready.
    stopping: DropGuard,
    /// The admin listener, which answers probes until the end of the drain, and periodic work.
    _background: JoinSet<()>,
}

/// What a running gateway can replace.
pub(crate) struct Reloader {
    party: Arc<RelyingParty>,
    tls: Option<Arc<ReloadableTls>>,
}

/// Why a gateway did not start, or ended early.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A public listener could not be opened.
    #[error("cannot listen")]
    Bind(#[from] BindError),
    /// The admin listener could not be opened.
    #[error("cannot listen on the admin address {0}")]
    Admin(SocketAddr, #[source] io::Error),
    /// The `ca_file` of a provider could not be loaded.
    #[error("cannot load the ca_file of provider \"{0}\"")]
    Trust(String, #[source] TrustError),
    /// The operating system refused a resource: the runtime, a signal handler or the thread of the log writer.
    #[error("the operating system refused a resource that the gateway needs")]
    System(#[from] io::Error),
    /// A worker did not start, or ended before the shutdown.
    #[error("a worker ended")]
    Run(#[from] RunError),
}

/// Binds the public addresses for `workers` worker threads, and the admin address.
pub fn bind(listen: &ListenSettings, admin: Option<SocketAddr>, workers: usize) -> Result<BoundListeners, StartError> {
    let public = server::bind(listen, workers)?;
    let admin =
        admin.map(|address| bind_admin(address).map_err(|error| StartError::Admin(address, error))).transpose()?;
    Ok(BoundListeners { public, admin })
}

/// Starts to serve on `listeners`. Background tasks, and tasks that must outlive a request, run on the current runtime.
pub fn start(
    settings: Settings,
    listeners: BoundListeners,
    dependencies: Dependencies,
) -> Result<RunningGateway, StartError> {
    let (tasks, stopping, shutdown) = (TaskTracker::new(), CancellationToken::new(), Shutdown::new(settings.shutdown));
    // Dropped if a later step fails, as the background tasks are.
    let (guard, BoundListeners { public, admin }, limits) = (shutdown.start_on_drop(), listeners, settings.limits);
    let party = Arc::new(relying_party(&settings, &dependencies, tasks.clone())?);
    let (tls, mut background) = (public.tls(), periodic_work(&party, public.tls()));
    let admin_address = admin.as_ref().map(StdListener::local_addr).transpose()?;
    let addresses: Vec<_> = public.addresses().iter().map(SocketAddr::to_string).collect();
    info!(addresses = addresses.join(", "), admin = admin_address.map(field::display), "listening");
    let shared = Shared {
        party: Arc::clone(&party),
        origins: settings.origins,
        trust: settings.trust,
        routes: settings.routes,
        clock: Arc::clone(&dependencies.clock),
        templates: settings.templates,
        streams: Arc::new(Streams::new(settings.streams, Arc::clone(&dependencies.metrics))),
        proxied_requests: ProxiedRequests::new(limits.requests_per_client),
        random: Arc::clone(&dependencies.random),
        audit: AuditLog::new(Arc::clone(&dependencies.metrics)),
    };
    let metrics = Arc::clone(&dependencies.metrics);
    let workers = start_workers((public, limits), shared, dependencies, &shutdown)?;
    if let Some(listener) = admin {
        let (party, heartbeats, stopping) = (Arc::clone(&party), Arc::clone(workers.heartbeats()), stopping.clone());
        let liveness_timeout = settings.liveness_timeout;
        let admin = Admin { party, metrics, heartbeats, liveness_timeout, stopping, version: VERSION, commit: COMMIT };
        background.spawn(admin_server(listener, admin, limits, settings.shutdown)?);
    }
    Ok(RunningGateway {
        party,
        workers,
        shutdown: guard,
        settings: shutdown.settings(),
        tasks,
        tls,
        admin: admin_address,
        stopping: stopping.drop_guard(),
        _background: background,
    })
}

impl Dependencies {
    /// The clock and the randomness of the system, no access log.
    #[must_use]
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), random: Arc::new(SystemRandom), access_log: None, metrics: Arc::default() }
    }
}

impl BoundListeners {
    /// The public addresses, with the assigned port in place of port 0.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.public.addresses()
    }
}

impl Reloader {
    /// Reads the certificate of the public listeners again. `None` without TLS. On an error the current one stays in use.
    pub(crate) fn reload_certificate(&self) -> Option<Result<(), TlsError>> {
        self.tls.as_ref().map(|tls| tls.reload())
    }

    /// Replaces the keys that seal cookies.
    pub(crate) fn replace_keys(&self, keys: KeyRing) {
        self.party.replace_keys(keys);
    }
}

impl RunningGateway {
    /// Replaces parts of the gateway while it runs.
    pub(crate) fn reloader(&self) -> Reloader {
        Reloader { party: Arc::clone(&self.party), tls: self.tls.clone() }
    }

    /// The bound admin address; `None` without an admin listener.
    #[must_use]
    pub fn admin(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// Whether every provider is ready to sign people in.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.party.is_ready()
    }

    /// Serves until `stop` resolves. Then the gateway is not ready, and serves as before for the delay of the shutdown. Then
    /// it drains: no new connections are accepted, tunnels are closed, open requests and the tasks that outlive a request
    /// finish. Returns at the end of the drain, when `stop_now` resolves, or early with an error when a worker fails.
    pub async fn run(
        self,
        stop: impl Future<Output = ()>,
        stop_now: impl Future<Output = ()>,
    ) -> Result<(), StartError> {
        let mut workers = pin!(self.workers.join());
        tokio::select! {
            early = &mut workers => return Ok(early?),
            () = stop => {}
        }
        let ShutdownSettings { delay, drain, .. } = self.settings;
        info!(delay = delay.as_secs_f64(), drain = drain.as_secs_f64(), "stopping");
        self.stopping.disarm().cancel();
        let stopping = async {
            tokio::select! {
                early = &mut workers => return early,
                () = sleep(delay) => {}
            }
            let over = sleep(drain);
            self.shutdown.disarm().cancel();
            let result = workers.await;
            self.tasks.close();
            tokio::select! {
                biased;
                () = self.tasks.wait() => {}
                () = over => warn!(tasks = self.tasks.len(), "sign-ins or token refreshes were still running at the end of the drain"),
            }
            info!("stopped");
            result
        };
        tokio::select! {
            biased;
            result = stopping => Ok(result?),
            () = stop_now => {
                warn!("stopped by a second signal, before the end of the drain");
                Ok(())
            }
        }
    }

    /// Serves until `stop` resolves, then stops as [`run`](Self::run) does.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), StartError> {
        self.run(stop, pending()).await
    }

    /// Shuts down: [`run_until`](Self::run_until) with a signal that is ready.
    pub async fn stop(self) -> Result<(), StartError> {
        self.run_until(async {}).await
    }
}

fn relying_party(
    settings: &Settings,
    dependencies: &Dependencies,
    tasks: TaskTracker,
) -> Result<RelyingParty, StartError> {
    let providers: Result<Vec<_>, StartError> = settings
        .providers
        .iter()
        .map(|provider| {
            let tls = client_config(provider.ca_file.as_deref())
                .map_err(|error| StartError::Trust(provider.client.name.as_str().to_owned(), error))?;
            Ok(Arc::new(Provider::new(ProviderParts {
                settings: provider.client.clone(),
                credentials: Arc::clone(&provider.credentials),
                fetch: Arc::new(HttpsFetch::new(&tls, provider.timeout)),
                clock: Arc::clone(&dependencies.clock),
                random: Arc::clone(&dependencies.random),
                runtime: Handle::current(),
                timeout: provider.timeout,
                metrics: Arc::clone(&dependencies.metrics),
            })))
        })
        .collect();
    Ok(RelyingParty::new(RelyingPartyParts {
        providers: providers?,
        store: Arc::new(MemoryStore::new(&settings.session)),
        keys: settings.session.keys.clone().unwrap_or_else(|| KeyRing::generate(&*dependencies.random)),
        sessions: settings.session.clone(),
        paths: Paths::new(&settings.prefix),
        clock: Arc::clone(&dependencies.clock),
        random: Arc::clone(&dependencies.random),
        audit: AuditLog::new(Arc::clone(&dependencies.metrics)),
        tasks,
        runtime: Handle::current(),
    }))
}

fn start_workers(
    (listeners, limits): (Listeners, Limits),
    shared: Shared,
    dependencies: Dependencies,
    shutdown: &Shutdown,
) -> Result<Workers, RunError> {
    let Dependencies { access_log, metrics, .. } = dependencies;
    let limits = Limits { connections: Some(server::connection_limit(limits.connections, &listeners)), ..limits };
    let (trust, shared, tunnels) = (shared.trust.clone(), Arc::new(shared), shutdown.token().clone());
    let connections = Connections::new(limits, move |address| trust.include(address), Arc::clone(&metrics));
    let callbacks = move || {
        let log = AccessLog::new(access_log.clone(), Arc::clone(&metrics));
        let worker = Arc::new(edge::Worker::new(Arc::clone(&shared), log, &tunnels.child_token()));
        let tick_worker = Arc::clone(&worker);
        WorkerCallbacks {
            make_service: move |peer: ConnectionPeer| {
                let peer = edge::Peer { address: peer.address, tls: peer.tls };
                PublicService { service: edge::service(&worker, peer), worker: Arc::clone(&worker), peer }
            },
            tick: move || tick_worker.tick(),
        }
    };
    server::run(listeners, &connections, shutdown, callbacks)
}

/// The service of a connection of the public listeners.
#[derive(Clone)]
struct PublicService<S> {
    service: S,
    worker: Arc<edge::Worker>,
    peer: edge::Peer,
}

impl<S: HttpService> HttpService for PublicService<S> {
    type Body = S::Body;
    type Future = S::Future;

    fn respond(&self, request: Request<Incoming>) -> S::Future {
        self.service.respond(request)
    }

    fn refused(&self, reason: ReasonCode, detail: &str) {
        edge::report_malformed(&self.worker, self.peer, reason, detail);
    }
}

/// Serves the admin listener, with connections of its own, until the future is dropped.
fn admin_server(
    listener: StdListener,
    admin: Admin,
    limits: Limits,
    shutdown: ShutdownSettings,
) -> io::Result<impl Future<Output = ()> + Send + use<>> {
    let limits = Limits { connections: Some(server::ADMIN_CONNECTIONS), ..limits };
    let connections = Connections::new(limits, |_| false, Arc::clone(&admin.metrics));
    let (listener, service) = (TcpListener::from_std(listener)?, edge::admin_service(admin));
    let shutdown = Shutdown::new(shutdown);
    Ok(async move {
        let _closes_connections = shutdown.start_on_drop();
        server::serve(listener, connections, shutdown, move |_| service.clone()).await;
    })
}

fn bind_admin(address: SocketAddr) -> io::Result<StdListener> {
    let listener = StdListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn periodic_work(party: &RelyingParty, tls: Option<Arc<ReloadableTls>>) -> JoinSet<()> {
    let mut work: JoinSet<_> = party.providers().map(|provider| refresh_documents(Arc::clone(provider))).collect();
    if let Some(tls) = tls {
        work.spawn(reload_certificate(tls));
    }
    work
}

/// Refreshes the metadata and the keys of a provider in the background. The provider decides by the gateway's clock which
/// document is due. The period is short enough for the shortest retry delay after a failure.
async fn refresh_documents(provider: Arc<Provider>) {
    let mut ticks = tokio::time::interval(REFRESH_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        provider.refresh_documents().await;
    }
}

/// Reloads the certificate of the public listeners periodically, so that a renewed one is used without a restart.
async fn reload_certificate(tls: Arc<ReloadableTls>) {
    loop {
        sleep(CERTIFICATE_PERIOD).await;
        if let Err(error) = tls.reload() {
            warn!(error = chain(&error), "the certificate cannot be reloaded; the current one stays in use");
        }
    }
}

/// The version of the package.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit that the binary was built from, as `build.rs` found it; `unknown` otherwise.
pub(crate) const COMMIT: &str = env!("VESTIBULE_COMMIT");

const REFRESH_PERIOD: Duration = Duration::from_millis(500);
const CERTIFICATE_PERIOD: Duration = Duration::from_secs(60);
