//! Journal → reports: usage as an admin sees it, tied to the entries that made it.
//!
//! A [`Usage`] folds journal records, never rules: feed it as a [`Sink`](tallyfold_core::Sink)
//! while the ledger decides, and ask for [`Reports`] at any time. [`Facts`] say what the journal
//! does not: the as-of, and what of the catalog is in force then. The reports are those of
//! [`definitions`]: [`standard`] ones cannot hold a user, [`premium`] ones need a
//! [`premium::Pass`].
//!
//! ```
//! use tallyfold_core::*;
//! use tallyfold_projections::{Facts, PeriodSpec, TimeZone, Usage};
//!
//! let monday: Timestamp = "2026-01-05T09:00:00Z".parse()?;
//! let (mut ledger, mut usage) = (Ledger::default(), Usage::new(TimeZone::UTC));
//! for event in [
//!     RatePublished::per_day("AutoCAD", 7)?.from(monday),
//!     PackPurchased::new("P1", 100)?.on("acme", monday)?,
//!     SessionOpened::new("s1", "ana", "AutoCAD")?.on("acme", monday)?,
//! ] {
//!     ledger.apply(&event, &mut usage)?;
//! }
//! let facts = Facts::of(&ledger, monday);
//! let reports = usage.reports("2026-01".parse()?, &facts);
//! let products = reports.token_by_product();
//! assert_eq!(products[0].tokens_used, Tokens::whole(7));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | what | items |
//! | --- | --- |
//! | the fold of a journal | [`Usage`]; [`premium::UserDetail`] for one user |
//! | when | [`Period`], [`PeriodSpec`], [`TimeZone`], [`LocalInstant`], [`Observed`] |
//! | reports | [`Reports`], with the rows of [`standard`] and [`premium`]; [`estimate`] says what to buy |
//! | files | [`Row`] tells a row's columns and cells, from which [`csv::write`] and [`json::write`] make files; [`TABLES`] lists the columns of all reports |
//! | values | [`Money`], [`Permille`], [`Tenths`] |
//! | for programs in other languages | `schema`, the JSON Schema of the reports (feature `schema`) |
//!
//! # What it is not
//!
//! It decides no charge and knows no rule. Nothing here is worked out in floats: shares and averages are
//! fractions of integers, rounded once, halves away from zero.

#![forbid(unsafe_code)]

mod access;
mod amounts;
mod cells;
pub mod csv;
mod days;
pub mod definitions;
mod editions;
pub mod estimate;
mod facts;
pub mod json;
mod money;
mod names;
mod observed;
mod packs;
mod period;
pub mod premium;
mod ratio;
mod refusals;
mod reports;
mod row;
mod runout;
#[cfg(feature = "schema")]
pub mod schema;
mod seats;
pub mod standard;
mod tables;
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
pub use row::{Cell, CellKind, Column, ReportRow, Row};
pub use tables::{TABLES, Table};
pub use usage::{MergeError, Usage};
pub use zone::{LocalInstant, TimeZone, TimeZoneError};
