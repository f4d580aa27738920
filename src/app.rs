//! The composition root: settings become a running gateway. The only file that names every concrete type.

use std::{
    io,
    net::{SocketAddr, TcpListener as StdListener},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Handle},
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
    time::MissedTickBehavior,
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use tracing::{info, warn};

use crate::{
    base::{Clock, KeyRing, Random, SystemClock, SystemRandom},
    config::Settings,
    edge::{self, AccessLog, Shared},
    flow::{Parts, Paths, RelyingParty},
    provider::{HttpsFetch, Provider, Registration, TrustError, client_config},
    server::{self, BindError, Limits, ListenSettings, Listeners, RunError, Tls, Worker, Workers},
    session::MemoryStore,
    telemetry::{LineWriter, start_logging},
};

/// What surrounds a gateway: tests bring a clock of their own.
#[derive(Clone)]
pub struct Surroundings {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Limits of the listeners.
    pub limits: Limits,
    /// Where access log lines go, if anywhere.
    pub access_log: Option<LineWriter>,
}

/// The sockets of a gateway, bound and not yet served.
pub struct Bound {
    public: Listeners,
    admin: Option<StdListener>,
}

/// A running gateway.
pub struct Running {
    party: Arc<RelyingParty>,
    workers: Workers,
    stop: DropGuard,
    tasks: TaskTracker,
    admin: Option<SocketAddr>,
    background: Vec<JoinHandle<()>>,
    drain: Duration,
}

/// Why a gateway did not start, or did not run on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A public address cannot be listened on.
    #[error("cannot listen")]
    Bind(#[from] BindError),
    /// The admin address cannot be listened on.
    #[error("cannot listen on the admin address {0}")]
    Admin(SocketAddr, #[source] io::Error),
    /// A provider's certificates cannot be used.
    #[error("the ca_file of provider \"{0}\"")]
    Trust(String, #[source] TrustError),
    /// The runtime, its signals or the log writer could not be set up.
    #[error("the operating system refuses what a server needs")]
    System(#[from] io::Error),
    /// A worker ended before it was told to.
    #[error("a worker ended")]
    Run(#[from] RunError),
}

/// Serves until SIGTERM or SIGINT; then requests under way are finished.
pub fn run(settings: Settings) -> Result<(), StartError> {
    start_logging(&std::env::var("VESTIBULE_LOG").unwrap_or_else(|_| "info".to_owned()));
    // Sessions and tokens are in memory: a core file would hold them.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).map_err(io::Error::from)?;
    let surroundings = Surroundings { access_log: Some(LineWriter::start(io::stdout())?), ..Surroundings::real() };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let home = Builder::new_current_thread().enable_all().build()?;
    home.block_on(async {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let bound = bind(&settings.listen, settings.admin, workers)?;
        let told = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        start(settings, bound, surroundings)?.until(told).await
    })
}

/// Binds the public addresses for so many workers, and the admin address.
pub fn bind(listen: &ListenSettings, admin: Option<SocketAddr>, workers: usize) -> Result<Bound, StartError> {
    let public = server::bind(listen, workers)?;
    let admin =
        admin.map(|address| bind_admin(address).map_err(|error| StartError::Admin(address, error))).transpose()?;
    Ok(Bound { public, admin })
}

/// Starts serving on `bound`. Background tasks, and tasks that must outlive a request, run on the current runtime.
pub fn start(settings: Settings, bound: Bound, surroundings: Surroundings) -> Result<Running, StartError> {
    let (tasks, token) = (TaskTracker::new(), CancellationToken::new());
    // Armed from here on: when a later step fails, what has already started stops.
    let stop = token.clone().drop_guard();
    let party = Arc::new(relying_party(&settings, &surroundings, tasks.clone())?);
    let mut background: Vec<_> = party.providers().map(|provider| tokio::spawn(tend(Arc::clone(provider)))).collect();
    background.extend(bound.public.tls().map(|tls| tokio::spawn(renew_certificate(tls))));

    let admin = bound.admin.as_ref().map(StdListener::local_addr).transpose()?;
    if let Some(listener) = bound.admin {
        let service = edge::admin_service(&party);
        let serving = server::serve(TcpListener::from_std(listener)?, surroundings.limits, token.clone(), move |_| {
            service.clone()
        });
        background.push(tokio::spawn(serving));
    }

    let gateway = Arc::new(Shared {
        party: Arc::clone(&party),
        origins: settings.origins,
        trust: settings.trust,
        routes: settings.routes,
        clock: surroundings.clock,
        templates: settings.templates,
        random: surroundings.random,
    });
    let tunnels = token.clone();
    info!(addresses = ?bound.public.addresses(), ?admin, "listening");
    let worker = move || {
        let log = AccessLog::new(surroundings.access_log.clone());
        let core = Arc::new(edge::Worker::new(Arc::clone(&gateway), log, &tunnels.child_token()));
        let ticking = Arc::clone(&core);
        Worker {
            connection: move |peer: server::Peer| {
                edge::service(&core, edge::Peer { address: peer.address, tls: peer.tls })
            },
            tick: move || ticking.tick(),
        }
    };
    let workers = server::run(bound.public, surroundings.limits, token, worker)?;
    let drain = surroundings.limits.drain;
    Ok(Running { party, workers, stop, tasks, admin, background, drain })
}

impl Surroundings {
    /// The machine's clock and randomness; no access log.
    #[must_use]
    pub fn real() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            limits: Limits::default(),
            access_log: None,
        }
    }
}

impl Bound {
    /// The public addresses: with port 0 asked for, those that were given.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.public.addresses()
    }
}

impl Running {
    /// The admin address.
    #[must_use]
    pub fn admin(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// Whether every provider can be used.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.party.is_ready()
    }

    /// Serves until `told`, then stops: no new connections; requests and sign-ins under way are finished, within the
    /// drain limit. Ends early with an error when a worker does.
    pub async fn until(self, told: impl Future<Output = ()>) -> Result<(), StartError> {
        let mut ended = pin!(self.workers.ended());
        tokio::select! {
            early = &mut ended => return Ok(early?),
            () = told => {}
        }
        info!("stopping");
        self.stop.disarm().cancel();
        let ended = ended.await;
        self.tasks.close();
        if tokio::time::timeout(self.drain, self.tasks.wait()).await.is_err() {
            warn!("a sign-in did not end in time");
        }
        for task in self.background {
            task.abort();
        }
        info!("stopped");
        Ok(ended?)
    }

    /// Stops now.
    pub async fn stop(self) -> Result<(), StartError> {
        self.until(async {}).await
    }
}

fn relying_party(
    settings: &Settings,
    surroundings: &Surroundings,
    tasks: TaskTracker,
) -> Result<RelyingParty, StartError> {
    let providers: Result<Vec<_>, StartError> = settings
        .providers
        .iter()
        .map(|provider| {
            let tls = client_config(provider.ca_file.as_deref())
                .map_err(|error| StartError::Trust(provider.client.name.as_str().to_owned(), error))?;
            Ok(Arc::new(Provider::new(Registration {
                settings: provider.client.clone(),
                credentials: Arc::clone(&provider.credentials),
                fetch: Arc::new(HttpsFetch::new(&tls)),
                clock: Arc::clone(&surroundings.clock),
                random: Arc::clone(&surroundings.random),
                home: Handle::current(),
            })))
        })
        .collect();
    Ok(RelyingParty::new(Parts {
        providers: providers?,
        store: Arc::new(MemoryStore::new(&settings.session)),
        keys: settings.session.keys.clone().unwrap_or_else(|| KeyRing::generate(&*surroundings.random)),
        sessions: settings.session.clone(),
        paths: Paths::new(&settings.prefix),
        clock: Arc::clone(&surroundings.clock),
        random: Arc::clone(&surroundings.random),
        tasks,
        runtime: Handle::current(),
    }))
}

fn bind_admin(address: SocketAddr) -> io::Result<StdListener> {
    let listener = StdListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Keeps the documents of a provider at hand. When something is due, the gateway's own clock says: this only asks, often
/// enough for the shortest pause after a failure.
async fn tend(provider: Arc<Provider>) {
    let mut tick = tokio::time::interval(TEND_PERIOD);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        provider.tend().await;
    }
}

/// Reads the certificate again now and then: whoever renews it need not tell us.
async fn renew_certificate(tls: Arc<Tls>) {
    loop {
        tokio::time::sleep(CERTIFICATE_PERIOD).await;
        if let Err(error) = tls.reload() {
            warn!(%error, "the certificate cannot be read again; the old one stays in use");
        }
    }
}

const TEND_PERIOD: Duration = Duration::from_millis(500);
const CERTIFICATE_PERIOD: Duration = Duration::from_secs(60);
