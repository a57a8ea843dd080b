//! Logs that were compressed, recognised by content.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

/// RFC 1952, 2.3.1.
const GZIP: &[u8] = b"\x1f\x8b";
/// RFC 8878, 3.1.1.
const ZSTANDARD: &[u8] = b"\x28\xb5\x2f\xfd";
/// The largest window a Zstandard frame may ask for: 128 MiB, what `zstd -d` allows.
const WINDOW_LOG_MAX: u32 = 27;
/// How much is unpacked at once.
const BUFFER_BYTES: usize = 1 << 17;

/// A reader of what the input holds: unpacked where it is gzip or Zstandard, else as it is.
///
/// Memory stays bounded whatever the input unpacks to.
///
/// # Errors
///
/// What the input answers to the first read.
pub fn decompressed<'a, R: Read + Send + 'a>(input: R) -> io::Result<Box<dyn BufRead + Send + 'a>> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    let mut start = Vec::with_capacity(ZSTANDARD.len());
    input.by_ref().take(ZSTANDARD.len() as u64).read_to_end(&mut start)?;
    let is = |magic: &[u8]| start.starts_with(magic);
    let (is_gzip, is_zstandard) = (is(GZIP), is(ZSTANDARD));
    let whole = io::Cursor::new(start).chain(input);
    if is_gzip {
        let unpacked = MultiGzDecoder::new(whole);
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, unpacked)))
    } else if is_zstandard {
        let mut unpacked = zstd::stream::read::Decoder::with_buffer(whole)?;
        unpacked.window_log_max(WINDOW_LOG_MAX)?;
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, unpacked)))
    } else {
        Ok(Box::new(whole))
    }
}
