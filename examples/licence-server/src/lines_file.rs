//! Files of lines that are only appended to: whole lines or nothing, whatever happens meanwhile.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

/// No line is longer, so that an append looks only at the end of a file.
const LONGEST_LINE: u64 = 1 << 20;

/// A file with a JSON object on each line.
#[derive(Clone, Debug)]
pub(crate) struct LinesFile(PathBuf);

/// What a file holds.
pub(crate) struct Lines {
    bytes: Vec<u8>,
    /// How many bytes belong to whole lines.
    whole: usize,
}

impl Lines {
    /// The whole lines, from the first on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let lines = self.bytes[..self.whole].split_inclusive(|byte| *byte == b'\n');
        lines.map(|line| line.strip_suffix(b"\n").unwrap_or(line))
    }

    /// Whether the file ends with a part of a line: of an append that was cut off.
    pub(crate) fn is_torn(&self) -> bool {
        self.whole < self.bytes.len()
    }

    fn of(bytes: Vec<u8>) -> Lines {
        let ended = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        // A line that lacks only its line break is whole.
        let is_whole = serde_json::from_slice::<IgnoredAny>(&bytes[ended..]).is_ok();
        let whole = if is_whole { bytes.len() } else { ended };
        Lines { bytes, whole }
    }
}

impl LinesFile {
    pub(crate) fn new(path: PathBuf) -> LinesFile {
        LinesFile(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Reads the file; none where there is no file.
    pub(crate) fn read(&self) -> io::Result<Option<Lines>> {
        let mut file = match File::open(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        without_locks(file.lock_shared())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some(Lines::of(bytes)))
    }

    /// Appends lines, each with its line break: all of them durably, or none. What an earlier
    /// append left unfinished at the end of the file is cut off first.
    pub(crate) fn append(&self, lines: &[u8]) -> io::Result<()> {
        let is_new = !self.0.exists();
        let mut file = open_to_append(&self.0)?;
        without_locks(file.lock())?;
        let (end, lacks_break) = end_of_whole_lines(&mut file)?;
        file.set_len(end)?;
        let glue: &[u8] = if lacks_break { b"\n" } else { b"" };
        if let Err(error) = file.write_all(&[glue, lines].concat()).and_then(|()| file.sync_all()) {
            // Where not even this works, the next reader finds the torn end.
            let _ = file.set_len(end);
            return Err(error);
        }
        if is_new { sync_folder_of(&self.0) } else { Ok(()) }
    }
}

/// Where the whole lines of a file end, and whether the last of them lacks its line break.
fn end_of_whole_lines(file: &mut File) -> io::Result<(u64, bool)> {
    let from = file.metadata()?.len().saturating_sub(LONGEST_LINE);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let Lines { bytes, whole } = Lines::of(bytes);
    if whole == 0 && from > 0 {
        return Err(io::Error::new(ErrorKind::InvalidData, "its last line is too long"));
    }
    let lacks_break = whole > 0 && bytes.get(whole - 1) != Some(&b'\n');
    Ok((from + whole as u64, lacks_break))
}

/// Who holds which key, and what was posted to whom, is nobody else's business.
fn open_to_append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A file system without locks is as good as one: then one program at a time appends.
fn without_locks(locked: io::Result<()>) -> io::Result<()> {
    match locked {
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(()),
        locked => locked,
    }
}

/// Makes the name of a new file durable.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> (LinesFile, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (LinesFile::new(folder.path().join("lines.jsonl")), folder)
    }

    #[test]
    fn what_was_left_unfinished_is_no_line_and_is_cut_off() {
        let (file, _folder) = file();
        assert!(file.read().unwrap().is_none());
        file.append(b"{\"a\":1}\n").unwrap();
        let whole = std::fs::read(file.path()).unwrap();
        for torn in 1..whole.len() - 1 {
            std::fs::write(file.path(), [&whole, &whole[..torn]].concat()).unwrap();
            let lines = file.read().unwrap().unwrap();
            assert!(lines.is_torn());
            assert_eq!(lines.iter().collect::<Vec<_>>(), [b"{\"a\":1}"]);
            file.append(b"{\"b\":2}\n").unwrap();
            assert_eq!(std::fs::read(file.path()).unwrap(), b"{\"a\":1}\n{\"b\":2}\n");
        }
    }

    #[test]
    fn a_line_that_lacks_only_its_break_is_whole() {
        let (file, _folder) = file();
        std::fs::write(file.path(), "{\"a\":1}\n{\"b\":2}").unwrap();
        let lines = file.read().unwrap().unwrap();
        assert!(!lines.is_torn());
        assert_eq!(lines.iter().count(), 2);
        file.append(b"{\"c\":3}\n").unwrap();
        assert_eq!(std::fs::read(file.path()).unwrap(), b"{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n");
    }

    #[test]
    fn appends_beside_each_other_lose_nothing() {
        let (file, _folder) = file();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..10).for_each(|_| file.append(b"{\"a\":1}\n").unwrap()));
            }
        });
        assert_eq!(file.read().unwrap().unwrap().iter().count(), 80);
    }
}
