//! The process of the gateway: what it does before the start, and what its signals do.

use std::{convert::Infallible, io, path::Path, sync::Arc};

use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::runtime::{Builder, Runtime};
use tracing::{info, warn};

use crate::{
    app::{COMMIT, Dependencies, Reloader, StartError, VERSION, bind, start},
    base::chain,
    config::{self, Environment, Settings},
    server,
    signals::Signals,
    telemetry::{LineWriter, LogName, Metrics},
};

/// The process of a gateway before its start: its runtime, and the signals that it has received.
pub(crate) struct Process {
    runtime: Runtime,
    signals: Signals,
}

impl Process {
    /// Handles the signals of the process from now on. Called before anything else, so that none of them ends a gateway
    /// that is starting.
    pub(crate) fn start() -> Result<Self, StartError> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let signals = runtime.block_on(async { Signals::install() })?;
        Ok(Self { runtime, signals })
    }

    /// Runs a gateway until a signal stops it. SIGHUP reads `config_file` again for its secrets.
    pub(crate) fn run(self, settings: Settings, config_file: &Path, metrics: Arc<Metrics>) -> Result<(), StartError> {
        info!(version = VERSION, commit = COMMIT, config = %config_file.display(), "starting");
        // Sessions and tokens are in memory: a core file would contain them.
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).map_err(io::Error::from)?;
        match server::raise_descriptor_limit() {
            Ok((before, after)) => info!(before, after, "the limit of file descriptors is raised"),
            Err(error) => warn!(%error, "the limit of file descriptors cannot be raised"),
        }
        let access_log = LineWriter::start_on(io::stdout(), LogName::Access, settings.log, Arc::clone(&metrics))?;
        let dependencies = Dependencies { access_log: Some(access_log.clone()), metrics, ..Dependencies::system() };
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let Self { runtime, signals } = self;
        let ended = runtime.block_on(async {
            let listeners = bind(&settings.listen, settings.admin, workers)?;
            let gateway = start(settings, listeners, dependencies)?;
            let reloader = gateway.reloader();
            tokio::select! {
                ended = gateway.run(signals.stop.cancelled(), signals.stop_now.cancelled()) => ended,
                never = reload_on_signal(&signals, config_file, &reloader) => match never {},
            }
        });
        access_log.flush();
        // A name lookup that blocks its thread must not delay the exit.
        runtime.shutdown_background();
        ended
    }
}

/// Reads the certificate of the public listeners and the session secret again at each SIGHUP. What cannot be read keeps its
/// value. The secrets of providers are read for every use, and other settings at the start only.
async fn reload_on_signal(signals: &Signals, config_file: &Path, reloader: &Reloader) -> Infallible {
    loop {
        signals.reload.notified().await;
        match reloader.reload_certificate() {
            Some(Ok(())) => info!("the certificate was read again"),
            Some(Err(error)) => {
                warn!(error = chain(&error), "the certificate cannot be reloaded; the current one stays in use");
            }
            None => {}
        }
        match config::load(config_file, &Environment::of_process()) {
            Ok((Settings { session, .. }, _)) => {
                if let Some(keys) = session.keys {
                    reloader.replace_keys(keys);
                    info!("the session secret was read again");
                }
                info!("reloaded; other changes of the configuration take effect at a restart");
            }
            Err(problems) => {
                let problems = problems.count();
                warn!(
                    problems,
                    "the configuration cannot be read again; the session secret stays in use; `vestibule check` names the problems"
                );
            }
        }
    }
}
