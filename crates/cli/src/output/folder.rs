//! A folder of outputs, with a manifest that tells which of its files are ours.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Inputs, Output, cannot_write};
use crate::text::hex;
use crate::text::printable;

/// The name of the file that lists the others.
const MANIFEST: &str = "manifest.json";
/// How many foreign files are named in an error.
const NAMED: usize = 3;

/// What `manifest.json` says of a folder.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    program: String,
    files: BTreeMap<String, ListedFile>,
}

/// A file of the folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ListedFile {
    bytes: u64,
    sha256: String,
}

/// A folder whose files change together: those of the last time are replaced or removed, and no
/// others are touched.
pub(crate) struct OutputFolder<'a> {
    path: &'a Path,
    inputs: &'a Inputs,
    before: Manifest,
    files: BTreeMap<String, FileOfFolder>,
}

/// A file on its way to a folder.
pub(crate) struct FileOfFolder {
    output: Output,
    bytes: u64,
    sha256: Sha256,
}

impl<'a> OutputFolder<'a> {
    /// A folder, made where there is none.
    ///
    /// Refused where it has files that its manifest does not list, unless `is_forced`.
    pub(crate) fn open(
        path: &'a Path,
        inputs: &'a Inputs,
        is_forced: bool,
    ) -> anyhow::Result<OutputFolder<'a>> {
        fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
        let before = read_manifest(path)?;
        for name in before.files.keys() {
            inputs.refuse(&path.join(name))?;
        }
        let foreign = foreign_files(path, &before)?;
        if !foreign.is_empty() && !is_forced {
            let more = if foreign.len() > NAMED { ", …" } else { "" };
            bail!(
                "{} has files that no earlier `report all` wrote ({}{more}); choose another \
                 folder, or add --force to write beside them",
                path.display(),
                foreign[..foreign.len().min(NAMED)].join(", "),
            );
        }
        Ok(OutputFolder { path, inputs, before, files: BTreeMap::new() })
    }

    /// A file for the folder, to be written and then [added](OutputFolder::add).
    pub(crate) fn file(&self, name: &str) -> anyhow::Result<FileOfFolder> {
        let output = Output::to_file(&self.path.join(name), self.inputs)?;
        Ok(FileOfFolder { output, bytes: 0, sha256: Sha256::new() })
    }

    /// Adds files that were written, each under its name.
    pub(crate) fn add(&mut self, files: impl IntoIterator<Item = (String, FileOfFolder)>) {
        self.files.extend(files);
    }

    /// Puts all files in place, and removes those of the last time that are no more.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let OutputFolder { path, inputs, before, files } = self;
        let listed = files.iter().map(|(name, file)| (name.clone(), file.listed()));
        let program = format!("tallyfold {}", env!("CARGO_PKG_VERSION"));
        let now = Manifest { program, files: listed.collect() };
        // Until all is in place, the manifest lists both: what an interruption leaves is ours.
        let both = before.files.clone().into_iter().chain(now.files.clone()).collect();
        write_manifest(path, inputs, &Manifest { files: both, program: now.program.clone() })?;
        for file in files.into_values() {
            file.output.finish()?;
        }
        for name in before.files.keys().filter(|name| !now.files.contains_key(*name)) {
            remove_if_there(&path.join(name))?;
        }
        write_manifest(path, inputs, &now)
    }
}

impl FileOfFolder {
    fn listed(&self) -> ListedFile {
        ListedFile { bytes: self.bytes, sha256: hex(&self.sha256.clone().finalize()) }
    }
}

impl Write for FileOfFolder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.output.write(bytes)?;
        self.bytes += written as u64;
        self.sha256.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

fn read_manifest(folder: &Path) -> anyhow::Result<Manifest> {
    let path = folder.join(MANIFEST);
    let text = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Manifest::default()),
        text => text.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let manifest: Option<Manifest> = serde_json::from_slice(&text).ok();
    let is_plain = |name: &String| Path::new(name).file_name() == Some(name.as_ref());
    match manifest {
        Some(it) if it.program.starts_with("tallyfold ") && it.files.keys().all(is_plain) => Ok(it),
        _ => bail!(
            "{} is no manifest of reports, and would be lost; choose another folder",
            path.display()
        ),
    }
}

/// The files of a folder that its manifest does not list, but for hidden ones.
fn foreign_files(folder: &Path, manifest: &Manifest) -> anyhow::Result<Vec<String>> {
    let cannot_read = || format!("cannot read {}", folder.display());
    let mut foreign = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot_read)? {
        let name = entry.with_context(cannot_read)?.file_name();
        let name = name.to_string_lossy();
        let is_ours = *name == *MANIFEST || manifest.files.contains_key(&*name);
        if !is_ours && !name.starts_with('.') {
            foreign.push(printable(&name).into_owned());
        }
    }
    foreign.sort();
    Ok(foreign)
}

fn write_manifest(folder: &Path, inputs: &Inputs, manifest: &Manifest) -> anyhow::Result<()> {
    let path: PathBuf = folder.join(MANIFEST);
    let mut out = Output::to_file(&path, inputs)?;
    serde_json::to_writer_pretty(&mut out, manifest).with_context(|| cannot_write(&path))?;
    writeln!(out).with_context(|| cannot_write(&path))?;
    out.finish()
}

fn remove_if_there(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
