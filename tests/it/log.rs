//! The log of every gateway of this process: technical lines, audit lines and access log together.

use std::sync::{Arc, LazyLock, Mutex};

use serde_json::Value;
use tracing_subscriber::{Registry, fmt, layer::SubscriberExt, util::SubscriberInitExt};
use vestibule::{
    config::Settings,
    telemetry::{LineWriter, LogName, Metrics},
};

/// The log lines about one request.
pub(crate) fn logged(request: &str) -> Vec<Value> {
    everything_logged()
        .lines()
        .filter(|line| line.contains(request))
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["request"] == request)
        .collect()
}

/// The whole log of all gateways of this process.
pub(crate) fn everything_logged() -> String {
    String::from_utf8(LOG.lock().expect("the log").clone()).expect("UTF-8")
}

/// The writer of the access log, which is a part of the log here.
pub(crate) fn access_log(settings: &Settings, metrics: &Arc<Metrics>) -> LineWriter {
    let out = LogBuffer(Arc::clone(&LOG));
    LineWriter::start(out, LogName::Access, settings.log, Arc::clone(metrics)).expect("a thread")
}

pub(crate) static LOG: LazyLock<Arc<Mutex<Vec<u8>>>> = LazyLock::new(|| {
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = fmt::layer().json().flatten_event(true).with_writer(LogBuffer(Arc::clone(&log)));
    let filter = tracing_subscriber::EnvFilter::new("info,vestibule=trace");
    Registry::default().with(filter).with(lines).init();
    log
});

#[derive(Clone)]
struct LogBuffer(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for LogBuffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> fmt::MakeWriter<'a> for LogBuffer {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
