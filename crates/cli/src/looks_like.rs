//! What a file that is no log looks like, for the error that refuses it.

use memchr::memmem::find;

/// How much of a file is looked at.
pub(crate) const SAMPLE_BYTES: usize = 1 << 13;

/// What a file is that starts so, and what to do with it.
pub(crate) fn looks_like(sample: &[u8]) -> &'static str {
    by_signature(sample).or_else(|| by_lines(sample)).unwrap_or("text of some other kind")
}

fn by_signature(sample: &[u8]) -> Option<&'static str> {
    const SIGNATURES: [(&[u8], &str); 9] = [
        (b"SQLite format 3\0", "a SQLite database: a store is read with --store"),
        (b"tallyfold replay\n", "a snapshot of a replay: --from-snapshot goes on from it"),
        (b"\xff\xfe", "UTF-16: save it as UTF-8"),
        (b"\xfe\xff", "UTF-16: save it as UTF-8"),
        (b"PK\x03\x04", "a workbook or another zip archive: save it as text"),
        (b"%PDF-", "a PDF document"),
        (b"<", "HTML or XML"),
        (b"\x1f\x9d", "a compressed file of a kind that is not read; .gz and .zst are"),
        (b"BZh", "a compressed file of a kind that is not read; .gz and .zst are"),
    ];
    let signature = SIGNATURES.iter().find(|(start, _)| sample.starts_with(start));
    let has_nul = sample.contains(&0);
    match signature {
        Some((_, what)) => Some(what),
        None if has_nul && is_mostly_every_other_byte_nul(sample) => {
            Some("UTF-16: save it as UTF-8")
        }
        None => has_nul.then_some("a binary file"),
    }
}

fn is_mostly_every_other_byte_nul(sample: &[u8]) -> bool {
    let (mut even, mut odd) = (0, 0);
    for pair in sample.chunks_exact(2) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    even.max(odd) * 4 > sample.len() && even.min(odd) * 16 < sample.len()
}

fn by_lines(sample: &[u8]) -> Option<&'static str> {
    let text = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample);
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut lines = lines.filter(|line| !line.is_empty());
    let first = lines.next()?;
    let has = |part: &str| find(text, part.as_bytes()).is_some();
    if is_flexnet(text) {
        return Some("a FlexNet log: `tallyfold import flexnet` turns it into events");
    }
    if first.starts_with(b"[") {
        return Some(
            "JSON, but an array: a log has one JSON object a line (`jq -c '.[]'` makes it)",
        );
    }
    if first.starts_with(b"{") {
        return Some(if has("\"entry\":") {
            "a journal, which is what a replay makes of a log"
        } else if first.ends_with(b"}") {
            "JSON, but without the `type` that every event has"
        } else {
            "JSON, but over several lines: a log has one JSON object a line (`jq -c` makes it)"
        });
    }
    separator_of(first, lines.next())
        .map(|_| "a CSV file: `tallyfold import users` reads lists of people")
}

/// Whether lines are written by lmgrd or by a vendor daemon.
fn is_flexnet(text: &[u8]) -> bool {
    let has = |part: &str| find(text, part.as_bytes()).is_some();
    has("(lmgrd)") || has(") OUT: \"") || has(") IN: \"") || has("FLEXnet") || has("FlexNet")
}

/// What stands between the cells of two lines, if they have equally many.
fn separator_of(first: &[u8], second: Option<&[u8]>) -> Option<u8> {
    let count = |line: &[u8], separator| line.iter().filter(|byte| **byte == separator).count();
    [b',', b';', b'\t'].into_iter().find(|&separator| {
        let cells = count(first, separator);
        cells > 0 && second.is_none_or(|second| count(second, separator) >= cells)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_what_it_is() {
        let utf_16: Vec<u8> = "{\"type\":1}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (sample, what) in [
            (&b"user,team\nana,red\n"[..], "a CSV file"),
            (b"\xef\xbb\xbfproduct;tokens\n", "a CSV file"),
            (b"9:00:00 (lmgrd) Started\n", "a FlexNet log"),
            (b"9:00:00 (adskflex) OUT: \"1ACD\" ana@pc\n", "a FlexNet log"),
            (b"[{\"type\":\"Heartbeat\"}]\n", "JSON, but an array"),
            (b"{\"user\":\"ana\"}\n{}\n", "JSON, but without"),
            (b"{\n  \"user\": \"ana\"\n}\n", "JSON, but over several lines"),
            (b"{\"account\":\"a\",\"entry\":\"charged\"}\n", "a journal"),
            (b"\xff\xfe{\0", "UTF-16"),
            (&utf_16, "UTF-16"),
            (b"SQLite format 3\0\x10", "a SQLite database"),
            (b"<!doctype html>", "HTML"),
            (b"\x7fELF\0\0\0\0", "a binary file"),
            (b"hello\n", "text of some other kind"),
        ] {
            let said = looks_like(sample);
            assert!(said.starts_with(what), "{said} is not {what}");
        }
    }
}
