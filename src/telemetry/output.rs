//! An output of log lines that may fail, or that may not block.

use std::{
    io::{self, ErrorKind, Write},
    thread,
    time::Duration,
};

/// An output of log lines.
pub(super) struct Output<W> {
    out: W,
    /// Whether the last write failed inside a line.
    is_torn: bool,
}

impl<W: Write> Output<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, is_torn: false }
    }

    /// Writes complete lines. Waits as long as an output that does not block has no space. An error comes with what was not
    /// written. After a failure inside a line, the next line begins on a line of its own.
    pub(super) fn write_lines<'a>(&mut self, lines: &'a [u8]) -> Result<(), (io::Error, &'a [u8])> {
        if self.is_torn {
            self.write_bytes(b"\n").map_err(|(error, _)| (error, lines))?;
            self.is_torn = false;
        }
        self.write_bytes(lines).inspect_err(|(_, rest)| {
            let written = &lines[..lines.len() - rest.len()];
            self.is_torn = written.last().is_some_and(|last| *last != b'\n');
        })
    }

    fn write_bytes<'a>(&mut self, mut rest: &'a [u8]) -> Result<(), (io::Error, &'a [u8])> {
        while !rest.is_empty() {
            match self.out.write(rest) {
                Ok(0) => return Err((ErrorKind::WriteZero.into(), rest)),
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Another process with the same pipe has made it non-blocking.
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(RETRY_DELAY),
                Err(error) => return Err((error, rest)),
            }
        }
        Ok(())
    }
}

const RETRY_DELAY: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        io::{self, ErrorKind, Write},
    };

    use super::Output;

    /// A writer with a given result for each write: how many bytes it takes, or how it fails.
    struct Scripted(VecDeque<Result<usize, ErrorKind>>, Vec<u8>);

    impl Write for Scripted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = self.0.pop_front().unwrap_or(Ok(bytes.len()))?.min(bytes.len());
            self.1.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn short_and_blocked_writes_lose_nothing() {
        let results = [Ok(2), Err(ErrorKind::WouldBlock), Err(ErrorKind::Interrupted), Ok(1)];
        let mut output = Output::new(Scripted(results.into(), Vec::new()));
        assert!(output.write_lines(b"one\ntwo\n").is_ok());
        assert_eq!(output.out.1, b"one\ntwo\n");
    }

    #[test]
    fn a_line_after_a_torn_one_stands_alone() {
        let (full, closed) = (ErrorKind::StorageFull, ErrorKind::BrokenPipe);
        let results = [Ok(6), Err(full), Err(closed), Ok(1), Ok(6), Err(full)];
        let mut output = Output::new(Scripted(results.into(), Vec::new()));
        let rest = |result: Result<(), (io::Error, &[u8])>| result.map_err(|(_, rest)| rest.to_vec());
        assert_eq!(rest(output.write_lines(b"one\ntwo\nthree\n")), Err(b"o\nthree\n".to_vec()));
        assert_eq!(rest(output.write_lines(b"four\n")), Err(b"four\n".to_vec()), "the newline cannot be written");
        assert_eq!(rest(output.write_lines(b"five\nsix\n")), Err(b"ix\n".to_vec()), "after the newline");
        assert_eq!(rest(output.write_lines(b"seven\n")), Ok(()));
        assert_eq!(output.out.1, b"one\ntw\nfive\ns\nseven\n");
    }
}
