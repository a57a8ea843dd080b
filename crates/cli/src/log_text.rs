//! The text of a log: refused where it has lines, but no event among them.

use std::io::{self, BufRead, Read, Seek, Write};
use std::path::Path;

use anyhow::{Context, bail};
use tallyfold_log::{MAX_LINE_BYTES, parse_line};
use tempfile::SpooledTempFile;

use crate::input::trouble;
use crate::looks_like::{SAMPLE_BYTES, looks_like};
use crate::store;
use crate::text::printable;

/// How much is held in memory of what comes before the first event; more of it goes to a temporary
/// file.
const HELD_BYTES: usize = 1 << 20;

/// Text that is read line by line.
pub(crate) type Text = Box<dyn BufRead + Send>;

/// The same text, once it is known to be a log: to have an event, or an object that wants to be one, or
/// no line at all.
pub(crate) fn of_events(text: Text, path: &Path) -> anyhow::Result<Text> {
    match up_to_first_event(text).with_context(|| trouble(path))? {
        Looked::Log(text) => Ok(text),
        Looked::NoLog { sample } => {
            bail!("{} has no event; it looks like {}", name(path), looks_like(&sample))
        }
    }
}

/// What a text is called in an error.
fn name(path: &Path) -> String {
    match path == Path::new("-") {
        true => "standard input".to_owned(),
        false => printable(&store::shown(path)).into_owned(),
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
