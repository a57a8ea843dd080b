//! The log: one source, or several that are read one after another.

use std::path::PathBuf;

use tallyfold_log::{FileSource, LogSource, MemorySource, StandardInput};

/// What is replayed: one source, or several that are read one after another as one log.
#[derive(Debug)]
pub struct Log {
    pub(crate) sources: Vec<Box<dyn LogSource>>,
}

impl Log {
    /// Several files, plain or compressed with gzip or Zstandard.
    pub fn files<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Log {
        let source = |path: P| Box::new(FileSource(path.into())) as Box<dyn LogSource>;
        Log { sources: paths.into_iter().map(source).collect() }
    }

    /// Standard input.
    #[must_use]
    pub fn standard_input() -> Log {
        Log::of(StandardInput)
    }

    /// Bytes in memory.
    pub fn bytes(bytes: impl AsRef<[u8]>) -> Log {
        Log::of(MemorySource::new("bytes in memory", bytes))
    }

    /// Any source, such as a store.
    pub fn of(source: impl LogSource + 'static) -> Log {
        Log { sources: vec![Box::new(source)] }
    }

    /// Several sources.
    #[must_use]
    pub fn of_all(sources: Vec<Box<dyn LogSource>>) -> Log {
        Log { sources }
    }
}

/// An input that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// How many lines lie before it in the whole log.
    pub lines_before: u64,
    /// How many bytes it has as it is stored, and their SHA-256; where they were asked for.
    pub digest: Option<(u64, [u8; 32])>,
}
