//! Events in → fold → journal out: the pure core of tallyfold, an event-sourced ledger for
//! prepaid usage tokens.
//!
//! A team buys [packs](PackPurchased) of tokens. Opening a product costs its daily rate, per user
//! and product, for 24 hours, and again for every further 24 hours it stays open. Subscriptions
//! are used before tokens, and packs that expire earlier before later ones. The rules are numbered in
//! [`spec`]; every rule has one home in this crate, and code, refusals and findings cite its number.
//!
//! # A charge
//!
//! ```
//! use tallyfold_core::*;
//!
//! let monday: Timestamp = "2026-01-05T09:00:00Z".parse()?;
//! let mut ledger = Ledger::default();
//! let mut journal: Vec<Record> = Vec::new();
//! for event in [
//!     RatePublished::per_day("AutoCAD", 7)?.from(monday),
//!     PackPurchased::new("P1", 100)?.on("acme", monday)?,
//!     SessionOpened::new("s1", "ana", "AutoCAD")?.on("acme", monday)?,
//! ] {
//!     ledger.apply(&event, &mut journal)?;
//! }
//! let Some(Record { entry: Entry::Charged(charge), .. }) = journal.get(1) else { panic!("no charge") };
//! assert_eq!(charge.tokens, Tokens::whole(7));
//!
//! // What would the next open of the same product cost? Nothing: 24 hours are paid (W2).
//! let later = "2026-01-06T08:59:59Z".parse()?;
//! let admission = ledger.admit("acme", "ana", "AutoCAD", later)?;
//! assert!(matches!(admission, Admission::Joins { charge: 1, .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! | what | types |
//! | --- | --- |
//! | the fold | [`Ledger`] folds events one at a time; [`LogFold`] folds a whole log, as of any instant |
//! | what may be said | [`Event`]: an [`AccountEvent`] with an [`Action`], or a [`CatalogEvent`] with a [`CatalogChange`]; each kind has a type of its own, such as [`SessionOpened`] |
//! | values | [`Name`], [`Tokens`], [`Timestamp`], [`Span`], and amounts that are in range by construction: [`PackTokens`], [`RateTokens`], [`Seats`], [`Quantity`], [`Term`] |
//! | rulebooks | [`Rulebook`], [`Preset`], [`Overrides`] |
//! | what is answered | [`Record`], an [`Entry`] of the journal with its account and instant; [`Refusal`], why cover was refused; [`Finding`], why an event could not be applied |
//! | who takes it | [`Sink`] takes records; [`Consumer`] takes records and events and can be merged |
//! | questions, which change nothing | [`Ledger::account`] gives an [`AccountView`], [at its last event](AccountView::at_last_event) or [settled](AccountView::at) at a later instant; [`Ledger::admit`] gives an [`Admission`]; [`Ledger::check`] says whether an event could be applied |
//! | a fold that goes on later | [`Snapshot`], [`LogFoldSnapshot`], [`AccountBytes`] |
//!
//! # What it is not
//!
//! It knows no clock, file, thread, random number, float, order of a hash map, or JSON value. Time and ids
//! arrive inside events, so the same log gives the same journal on every machine. Reading logs is up to
//! `tallyfold-log`, keeping them to `tallyfold-store`, reports to `tallyfold-projections`.

#![forbid(unsafe_code)]

pub mod spec;

mod event;
mod journal;
mod state;

mod rules;

mod ledger;
mod prefetch;

mod ask;
mod replay;

pub use ask::{
    AccountAt, AccountStatement, AccountView, Admission, LiveSession, PackState, WindowState,
};
pub use event::*;
pub use journal::*;
pub use ledger::{Ledger, LedgerBuilder};
pub use replay::{AccountBytes, LogFold, LogFoldSnapshot, Snapshot};
pub use state::RestoreError;
pub use state::catalog::Rate;
pub use state::charges::ChargePart;
pub use state::names::HashKey;
pub use state::packs::Balance;
