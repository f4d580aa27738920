//! Lines written by a thread of their own, so that no request waits for a disk or a pipe.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread,
};

/// Takes whole lines, many at a time.
#[derive(Clone)]
pub struct LineWriter {
    buffers: SyncSender<Vec<u8>>,
    dropped: Arc<AtomicU64>,
}

impl LineWriter {
    /// Starts the thread that writes to `out`. It ends when the last handle is gone and everything is written.
    pub fn start(mut out: impl Write + Send + 'static) -> io::Result<Self> {
        let (buffers, incoming) = sync_channel::<Vec<u8>>(WAITING);
        thread::Builder::new().name("lines".to_owned()).spawn(move || {
            for lines in incoming {
                // Nobody is left to tell when the log itself cannot be written; the next lines may go through.
                let _written = out.write_all(&lines).and_then(|()| out.flush());
            }
        })?;
        Ok(Self { buffers, dropped: Arc::new(AtomicU64::new(0)) })
    }

    /// Hands over lines. When the writer is too slow they are dropped and counted: serving goes before logging.
    pub fn write(&self, lines: Vec<u8>) {
        if let Err(TrySendError::Full(_)) = self.buffers.try_send(lines) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many times lines were dropped.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// So many buffers may wait to be written.
const WAITING: usize = 256;

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::mpsc::{Sender, channel},
    };

    use super::LineWriter;

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

    #[test]
    fn lines_come_out_in_the_order_they_went_in() {
        let (sink, written) = channel();
        let writer = LineWriter::start(Sink(sink)).expect("a thread");
        for line in ["one\n", "two\n"] {
            writer.write(line.as_bytes().to_vec());
        }
        drop(writer);
        assert_eq!(written.iter().collect::<Vec<_>>(), [b"one\n", b"two\n"]);
    }
}
