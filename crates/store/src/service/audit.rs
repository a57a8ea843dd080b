//! Snapshots, compared with what the events say; and a store, made anew from them.

use std::sync::Arc;

use tallyfold_core::HashKey;

use super::account_ledger::AccountLedger;
use super::ledger_cache::LedgerCache;
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
    let cache = LedgerCache::new(store.clone(), HashKey::default(), std::num::NonZeroUsize::MIN);
    each_account(&**store, |account| {
        let Some(kept) = store.snapshot(account)? else { return Ok(()) };
        let account_ledger = folded(&cache, account, kept.position)?;
        match account_ledger.snapshot() {
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
    let cache = LedgerCache::new(store.clone(), HashKey::default(), std::num::NonZeroUsize::MIN);
    each_account(&**store, |account| {
        if store.version(account)? >= WORTH_A_SNAPSHOT {
            let account_ledger = folded(&cache, account, rebuilt.head.position)?;
            if let Some((snapshot, _)) = account_ledger.snapshot() {
                store.keep_snapshot(account, &snapshot)?;
            }
        }
        Ok(())
    })?;
    Ok(rebuilt)
}

/// An account as its events say, up to a position.
fn folded(
    cache: &LedgerCache,
    account: &Stream,
    through: Position,
) -> Result<AccountLedger, StoreError> {
    let mut account_ledger = AccountLedger::new(account.clone(), HashKey::default());
    cache.read_on(&mut account_ledger, through)?;
    Ok(account_ledger)
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
