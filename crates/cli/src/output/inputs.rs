//! What a command reads, and must not overwrite.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::FileId;
use crate::args::LogArgs;
use crate::store;

/// What SQLite keeps beside a database, by what is added to its name.
const BESIDE_A_STORE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The files that a command reads, or keeps a store in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    files: Vec<(FileId, String)>,
}

impl Inputs {
    /// The files of a log, or its store.
    pub(crate) fn of_log(log: &LogArgs) -> Inputs {
        let inputs = Inputs::default().and_files(&log.paths);
        log.store.iter().fold(inputs, |inputs, store| inputs.and_store(store))
    }

    /// Adds files; `-` is standard input.
    pub(crate) fn and_files<'a>(mut self, paths: impl IntoIterator<Item = &'a PathBuf>) -> Inputs {
        for path in paths {
            let id = match path == Path::new("-") {
                true => standard_input(),
                false => FileId::of_path(path),
            };
            self.files.extend(id.map(|id| (id, path.display().to_string())));
        }
        self
    }

    /// Adds a store, with the files that SQLite keeps beside it.
    pub(crate) fn and_store(mut self, store: &Path) -> Inputs {
        if store::server(store).is_some() {
            return self;
        }
        let database = std::fs::canonicalize(store).unwrap_or_else(|_| store.to_owned());
        for ending in [""].iter().chain(&BESIDE_A_STORE) {
            let mut path = OsString::from(&database);
            path.push(ending);
            let shown = format!("{}{ending}", store.display());
            self.files.extend(FileId::of_path(Path::new(&path)).map(|id| (id, shown)));
        }
        self
    }

    /// Whether a path leads to one of these files.
    pub(crate) fn contains(&self, path: &Path) -> bool {
        FileId::of_path(path).is_some_and(|id| self.find(&id).is_some())
    }

    /// Refuses to write what is read, under whatever name.
    pub(super) fn refuse(&self, output: &Path) -> anyhow::Result<()> {
        let Some(input) = FileId::of_path(output).and_then(|output| self.find(&output)) else {
            return Ok(());
        };
        bail!(
            "{} is read by this command, as {input}, and would be lost; write to another file",
            output.display()
        );
    }

    /// Refuses to write to standard output what is read from the same file, as `>> log.jsonl`.
    pub(crate) fn refuse_standard_output(&self) -> anyhow::Result<()> {
        match standard_output().and_then(|output| self.find(&output)) {
            Some(input) => {
                bail!("standard output is {input}, which this command reads; write to another file")
            }
            None => Ok(()),
        }
    }

    fn find(&self, output: &FileId) -> Option<&str> {
        self.files.iter().find(|(id, _)| id == output).map(|(_, shown)| &**shown)
    }
}

#[cfg(unix)]
fn standard_input() -> Option<FileId> {
    use std::os::fd::AsFd;
    let stream = std::io::stdin().as_fd().try_clone_to_owned().ok()?;
    FileId::of_standard(stream.into(), Path::new("/dev/stdin"))
}

#[cfg(unix)]
fn standard_output() -> Option<FileId> {
    use std::os::fd::AsFd;
    let stream = std::io::stdout().as_fd().try_clone_to_owned().ok()?;
    FileId::of_standard(stream.into(), Path::new("/dev/stdout"))
}

#[cfg(not(unix))]
fn standard_input() -> Option<FileId> {
    None
}

#[cfg(not(unix))]
fn standard_output() -> Option<FileId> {
    None
}
