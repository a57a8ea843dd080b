//! Where a command writes: never over what it reads, and whole or not at all.
//!
//! A file is written under a temporary name beside its target, which it replaces when all is
//! written. So an interruption or a full disk leaves what was there. A device or a pipe is written
//! directly.

mod file_id;
mod folder;
mod inputs;
mod pending;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

pub(crate) use folder::{FileOfFolder, OutputFolder};
pub(crate) use inputs::Inputs;

use file_id::FileId;
use pending::PendingFile;

const BUFFER_BYTES: usize = 1 << 16;

/// Something that a command writes: standard output, or a file.
pub(crate) struct Output {
    /// For error messages. None for standard output.
    path: Option<PathBuf>,
    writer: BufWriter<Destination>,
}

enum Destination {
    Standard(io::Stdout),
    /// A device, a pipe, or what standard output leads to.
    Direct(File),
    Pending(PendingFile),
}

impl Output {
    /// Standard output. [`Inputs::refuse_standard_output`] has looked at it.
    pub(crate) fn standard() -> Output {
        let writer = BufWriter::with_capacity(BUFFER_BYTES, Destination::Standard(io::stdout()));
        Output { path: None, writer }
    }

    /// A file; standard output for none, and for `-`.
    pub(crate) fn to(path: Option<&Path>, inputs: &Inputs) -> anyhow::Result<Output> {
        match path {
            Some(path) if path != Path::new("-") => Output::to_file(path, inputs),
            _ => Ok(Output::standard()),
        }
    }

    /// A file, which appears under its name when it is [finished](Output::finish).
    ///
    /// Refused where it is one of the inputs.
    pub(crate) fn to_file(path: &Path, inputs: &Inputs) -> anyhow::Result<Output> {
        inputs.refuse(path)?;
        let destination = destination(path).with_context(|| cannot_write(path))?;
        let writer = BufWriter::with_capacity(BUFFER_BYTES, destination);
        Ok(Output { path: Some(path.to_owned()), writer })
    }

    /// What an error of writing is introduced with.
    pub(crate) fn cannot_write(&self) -> String {
        let standard = || "cannot write to standard output".to_owned();
        self.path.as_deref().map_or_else(standard, cannot_write)
    }

    /// Writes what is left, and puts a file in the place of what was there.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let Output { path, writer } = self;
        let finished = writer.into_inner().map_err(io::IntoInnerError::into_error);
        let finished = finished.and_then(|destination| match destination {
            Destination::Standard(mut out) => out.flush(),
            Destination::Direct(mut file) => file.flush(),
            Destination::Pending(file) => file.persist(),
        });
        match path {
            Some(path) => finished.with_context(|| cannot_write(&path)),
            None => Ok(finished?),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Destination::Standard(out) => out.write(bytes),
            Destination::Direct(file) => file.write(bytes),
            Destination::Pending(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Destination::Standard(out) => out.flush(),
            Destination::Direct(file) => file.flush(),
            Destination::Pending(file) => file.flush(),
        }
    }
}

/// What an error of writing is introduced with.
pub(crate) fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

fn destination(path: &Path) -> anyhow::Result<Destination> {
    let target = followed(path)?;
    match fs::metadata(&target) {
        Ok(it) if it.is_dir() => bail!("it is a folder"),
        Ok(it) if it.is_file() && !names_an_open_file(&target) => {
            Ok(Destination::Pending(PendingFile::replacing(target, &it)?))
        }
        // Appending, because a file that is open already may hold something.
        Ok(_) => Ok(Destination::Direct(File::options().append(true).open(&target)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(Destination::Pending(PendingFile::new(target)?))
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether a path names a file that is open already: whoever opened it wants that file written, and no
/// other in its place.
fn names_an_open_file(path: &Path) -> bool {
    ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc"].iter().any(|name| path.starts_with(name))
}

/// How many links are followed: as many as Linux follows.
const MOST_LINKS: usize = 40;

/// Where symbolic links lead, even if nothing is there yet.
fn followed(path: &Path) -> anyhow::Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        if names_an_open_file(&target) {
            return Ok(target);
        }
        match fs::read_link(&target) {
            Ok(link) => target = target.parent().unwrap_or(Path::new("")).join(link),
            Err(_) => return Ok(target),
        }
    }
    bail!("more than {MOST_LINKS} links lead from one to the next")
}
