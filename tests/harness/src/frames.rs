//! WebSocket frames (RFC 6455, section 5), as far as the tests need them: whole messages, no fragments, no extensions.

use std::io;

use aws_lc_rs::digest;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::encoding::base64;

/// The type of a frame.
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// One frame, unmasked.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) opcode: u8,
    pub(crate) payload: Vec<u8>,
}

/// The `Sec-WebSocket-Accept` value for a key (RFC 6455, section 4.2.2).
pub(crate) fn accept_key(key: &str) -> String {
    let text = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    base64(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()))
}

/// Reads one frame; an error is that of the connection.
pub(crate) async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Frame> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    let length = match head[1] & 0x7f {
        126 => u64::from(stream.read_u16().await?),
        127 => stream.read_u64().await?,
        short => u64::from(short),
    };
    if length > LONGEST {
        return Err(io::Error::other("a frame longer than any test sends"));
    }
    let mut mask = [0; 4];
    if head[1] & 0x80 != 0 {
        stream.read_exact(&mut mask).await?;
    }
    let mut payload = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    stream.read_exact(&mut payload).await?;
    for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    Ok(Frame { opcode: head[0] & 0x0f, payload })
}

/// Writes one whole message; a client masks it (RFC 6455, section 5.3), a server does not.
pub(crate) async fn write<S: AsyncWrite + Unpin>(stream: &mut S, frame: &Frame, masked: bool) -> io::Result<()> {
    let mark = if masked { 0x80 } else { 0 };
    let mut bytes = vec![0x80 | frame.opcode];
    let length = frame.payload.len();
    if let Ok(short @ 0..126) = u8::try_from(length) {
        bytes.push(mark | short);
    } else if let Ok(medium) = u16::try_from(length) {
        bytes.push(mark | 0x7e);
        bytes.extend(medium.to_be_bytes());
    } else {
        bytes.push(mark | 0x7f);
        bytes.extend((length as u64).to_be_bytes());
    }
    if masked {
        bytes.extend(MASK);
        bytes.extend(frame.payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    } else {
        bytes.extend(&frame.payload);
    }
    stream.write_all(&bytes).await?;
    stream.flush().await
}

/// A fixed mask: masking protects old proxies, and there are none here.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const LONGEST: u64 = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_key_matches_the_rfc_example() {
        assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
