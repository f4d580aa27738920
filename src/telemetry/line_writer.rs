//! Log lines written by a separate thread, so that no request waits for a disk or a pipe.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use tracing::error;

use super::metrics::Metrics;

/// A handle to the thread that writes lines. Clones write to the same output.
///
/// At most `QUEUE_LENGTH` buffers wait for the thread. Lines that find the queue full are dropped and counted.
#[derive(Clone)]
pub struct LineWriter {
    queue: SyncSender<Vec<u8>>,
    state: Arc<State>,
}

/// What the handles and the thread share.
struct State {
    /// The number of buffers that are queued or being written.
    queued: AtomicUsize,
    /// Whether the last write failed.
    is_failing: AtomicBool,
    /// The number of dropped lines that [`LineWriter::take_dropped`] has not returned yet.
    dropped: AtomicU64,
    metrics: Arc<Metrics>,
}

impl LineWriter {
    /// Starts the thread that writes to `out`. The thread ends after the last handle is dropped and every queued line
    /// is written. Dropped lines are counted in `metrics`.
    pub fn start(out: impl Write + Send + 'static, metrics: Arc<Metrics>) -> io::Result<Self> {
        let (queue, incoming) = sync_channel(QUEUE_LENGTH);
        let state = Arc::new(State {
            queued: AtomicUsize::new(0),
            is_failing: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
            metrics,
        });
        let shared = Arc::clone(&state);
        thread::Builder::new().name("lines".to_owned()).spawn(move || write_all(&incoming, out, &shared))?;
        Ok(Self { queue, state })
    }

    /// Queues complete lines for the thread, or drops them if the queue is full. Never blocks.
    pub(crate) fn write(&self, lines: Vec<u8>) {
        // Added before the thread can receive the buffer, so that the subtraction of the thread never comes first.
        self.state.queued.fetch_add(1, Ordering::Relaxed);
        if let Err(TrySendError::Full(lines) | TrySendError::Disconnected(lines)) = self.queue.try_send(lines) {
            self.state.queued.fetch_sub(1, Ordering::Relaxed);
            self.state.count_dropped(&lines);
        }
    }

    /// The number of lines dropped since the last call; the call resets it, so only one task should call this. 0 while
    /// the thread has not caught up, so that one overload is reported once.
    pub(crate) fn take_dropped(&self) -> u64 {
        let has_caught_up = self.state.queued.load(Ordering::Relaxed) <= QUEUE_LENGTH / 2
            && !self.state.is_failing.load(Ordering::Relaxed);
        if has_caught_up { self.state.dropped.swap(0, Ordering::Relaxed) } else { 0 }
    }
}

impl State {
    fn count_dropped(&self, lines: &[u8]) {
        let count = lines.split_inclusive(|byte| *byte == b'\n').count() as u64;
        self.dropped.fetch_add(count, Ordering::Relaxed);
        self.metrics.access_log_lines_dropped.add(count);
    }
}

/// Writes every buffer of `incoming` to `out`. Lines of a failed write count as dropped; later writes may succeed.
fn write_all(incoming: &Receiver<Vec<u8>>, mut out: impl Write, state: &State) {
    for lines in incoming {
        let written = out.write_all(&lines).and_then(|()| out.flush());
        let was_failing = state.is_failing.swap(written.is_err(), Ordering::Relaxed);
        if let Err(error) = written {
            state.count_dropped(&lines);
            // Logged once for a run of failures.
            if !was_failing {
                error!(%error, "the access log cannot be written");
            }
        }
        state.queued.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many buffers can wait to be written. Buffers of the access log have 32 KiB.
const QUEUE_LENGTH: usize = 256;

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::{
            Arc,
            mpsc::{Receiver, Sender, channel, sync_channel},
        },
        thread,
    };

    use super::{LineWriter, QUEUE_LENGTH};
    use crate::telemetry::Metrics;

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

    #[test]
    fn lines_are_written_in_order() {
        let (sink, written) = channel();
        let writer = LineWriter::start(Sink(sink), Arc::default()).expect("a thread");
        for line in ["one\n", "two\n"] {
            writer.write(line.as_bytes().to_vec());
        }
        drop(writer);
        assert_eq!(written.iter().collect::<Vec<_>>(), [b"one\n", b"two\n"]);
    }

    #[test]
    fn dropped_lines_are_reported_when_writing_catches_up() {
        let (results, incoming) = sync_channel(0);
        let metrics = Arc::<Metrics>::default();
        let writer = LineWriter::start(BlockingWriter(incoming), Arc::clone(&metrics)).expect("a thread");
        // The first write blocks, so at most one buffer beyond the queue is accepted.
        for _ in 0..QUEUE_LENGTH + 11 {
            writer.write(b"one\ntwo\n".to_vec());
        }
        let dropped = metrics.access_log_lines_dropped.value();
        assert!((20..=22).contains(&dropped), "{dropped}");
        assert_eq!(writer.take_dropped(), 0, "not while the queue is full");
        drop(results);
        let reported = until_some(|| writer.take_dropped());
        assert_eq!((reported, writer.take_dropped()), (dropped, 0));
        assert_eq!(metrics.access_log_lines_dropped.value(), dropped, "the counter is not reset");
    }

    #[test]
    fn lost_lines_are_reported_when_writing_recovers() {
        let (results, incoming) = sync_channel(0);
        let writer = LineWriter::start(BlockingWriter(incoming), Arc::default()).expect("a thread");
        writer.write(b"one\n".to_vec());
        writer.write(b"two\n".to_vec());
        results.send(Err(io::Error::other("disk full"))).expect("the thread waits");
        // The thread takes the second result after it has handled the first.
        results.send(Ok(())).expect("the thread waits");
        assert_eq!(until_some(|| writer.take_dropped()), 1);
    }

    fn until_some(mut value: impl FnMut() -> u64) -> u64 {
        loop {
            match value() {
                0 => thread::yield_now(),
                some => return some,
            }
        }
    }
}
