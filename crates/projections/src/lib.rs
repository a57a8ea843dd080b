//! Journal → reports: usage as an admin sees it, tied to the entries that made it.
//!
//! A [`Usage`] folds journal records, never rules: feed it as a [`Sink`](tallyfold_core::Sink)
//! while the ledger decides, and ask for [`Reports`] at any time. [`Facts`] say what the journal
//! does not: the as-of, and what of the catalog is in force then. The reports are those of
//! `docs/reports.md`: [`standard`] ones cannot hold a user, [`premium`] ones need a
//! [`premium::Pass`].
//!
//! Nothing here is worked out in floats: shares and averages are fractions of integers, rounded
//! once, halves away from zero.

#![forbid(unsafe_code)]

mod access;
mod amounts;
mod cells;
mod days;
mod editions;
pub mod estimate;
mod facts;
mod money;
mod names;
mod observed;
mod packs;
mod period;
pub mod premium;
mod ratio;
mod refusals;
mod reports;
mod runout;
mod seats;
pub mod standard;
mod tally;
mod usage;
mod uses;
mod zone;

pub use facts::Facts;
pub use money::{Money, MoneyError};
pub use observed::Observed;
pub use period::{Period, PeriodError, PeriodSpec};
pub use ratio::{Permille, Tenths};
pub use reports::Reports;
pub use usage::{MergeError, Usage};
pub use zone::{LocalInstant, TimeZone, TimeZoneError};
