//! What every store promises, clause by clause, as tests for a store of your own.
//!
//! [`store_contract!`](crate::store_contract) makes a `#[test]` of each clause; [`CLAUSES`] lists them for
//! any other way to run them. A clause is a function that takes an empty store, and panics where the
//! store breaks the promise. SQLite, PostgreSQL and memory are held to it in this crate's tests; and for
//! each clause there is a store that is wrong in one thing, to see that the clause fails.
//!
//! What a store promises of power failures and damaged files is in [`Store`]. No clause
//! can test it from outside.

#![allow(clippy::unwrap_used, reason = "a clause says what is promised by failing")]

mod appending;
mod beside;
mod caches;
mod consumers;
mod ids;
mod importing;
mod lines;
mod reading;
mod repairing;

use crate::store::Store;

pub use appending::*;
pub use beside::*;
pub use caches::*;
pub use consumers::*;
pub use ids::*;
pub use importing::*;
pub use lines::{future_limit, now};
pub use reading::*;
pub use repairing::*;

/// Lines such as the clauses append, for tests of this crate.
#[doc(hidden)]
pub use lines::{account, line, pack, pack_without_id, rate};

/// A clause: takes an empty store, and panics where that breaks it.
pub type Clause = fn(&dyn Store);

/// Each clause and its name.
pub const CLAUSES: &[(&str, Clause)] = crate::store_contract!(@each [@list]);

/// Tests a store against the whole contract: `store_contract!(name_of_the_module, open);`
///
/// The expansion is a module with a `#[test]` for each [clause](crate::contract). `open` is a function
/// that answers an empty store together with whatever keeps it alive, such as its folder:
/// `fn open() -> (impl Store, impl Sized)`. The clock of the store must be
/// [`contract::future_limit`](crate::contract::future_limit). Tests run beside each other, so each
/// call must answer another store.
///
/// ```
/// use tallyfold_store::{MemoryStore, contract, store_contract};
///
/// fn open() -> (MemoryStore, ()) {
///     (MemoryStore::new(contract::future_limit()), ())
/// }
///
/// store_contract!(memory, open);
/// # for (_, clause) in contract::CLAUSES { clause(&open().0) }
/// ```
///
/// A store that is not to be had everywhere, because it needs a server, is tested only where a
/// condition holds: `store_contract!(name, open, if there_is_a_server());`
#[macro_export]
macro_rules! store_contract {
    ($store:ident, $open:path) => {
        $crate::store_contract!($store, $open, if true);
    };
    ($store:ident, $open:path, if $is_there:expr) => {
        mod $store {
            #[allow(unused_imports, reason = "names may be whole paths")]
            use super::*;
            $crate::store_contract!(@each [@tests $open, $is_there]);
        }
    };
    (@each [$($what:tt)*]) => {
        $crate::store_contract! { $($what)*;
            positions_have_no_gaps_and_versions_count_per_stream,
            bytes_are_kept_as_they_are,
            a_batch_is_appended_whole,
            a_conflict_tells_the_present_version,
            an_event_from_the_future_is_refused,
            a_refused_batch_changes_nothing,
            the_receipt_tells_the_last_catalog_event,
            a_repeat_answers_the_old_position,
            an_id_with_other_bytes_is_refused,
            an_id_counts_in_its_stream_only,
            an_id_from_an_envelope_is_another,
            an_id_of_any_length_is_kept,
            an_account_sees_itself_and_the_catalog,
            pages_join_without_a_seam,
            a_stream_is_read_in_pages,
            the_chain_follows_from_the_events,
            accounts_are_listed_in_byte_order,
            a_sound_store_verifies,
            an_import_keeps_what_is_no_event,
            an_import_goes_on_where_it_stopped,
            an_import_elsewhere_is_refused,
            what_was_appended_is_told_from_what_was_imported,
            a_checkpoint_is_remembered,
            a_consumer_that_dies_repeats_and_never_skips,
            a_tail_wakes_for_what_is_new,
            a_tail_gives_up_after_its_time,
            a_delivery_is_remembered,
            a_snapshot_replaces_the_one_before,
            a_snapshot_names_parts_of_the_one_before,
            an_answer_is_remembered_or_forgotten,
            appenders_beside_each_other_lose_nothing,
            one_of_many_with_the_same_version_wins,
            one_of_many_with_the_same_id_is_stored,
            a_reader_beside_writers_never_finds_one_late,
            a_cut_takes_off_the_end,
            what_is_derived_is_made_anew,
        }
    };
    (@tests $open:path, $is_there:expr; $($clause:ident,)*) => {$(
        #[test]
        fn $clause() {
            if $is_there {
                let (store, _keep) = $open();
                $crate::contract::$clause(&store);
            }
        }
    )*};
    (@list; $($clause:ident,)*) => {
        &[$((stringify!($clause), $crate::contract::$clause)),*]
    };
}
