//! Snapshots, compared with what the events say; and a store, made anew from them.

use std::sync::Arc;

use tallyfold_core::HashKey;

use super::book::Book;
use super::library::Library;
use crate::error::StoreError;
use crate::place::{Position, Stream, Version};
use crate::store::{Rebuilt, SnapshotBytes, Store, Verified};

/// An account of fewer events is loaded quickly without a snapshot.
const WORTH_A_SNAPSHOT: Version = Version::new(1_000);

/// Reads all of a store and checks it, as [`Store::verify`] does; then folds the events of every
/// account that has a snapshot again, and compares.
///
/// A digest tells what was changed by accident. Whoever can write to a store can write a digest,
/// too: only this tells that a snapshot says what the events do not.
///
/// # Errors
///
/// [`StoreError::Damaged`] with the first thing that is wrong.
pub fn verify(store: &Arc<dyn Store>) -> Result<Verified, StoreError> {
    let verified = store.verify()?;
    let library = Library::new(store.clone(), HashKey::default(), std::num::NonZeroUsize::MIN);
    each_account(&**store, |account| {
        let Some(kept) = store.snapshot(account)? else { return Ok(()) };
        let book = folded(&library, account, kept.position)?;
        match book.snapshot() {
            Some((right, _)) if kept.stamp != right.stamp => Ok(()),
            Some((right, _)) if is_same(&kept, &right) => Ok(()),
            _ => {
                let problem = format!("the snapshot of {account} is not what its events say");
                Err(StoreError::Damaged { store: store.name(), problem })
            }
        }
    })?;
    Ok(verified)
}

/// Whether two snapshots say the same, however they are cut into what was written when.
fn is_same(one: &SnapshotBytes, other: &SnapshotBytes) -> bool {
    let parts = |it: &SnapshotBytes| it.parts.iter().map(|part| part.digest).collect::<Vec<_>>();
    let place = |it: &SnapshotBytes| (it.position, it.version);
    place(one) == place(other) && one.body == other.body && parts(one) == parts(other)
}

/// Makes all that is derived from the events of a store anew, as [`Store::rebuild`] does, and the
/// snapshots of large accounts. Nobody else should use the store meanwhile.
///
/// # Errors
///
/// [`StoreError::Damaged`] where an event is changed or missing.
pub fn rebuild(store: &Arc<dyn Store>) -> Result<Rebuilt, StoreError> {
    let rebuilt = store.rebuild()?;
    let library = Library::new(store.clone(), HashKey::default(), std::num::NonZeroUsize::MIN);
    each_account(&**store, |account| {
        if store.version(account)? >= WORTH_A_SNAPSHOT {
            let book = folded(&library, account, rebuilt.head.position)?;
            if let Some((snapshot, _)) = book.snapshot() {
                store.keep_snapshot(account, &snapshot)?;
            }
        }
        Ok(())
    })?;
    Ok(rebuilt)
}

/// An account as its events say, up to a position.
fn folded(library: &Library, account: &Stream, through: Position) -> Result<Book, StoreError> {
    let mut book = Book::new(account.clone(), HashKey::default());
    library.read_on(&mut book, through)?;
    Ok(book)
}

fn each_account(
    store: &dyn Store,
    mut work: impl FnMut(&Stream) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let page = store.accounts(&after, 1_000)?;
        let Some(last) = page.last().and_then(Stream::account) else { return Ok(()) };
        after = last.to_owned();
        page.iter().try_for_each(&mut work)?;
    }
}
