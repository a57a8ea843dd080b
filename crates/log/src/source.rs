//! What a log is read from.

use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// Something that a log is read from: a file, standard input, memory, a store.
///
/// Several sources that are read one after another are one log.
pub trait LogSource: Send + Sync + fmt::Debug {
    /// What it is called where something is said of it.
    fn name(&self) -> String;

    /// Its bytes from the start, as they are stored: perhaps compressed.
    ///
    /// # Errors
    ///
    /// Any I/O error of opening it.
    fn open(&self) -> io::Result<Box<dyn Read + Send>>;

    /// How many bytes it has, where that is known without reading them.
    fn size_bytes(&self) -> Option<u64> {
        None
    }

    /// Whether it is certainly a log, so that lines without any event in them are no mistake.
    fn is_surely_a_log(&self) -> bool {
        false
    }
}

/// A file.
#[derive(Clone, Debug)]
pub struct FileSource(pub PathBuf);

impl LogSource for FileSource {
    fn name(&self) -> String {
        self.0.display().to_string()
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(&self.0)?))
    }

    fn size_bytes(&self) -> Option<u64> {
        std::fs::metadata(&self.0).ok().map(|file| file.len())
    }
}

/// Standard input.
#[derive(Clone, Copy, Debug)]
pub struct StandardInput;

impl LogSource for StandardInput {
    fn name(&self) -> String {
        "-".to_owned()
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(io::stdin()))
    }
}

/// Bytes in memory.
///
/// ```
/// use std::io::Read;
/// use tallyfold_log::{LogSource, MemorySource};
///
/// let source = MemorySource::new("log", "{}\n");
/// let mut text = String::new();
/// source.open()?.read_to_string(&mut text)?;
/// assert_eq!((text.as_str(), source.size_bytes()), ("{}\n", Some(3)));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemorySource {
    name: String,
    bytes: Arc<[u8]>,
}

impl MemorySource {
    /// These bytes, under a name.
    pub fn new(name: impl Into<String>, bytes: impl AsRef<[u8]>) -> MemorySource {
        MemorySource { name: name.into(), bytes: bytes.as_ref().into() }
    }
}

impl LogSource for MemorySource {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Cursor::new(self.bytes.clone())))
    }

    fn size_bytes(&self) -> Option<u64> {
        Some(self.bytes.len() as u64)
    }
}
