//! Reading on after the last response (RFC 9112 §9.6).
//!
//! A close with unread bytes, or bytes that arrive after it, make the kernel reset the connection. A reset removes the
//! response from the receive buffer of a client that is still sending: a proxy in front then shows its own 502 in the place
//! of the response. So the gateway closes its direction first, and reads and discards what the client still sends.

use std::{
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    time::{Sleep, sleep},
};

use super::settings::Limits;

/// A connection whose own direction is closed.
#[derive(Debug)]
pub(super) struct Lingering {
    timeout: Duration,
    /// When the client has sent nothing for too long.
    idle: Pin<Box<Sleep>>,
    /// When the client has sent for too long.
    over: Pin<Box<Sleep>>,
    /// How many more bytes are read.
    left: u64,
}

impl Lingering {
    pub(super) fn new(limits: &Limits) -> Self {
        let timeout = limits.linger_timeout;
        let (idle, over) = (Box::pin(sleep(timeout)), Box::pin(sleep(timeout * TIMEOUTS)));
        Self { timeout, idle, over, left: limits.linger_bytes }
    }

    /// Resolves when the client has closed its direction, or a limit is reached.
    pub(super) fn poll<R: AsyncRead + Unpin>(&mut self, client: &mut R, cx: &mut Context<'_>) -> Poll<()> {
        let mut space = [MaybeUninit::uninit(); 8 * 1024];
        loop {
            let mut part = ReadBuf::uninit(&mut space);
            match Pin::new(&mut *client).poll_read(cx, &mut part) {
                Poll::Pending => break,
                Poll::Ready(Ok(())) if !part.filled().is_empty() => {
                    let Some(left) = self.left.checked_sub(part.filled().len() as u64) else { return Poll::Ready(()) };
                    self.left = left;
                    self.idle.set(sleep(self.timeout));
                }
                Poll::Ready(_) => return Poll::Ready(()),
            }
        }
        if self.idle.as_mut().poll(cx).is_ready() || self.over.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

/// How many times the timeout a client may send.
const TIMEOUTS: u32 = 6;
