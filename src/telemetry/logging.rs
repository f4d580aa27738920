//! The log of the process: JSON lines on standard error.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    io, panic,
    sync::Arc,
    thread,
};

use tracing::{Subscriber, error, field};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    fmt::{self, MakeWriter, format::Writer, time::FormatTime},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use super::{labels::LogName, line_writer::LineWriter, metrics::Metrics, settings::LogSettings};
use crate::base::{Clock, SystemClock};

/// Installs the log of this process. `filter` is a list of directives such as `info,vestibule=debug`; an invalid list
/// counts as `info`. Lines that are dropped are counted in `metrics`.
///
/// Only the first call has an effect.
pub fn start_logging(filter: &str, settings: LogSettings, metrics: &Arc<Metrics>) -> io::Result<RunningLog> {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let writer = LineWriter::start_on(io::stderr(), LogName::Log, settings, Arc::clone(metrics))?;
    // Fails if a subscriber is already installed, which then stays in use.
    let _installed = Registry::default().with(filter).with(json_lines(writer.clone())).try_init();
    log_panics();
    Ok(RunningLog(writer))
}

/// The log of this process. Dropping the value waits for the queued lines, for a limited time.
#[must_use]
pub struct RunningLog(LineWriter);

impl RunningLog {
    /// Writes text to standard error, after the lines of the log.
    pub(crate) fn print(&self, text: &str) {
        self.0.queue(format!("{}\n", text.trim_end()).into_bytes());
    }
}

impl Drop for RunningLog {
    fn drop(&mut self) {
        self.0.flush();
    }
}

/// Makes a panic a line of the log. The hook of the standard library writes to standard error itself: a worker would wait
/// for the reader.
fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let backtrace = Backtrace::capture();
        let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| field::display(backtrace));
        error!(thread = thread::current().name(), %panic, backtrace, "a thread panicked");
    }));
}

/// One JSON object per event, with the fields of the event at the top level.
fn json_lines<S, W>(out: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_timer(UtcMilliseconds)
        // They would be written to standard error by the thread that logs.
        .log_internal_errors(false)
        .with_writer(out)
}

/// The time format of all logs: RFC 3339, UTC, milliseconds.
struct UtcMilliseconds;

impl FormatTime for UtcMilliseconds {
    fn format_time(&self, out: &mut Writer<'_>) -> std::fmt::Result {
        write!(out, "{}", SystemClock.now().rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        env,
        io::{self, Write},
        process::Command,
        sync::{Arc, Mutex},
        thread,
    };

    use tracing_subscriber::{Registry, layer::SubscriberExt};

    use super::{json_lines, start_logging};
    use crate::telemetry::LogSettings;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Runs itself in a second process, because log and panic hook belong to the process.
    #[test]
    fn a_panic_is_a_line_of_the_log() {
        const PANICS: &str = "VESTIBULE_TEST_PANICS";
        if env::var_os(PANICS).is_some() {
            let _log = start_logging("info", LogSettings::default(), &Arc::default()).expect("a log");
            let thread = thread::Builder::new().name("worker-7".to_owned()).spawn(|| panic!("out of\nluck"));
            assert!(thread.expect("a thread").join().is_err());
            return;
        }
        let mut again = Command::new(env::current_exe().expect("this test"));
        again.args(["--exact", "telemetry::logging::tests::a_panic_is_a_line_of_the_log", "--nocapture"]);
        let output = again.env(PANICS, "1").env_remove("RUST_BACKTRACE").output().expect("a run");
        let text = String::from_utf8(output.stderr).expect("UTF-8");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("one line: {text}"));
        assert_eq!((&line["message"], &line["thread"]), (&"a thread panicked".into(), &"worker-7".into()), "{text}");
        assert!(line["panic"].as_str().is_some_and(|panic| panic.ends_with("out of\nluck")), "{text}");
    }

    #[test]
    fn a_line_is_one_object_with_milliseconds() {
        let lines = Lines::default();
        let out = lines.clone();
        let subscriber = Registry::default().with(json_lines(move || out.clone()));
        tracing::subscriber::with_default(subscriber, || tracing::info!(addresses = 2, "listening"));
        let text = String::from_utf8(lines.0.lock().expect("not poisoned").clone()).expect("UTF-8");
        let line: serde_json::Value = serde_json::from_str(&text).expect("one JSON object");
        assert_eq!((&line["message"], &line["addresses"]), (&"listening".into(), &2.into()));
        let time = line["timestamp"].as_str().expect("a time");
        assert_eq!((time.len(), &time[10..11], &time[19..20], &time[23..]), (24, "T", ".", "Z"), "{time}");
        assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time}");
    }
}
