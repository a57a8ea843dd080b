//! Logs that were compressed, recognised by content.

use std::io::{self, BufRead, BufReader, Read};

/// RFC 1952, 2.3.1.
const GZIP: &[u8] = b"\x1f\x8b";
/// RFC 8878, 3.1.1.
const ZSTANDARD: &[u8] = b"\x28\xb5\x2f\xfd";
/// How much is unpacked at once.
const BUFFER_BYTES: usize = 1 << 17;

/// Text that is read line by line.
type Text<'a> = Box<dyn BufRead + Send + 'a>;

/// A reader of what the input holds: unpacked where it is gzip or Zstandard, else as it is.
///
/// Memory stays bounded whatever the input unpacks to.
///
/// # Errors
///
/// Any I/O error of the first read; [`io::ErrorKind::Unsupported`] where the input is packed in a way for
/// which this crate was built without the feature.
pub fn decompressed<'a, R: Read + Send + 'a>(input: R) -> io::Result<Text<'a>> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    let mut start = Vec::with_capacity(ZSTANDARD.len());
    input.by_ref().take(ZSTANDARD.len() as u64).read_to_end(&mut start)?;
    let is = |magic: &[u8]| start.starts_with(magic);
    let (is_gzip, is_zstandard) = (is(GZIP), is(ZSTANDARD));
    let whole = io::Cursor::new(start).chain(input);
    if is_gzip {
        gzip(whole)
    } else if is_zstandard {
        zstandard(whole)
    } else {
        Ok(Box::new(whole))
    }
}

#[cfg(feature = "gzip")]
fn gzip<'a>(packed: impl BufRead + Send + 'a) -> io::Result<Text<'a>> {
    let unpacked = flate2::bufread::MultiGzDecoder::new(packed);
    Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, unpacked)))
}

#[cfg(not(feature = "gzip"))]
fn gzip<'a>(_: impl BufRead + Send + 'a) -> io::Result<Text<'a>> {
    Err(unsupported(
        "it is packed with gzip, and tallyfold-log was built without the feature `gzip`",
    ))
}

/// The largest window a Zstandard frame may ask for: 128 MiB, what `zstd -d` allows.
#[cfg(feature = "zstd")]
const WINDOW_LOG_MAX: u32 = 27;

#[cfg(feature = "zstd")]
fn zstandard<'a>(packed: impl BufRead + Send + 'a) -> io::Result<Text<'a>> {
    let mut unpacked = zstd::stream::read::Decoder::with_buffer(packed)?;
    unpacked.window_log_max(WINDOW_LOG_MAX)?;
    Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, unpacked)))
}

#[cfg(not(feature = "zstd"))]
fn zstandard<'a>(_: impl BufRead + Send + 'a) -> io::Result<Text<'a>> {
    Err(unsupported(
        "it is packed with Zstandard, and tallyfold-log was built without the feature `zstd`",
    ))
}

#[cfg(not(all(feature = "gzip", feature = "zstd")))]
fn unsupported(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, why)
}
