//! Journal → reports: usage as an admin sees it, tied to the entries that made it.
//!
//! A [`Usage`] folds journal records, never rules: feed it as a [`Sink`](tallyfold_core::Sink)
//! while the ledger decides, and ask it at any time. The reports are those of `docs/reports.md`:
//! [`standard`] ones cannot hold a user, [`premium`] ones need a [`premium::Pass`].
//!
//! Nothing here is a float: shares and averages are fractions of integers, rounded half up.

#![forbid(unsafe_code)]

mod cells;
mod days;
mod editions;
pub mod estimate;
mod money;
mod names;
mod packs;
mod period;
pub mod premium;
mod ratio;
mod runout;
mod seats;
pub mod standard;
mod tally;
mod usage;
mod zone;

pub use money::{Money, MoneyError};
pub use period::{Period, PeriodError, PeriodSpec};
pub use ratio::{Permille, Tenths};
pub use usage::{MergeError, Usage};
pub use zone::{TimeZone, TimeZoneError};
