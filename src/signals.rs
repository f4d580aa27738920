//! The signals of the process (signal(7)).
//!
//! Rule: no signal but SIGKILL ends the process with its sessions at once. The default action of most signals does; a
//! script that rotates logs, a timer of a library or a closed terminal sends some of them without meaning harm.

use std::{io, sync::Arc};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::Notify,
};
use tokio_util::sync::CancellationToken;

/// The signals that the process has received.
pub(crate) struct Signals {
    /// Cancelled by the first SIGTERM, SIGINT or SIGQUIT.
    pub(crate) stop: CancellationToken,
    /// Cancelled by the second one.
    pub(crate) stop_now: CancellationToken,
    /// Notified by SIGHUP.
    pub(crate) reload: Arc<Notify>,
}

impl Signals {
    /// Handles the signals from now on, in tasks of the current runtime. A signal that arrives while the runtime does not
    /// run is handled when it does.
    pub(crate) fn install() -> io::Result<Self> {
        let signals =
            Self { stop: CancellationToken::new(), stop_now: CancellationToken::new(), reload: Arc::default() };
        for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::quit()] {
            tokio::spawn(stop(signal(kind)?, signals.stop.clone(), signals.stop_now.clone()));
        }
        tokio::spawn(reload(signal(SignalKind::hangup())?, Arc::clone(&signals.reload)));
        for kind in [SignalKind::user_defined1(), SignalKind::user_defined2(), SignalKind::alarm(), SignalKind::io()] {
            ignore(kind);
        }
        #[cfg(target_os = "linux")]
        OTHERS_ON_LINUX.into_iter().chain(REAL_TIME_ON_LINUX).for_each(|number| ignore(SignalKind::from_raw(number)));
        Ok(signals)
    }
}

async fn stop(mut signal: Signal, first: CancellationToken, second: CancellationToken) {
    while signal.recv().await.is_some() {
        if first.is_cancelled() {
            second.cancel();
        }
        first.cancel();
    }
}

async fn reload(mut signal: Signal, reload: Arc<Notify>) {
    while signal.recv().await.is_some() {
        reload.notify_one();
    }
}

/// Replaces the default action, which ends the process, by none: tokio's handler stays when its receiver is dropped. A
/// signal whose handler cannot be set keeps its default action.
fn ignore(kind: SignalKind) {
    drop(signal(kind));
}

/// SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF and SIGPWR on most architectures. SIGPIPE is ignored by Rust's runtime.
#[cfg(target_os = "linux")]
const OTHERS_ON_LINUX: [i32; 6] = [16, 24, 25, 26, 27, 30];
/// The first two are used by the C library, which refuses a handler for them.
#[cfg(target_os = "linux")]
const REAL_TIME_ON_LINUX: std::ops::RangeInclusive<i32> = 32..=64;
