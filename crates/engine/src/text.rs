//! The text of an input: refused where it has lines, but no event among them.

use std::io::{self, BufRead, Read, Seek, Write};

use tallyfold_log::{LogSource, MAX_LINE_BYTES, decompressed, parse_line};
use tempfile::SpooledTempFile;

use crate::error::ReplayError;

/// How much is held in memory of what comes before the first event; more of it goes to a temporary
/// file.
const HELD_BYTES: usize = 1 << 20;
/// How much is kept of an input that is no log, to say what it looks like.
const SAMPLE_BYTES: usize = 1 << 13;

/// Text that is read line by line.
pub(crate) type Text = Box<dyn BufRead + Send>;

/// The text of a source, unpacked, once it is known to be a log: to have an event, or an object with a
/// `type`, or no line at all. A source that is [surely a log](LogSource::is_surely_a_log) is not checked.
///
/// # Errors
///
/// [`ReplayError::Read`] and [`ReplayError::NoEvent`].
pub fn text_of(source: &dyn LogSource) -> Result<Box<dyn BufRead + Send>, ReplayError> {
    let bytes = source.open();
    let bytes = bytes.map_err(|error| ReplayError::Read { input: source.name(), source: error })?;
    unpacked(source, source.is_surely_a_log(), bytes)
}

/// The same of bytes that were opened before.
pub(crate) fn unpacked(
    source: &dyn LogSource,
    is_surely_a_log: bool,
    bytes: impl Read + Send + 'static,
) -> Result<Text, ReplayError> {
    let unreadable = |error| ReplayError::Read { input: source.name(), source: error };
    let text = decompressed(bytes).map_err(unreadable)?;
    if is_surely_a_log {
        return Ok(text);
    }
    match up_to_first_event(text).map_err(unreadable)? {
        Looked::Log(text) => Ok(text),
        Looked::NoLog { sample } => Err(ReplayError::NoEvent { input: source.name(), sample }),
    }
}

enum Looked {
    Log(Text),
    NoLog { sample: Vec<u8> },
}

fn up_to_first_event(mut text: Text) -> io::Result<Looked> {
    let mut passed = SpooledTempFile::new(HELD_BYTES);
    let (mut line, mut sample) = (Vec::new(), Vec::new());
    let mut has_lines = false;
    loop {
        line.clear();
        // A longer line comes in pieces, none of which is an event.
        let most = MAX_LINE_BYTES as u64 + 2;
        if text.by_ref().take(most).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        passed.write_all(&line)?;
        let room = SAMPLE_BYTES.saturating_sub(sample.len());
        sample.extend_from_slice(&line[..line.len().min(room)]);
        let content = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line).trim_ascii();
        has_lines |= !content.is_empty();
        if wants_to_be_an_event(content) {
            passed.rewind()?;
            return Ok(Looked::Log(Box::new(io::BufReader::new(passed).chain(text))));
        }
    }
    passed.rewind()?;
    Ok(match has_lines {
        true => Looked::NoLog { sample },
        false => Looked::Log(Box::new(io::BufReader::new(passed))),
    })
}

/// Whether a line is an event, or an object with a `type`, however wrong: that is a finding.
fn wants_to_be_an_event(line: &[u8]) -> bool {
    let has_type = || memchr::memmem::find(line, b"\"type\"").is_some();
    line.starts_with(b"{") && (has_type() || parse_line(line).is_ok())
}
