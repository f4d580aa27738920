//! Frames that hold no more memory than their bytes.

use bytes::Bytes;

/// Copies a short frame out of the read buffer that it is a part of. A frame that waits for a slow receiver would otherwise
/// hold that whole buffer; an application that sends a byte at a time would fill the memory.
pub(crate) fn compact(frame: Bytes) -> Bytes {
    if frame.len() <= SHORT { Bytes::copy_from_slice(&frame) } else { frame }
}

/// A quarter of a read buffer: a frame holds at most four times its length.
const SHORT: usize = 2 * 1024;
