//! The log: one source, or several that are read one after another.

use std::path::PathBuf;

use tallyfold_log::{FileSource, LogSource, MemorySource, StandardInput, Upcast};

/// What is replayed: one source, or several that are read one after another as one log. It is of the
/// present format, unless it is said to be of [another](Log::upcast).
#[derive(Debug)]
pub struct Log {
    pub(crate) sources: Vec<Box<dyn LogSource>>,
    /// Where it is of an older format.
    pub(crate) upcast: Option<Upcast>,
}

impl Log {
    /// Several files, plain or compressed with gzip or Zstandard.
    pub fn files<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Log {
        let source = |path: P| Box::new(FileSource(path.into())) as Box<dyn LogSource>;
        Log::of_all(paths.into_iter().map(source).collect())
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
        Log::of_all(vec![Box::new(source)])
    }

    /// Several sources.
    #[must_use]
    pub fn of_all(sources: Vec<Box<dyn LogSource>>) -> Log {
        Log { sources, upcast: None }
    }

    /// The same log, which is of an older format: each line is brought to the present one while it is
    /// read. Lines keep their numbers, and one that an upcaster refuses is malformed.
    ///
    /// Nothing is taken for no log here, because nothing is known of how its lines look.
    ///
    /// ```
    /// use tallyfold_core::Record;
    /// use tallyfold_engine::{Log, Replay};
    /// use tallyfold_log::{FormatVersion, Upcasters};
    ///
    /// let v0 = FormatVersion::new(0);
    /// let upcasters = Upcasters::new().register(v0, |line| {
    ///     Ok(str::from_utf8(line)?.replace("\"team\"", "\"account\"").into_bytes().into())
    /// });
    /// let log = r#"{"type":"PackPurchased","at":"2026-01-05T09:00:00Z","team":"acme","pack":"P1","tokens":100}"#;
    /// let log = Log::bytes(log).upcast(upcasters.from_version(v0)?);
    /// let run = Replay::of(log).run(Vec::<Record<'static>>::new)?;
    /// assert_eq!(run.consumer[0].account, "acme");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn upcast(self, upcast: Upcast) -> Log {
        Log { upcast: Some(upcast), ..self }
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
