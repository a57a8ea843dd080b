//! A file under a temporary name, until it is whole.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tempfile::NamedTempFile;

/// The exit code of a program that Ctrl-C ended, as shells have it.
const INTERRUPTED: i32 = 130;

/// Every file that has no name of its own yet.
static PENDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A file that replaces its target when it is whole, and is removed where it never is: also when
/// the program is told to end.
pub(super) struct PendingFile {
    file: NamedTempFile,
    registered: Registered,
    target: PathBuf,
}

impl PendingFile {
    /// A file where there is none.
    pub(super) fn new(target: PathBuf) -> io::Result<PendingFile> {
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new();
        file.prefix(".tallyfold-").suffix(".tmp");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As for any new file; the mask of the process narrows it.
            file.permissions(fs::Permissions::from_mode(0o666));
        }
        let created = Registered::create(|| file.tempfile_in(folder));
        let (file, registered) = created.map_err(|error| cannot_create_in(folder, &error))?;
        Ok(PendingFile { file, registered, target })
    }

    /// A file in the place of another, with its mode, and its owner where that is allowed.
    pub(super) fn replacing(target: PathBuf, before: &Metadata) -> io::Result<PendingFile> {
        let pending = PendingFile::new(target)?;
        let file = pending.file.as_file();
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, fchown};
            // Only a privileged user may give a file to somebody else.
            let _ = fchown(file, Some(before.uid()), Some(before.gid()));
        }
        file.set_permissions(before.permissions())?;
        Ok(pending)
    }

    /// Puts the file in the place of its target.
    pub(super) fn persist(self) -> io::Result<()> {
        let PendingFile { file, registered, target } = self;
        file.as_file().sync_all()?;
        file.persist(target).map_err(|error| error.error)?;
        drop(registered);
        Ok(())
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

/// The error without the temporary name, which means nothing to the user.
fn cannot_create_in(folder: &Path, error: &io::Error) -> io::Error {
    let problem = match error.kind() {
        io::ErrorKind::NotFound => format!("there is no folder {}", folder.display()),
        kind => format!("no file can be made in {}: {kind}", folder.display()),
    };
    io::Error::new(error.kind(), problem)
}

/// A temporary file that is removed when the program is told to end.
struct Registered(PathBuf);

impl Registered {
    /// Creates a file. An interruption waits until it is registered.
    fn create(
        create: impl FnOnce() -> io::Result<NamedTempFile>,
    ) -> io::Result<(NamedTempFile, Registered)> {
        static HANDLED: Once = Once::new();
        HANDLED.call_once(|| {
            // Without a handler an interruption only leaves a temporary file behind.
            let _ = ctrlc::set_handler(|| {
                pending().iter().for_each(|path| drop(fs::remove_file(path)));
                process::exit(INTERRUPTED);
            });
        });
        let mut pending = pending();
        let file = create()?;
        pending.insert(file.path().to_owned());
        let registered = Registered(file.path().to_owned());
        Ok((file, registered))
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        pending().remove(&self.0);
    }
}

fn pending() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}
