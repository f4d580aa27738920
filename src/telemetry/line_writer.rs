//! Log lines written by a separate thread, so that no request waits for a disk or for the reader of a pipe.
//!
//! Rule: only this thread writes to standard output and standard error while the gateway serves. A reader that stalls costs
//! lines, which are counted, and no request.

use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsFd,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    },
    thread,
    time::Duration,
};

use tracing::{error, warn};
use tracing_subscriber::fmt::MakeWriter;

use super::{
    labels::{LogName, MetricLabel},
    metrics::Metrics,
    output::Output,
    settings::LogSettings,
};

/// A handle to the thread that writes the lines of one log. Clones write to the same output.
///
/// A limited number of bytes waits for the thread. Lines beyond it are dropped and counted, and the log says how many when
/// the thread has caught up.
#[derive(Clone)]
pub struct LineWriter {
    queue: Sender<Message>,
    state: Arc<State>,
}

enum Message {
    Lines(Vec<u8>),
    /// Asks for a signal when everything before is written.
    Flush(SyncSender<()>),
}

/// What the handles and the thread share.
struct State {
    name: LogName,
    /// How many bytes may wait.
    limit: usize,
    /// How many bytes wait or are being written.
    queued: AtomicUsize,
    /// The number of dropped lines that no log line has told yet.
    dropped: AtomicU64,
    metrics: Arc<Metrics>,
}

impl LineWriter {
    /// Starts the thread that writes the log `name` to `out`. It ends after the last handle is dropped and every queued line
    /// is written. Dropped lines are counted in `metrics`.
    pub fn start(
        out: impl Write + Send + 'static,
        name: LogName,
        settings: LogSettings,
        metrics: Arc<Metrics>,
    ) -> io::Result<Self> {
        let (queue, incoming) = channel();
        let (queued, dropped) = (AtomicUsize::new(0), AtomicU64::new(0));
        let state = Arc::new(State { name, limit: settings.buffer_bytes, queued, dropped, metrics });
        let shared = Arc::clone(&state);
        thread::Builder::new()
            .name(name.text().to_owned())
            .spawn(move || Writer { output: Output::new(out), is_failing: false, state: shared }.run(&incoming))?;
        Ok(Self { queue, state })
    }

    /// Starts the thread that writes the log `name` to a standard stream of the process.
    ///
    /// The stream is used without the buffer and the lock of the standard library: while a write of the thread blocks,
    /// nothing else may wait for that lock.
    pub(crate) fn start_on(
        stream: impl AsFd,
        name: LogName,
        settings: LogSettings,
        metrics: Arc<Metrics>,
    ) -> io::Result<Self> {
        Self::start(File::from(stream.as_fd().try_clone_to_owned()?), name, settings, metrics)
    }

    /// Queues complete lines for the thread, or drops them if too many bytes wait. Never blocks.
    pub(crate) fn queue(&self, lines: Vec<u8>) {
        let size = queued_size(&lines);
        // Added before the thread can receive the buffer, so that the subtraction of the thread never comes first.
        let before = self.state.queued.fetch_add(size, Ordering::Relaxed);
        if before.saturating_add(size) > self.state.limit {
            self.state.queued.fetch_sub(size, Ordering::Relaxed);
            self.state.count_dropped(&lines);
        } else if let Err(unsent) = self.queue.send(Message::Lines(lines)) {
            // The thread has panicked.
            self.state.queued.fetch_sub(size, Ordering::Relaxed);
            if let Message::Lines(lines) = unsent.0 {
                self.state.count_dropped(&lines);
            }
        }
    }

    /// Waits until every queued line is written or lost, at the end of the process: for a limited time, as its reader may
    /// have stalled. Returns whether all of them were in time.
    pub(crate) fn flush(&self) -> bool {
        self.flush_within(FLUSH_LIMIT)
    }

    fn flush_within(&self, limit: Duration) -> bool {
        let (done, is_done) = sync_channel(1);
        self.queue.send(Message::Flush(done)).is_ok() && is_done.recv_timeout(limit).is_ok()
    }
}

/// One write is one event with its newline.
impl Write for &LineWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.queue(line.to_vec());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LineWriter {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

impl State {
    fn count_dropped(&self, lines: &[u8]) {
        let count = lines.split_inclusive(|byte| *byte == b'\n').count() as u64;
        self.dropped.fetch_add(count, Ordering::Relaxed);
        self.metrics.log_lines_dropped.of(self.name).add(count);
    }
}

/// The thread of a [`LineWriter`].
struct Writer<W> {
    output: Output<W>,
    /// Whether the last write failed.
    is_failing: bool,
    state: Arc<State>,
}

impl<W: Write> Writer<W> {
    fn run(mut self, incoming: &Receiver<Message>) {
        for message in incoming {
            match message {
                Message::Lines(lines) => self.write(&lines),
                Message::Flush(done) => self.flush(done, incoming),
            }
            // One overload is reported once, and not line by line while it lasts.
            if self.state.queued.load(Ordering::Relaxed) <= self.state.limit / 2 {
                self.report_dropped();
            }
        }
    }

    /// Writes everything that is queued, and the report about dropped lines.
    fn flush(&mut self, done: SyncSender<()>, incoming: &Receiver<Message>) {
        self.report_dropped();
        let mut waiting = vec![done];
        for message in incoming.try_iter() {
            match message {
                Message::Lines(lines) => self.write(&lines),
                Message::Flush(done) => waiting.push(done),
            }
        }
        for done in waiting {
            // Fails if the one who asked has stopped waiting.
            let _sent = done.try_send(());
        }
    }

    /// Writes lines. What could not be written counts as dropped; later writes may succeed.
    fn write(&mut self, lines: &Vec<u8>) {
        let written = self.output.write_lines(lines);
        let was_failing = std::mem::replace(&mut self.is_failing, written.is_err());
        if let Err((error, rest)) = written {
            self.state.count_dropped(rest);
            // Logged once for a run of failures.
            if !was_failing {
                error!(%error, log = self.state.name.text(), "log lines cannot be written");
            }
        }
        self.state.queued.fetch_sub(queued_size(lines), Ordering::Relaxed);
    }

    fn report_dropped(&self) {
        if self.is_failing || self.state.dropped.load(Ordering::Relaxed) == 0 {
            return;
        }
        let lines = self.state.dropped.swap(0, Ordering::Relaxed);
        let hint = "let something read the output of the gateway faster, or raise log.buffer_bytes";
        warn!(lines, log = self.state.name.text(), hint, "log lines were dropped: they were not read fast enough");
    }
}

/// The memory of a queued buffer.
fn queued_size(lines: &Vec<u8>) -> usize {
    lines.capacity() + size_of::<Message>()
}

/// How long the end of the process waits for lines that are not written yet.
const FLUSH_LIMIT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
