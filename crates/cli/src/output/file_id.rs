//! Which file a path leads to, whatever it is called there.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// A regular file, or a place where one may come to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FileId {
    /// A file by its device and inode: the same through links, hard links and relative paths.
    Existing(PhysicalId),
    /// No file yet: its name, in the folder where it would be.
    Missing(PathBuf),
}

impl FileId {
    /// None for what is no regular file (a folder, a pipe, a device), and for what cannot be looked at:
    /// opening it says why.
    pub(super) fn of_path(path: &Path) -> Option<FileId> {
        match fs::metadata(path) {
            Ok(metadata) => PhysicalId::of(&metadata, path).map(FileId::Existing),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
                Some(FileId::Missing(folder.join(path.file_name()?)))
            }
            Err(_) => None,
        }
    }

    /// The file that standard input or output leads to.
    pub(super) fn of_standard(stream: File, path: &Path) -> Option<FileId> {
        PhysicalId::of(&stream.metadata().ok()?, path).map(FileId::Existing)
    }
}

#[cfg(unix)]
mod physical {
    use super::{Metadata, Path};
    use std::os::unix::fs::MetadataExt;

    /// Device and inode.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(in super::super) struct PhysicalId(u64, u64);

    impl PhysicalId {
        pub(super) fn of(metadata: &Metadata, _: &Path) -> Option<PhysicalId> {
            metadata.is_file().then(|| PhysicalId(metadata.dev(), metadata.ino()))
        }
    }
}

#[cfg(not(unix))]
mod physical {
    use super::{Metadata, Path, PathBuf, fs};

    /// The path without links.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(in super::super) struct PhysicalId(PathBuf);

    impl PhysicalId {
        pub(super) fn of(metadata: &Metadata, path: &Path) -> Option<PhysicalId> {
            let path = fs::canonicalize(path).ok()?;
            metadata.is_file().then_some(PhysicalId(path))
        }
    }
}

use physical::PhysicalId;
