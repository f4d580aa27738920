//! The log of the process: JSON lines on standard error.

use std::io;

use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    fmt::{self, MakeWriter, format::Writer, time::FormatTime},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::base::{Clock, SystemClock};

/// Installs the log of this process. `filter` is a list of directives such as `info,vestibule=debug`; an invalid list
/// counts as `info`.
///
/// Only the first call has an effect.
pub fn start_logging(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // Fails if a subscriber is already installed, which then stays in use.
    let _installed = Registry::default().with(filter).with(json_lines(io::stderr)).try_init();
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
        io::{self, Write},
        sync::{Arc, Mutex},
    };

    use tracing_subscriber::{Registry, layer::SubscriberExt};

    use super::json_lines;

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
