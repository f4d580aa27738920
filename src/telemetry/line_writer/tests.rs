//! Tests of the thread that writes lines.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel, sync_channel},
    },
    thread,
    time::Duration,
};

use super::LineWriter;
use crate::telemetry::{LogName, LogSettings, Metrics};

/// A writer that sends every buffer to the test.
struct Sink(Sender<Vec<u8>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that blocks until the test sends the result of the write.
struct BlockingWriter(Receiver<io::Result<()>>);

impl Write for BlockingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.recv().unwrap_or(Ok(())).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn start(out: impl Write + Send + 'static, buffer_bytes: usize) -> (LineWriter, Arc<Metrics>) {
    let (settings, metrics) = (LogSettings { buffer_bytes }, Arc::<Metrics>::default());
    (LineWriter::start(out, LogName::Access, settings, Arc::clone(&metrics)).expect("a thread"), metrics)
}

fn dropped(metrics: &Metrics) -> u64 {
    metrics.log_lines_dropped.of(LogName::Access).value()
}

fn wait_until(condition: impl Fn() -> bool) {
    while !condition() {
        thread::yield_now();
    }
}

#[test]
fn lines_are_written_in_order() {
    let (sink, written) = channel();
    let (writer, _metrics) = start(Sink(sink), 1024);
    for line in ["one\n", "two\n"] {
        writer.queue(line.as_bytes().to_vec());
    }
    assert!(writer.flush_within(Duration::MAX));
    assert_eq!(written.try_iter().collect::<Vec<_>>(), [b"one\n", b"two\n"]);
}

#[test]
fn lines_beyond_the_limit_are_dropped_and_counted() {
    let (results, incoming) = sync_channel(0);
    let (writer, metrics) = start(BlockingWriter(incoming), 10_000);
    let lines = [b"x".repeat(999), b"\n".to_vec()].concat();
    // The first write blocks.
    for _ in 0..50 {
        writer.queue(lines.clone());
    }
    assert_eq!(dropped(&metrics), 41, "nine buffers with their overhead are 10 kB");
    writer.queue(vec![b'\n'; 20_000]);
    assert_eq!(dropped(&metrics), 41 + 20_000, "a buffer above the limit is never queued");
    assert!(!writer.flush_within(Duration::ZERO), "the thread still writes");
    drop(results);
    assert!(writer.flush_within(Duration::MAX));
    wait_until(|| writer.state.dropped.swap(0, std::sync::atomic::Ordering::Relaxed) == 0);
    assert_eq!(dropped(&metrics), 41 + 20_000, "the report does not reset the metric");
    writer.queue(lines);
    assert!(writer.flush_within(Duration::MAX));
    assert_eq!(dropped(&metrics), 41 + 20_000, "there is space again");
}

#[test]
fn a_failed_write_loses_its_own_lines_only() {
    let (results, incoming) = sync_channel(0);
    let (writer, metrics) = start(BlockingWriter(incoming), 1024);
    writer.queue(b"one\ntwo\n".to_vec());
    writer.queue(b"three\n".to_vec());
    results.send(Err(io::Error::other("disk full"))).expect("the thread waits");
    // The thread takes the second result after it has handled the first.
    results.send(Ok(())).expect("the thread waits");
    assert!(writer.flush_within(Duration::MAX));
    assert_eq!(dropped(&metrics), 2);
}
