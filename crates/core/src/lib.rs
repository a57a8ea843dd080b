//! Events in → fold → journal out: the pure core of tallyfold, an event-sourced ledger for
//! prepaid usage tokens.
//!
//! A team buys [packs](PackPurchased) of tokens. Opening a product costs its daily rate, per user
//! and product, for 24 hours, and again for every further 24 hours it stays open. Subscriptions
//! are used before tokens, and packs that expire earlier before later ones. The rules are numbered in
//! [`spec`]; every rule has one home in this crate, and code, refusals and findings cite its number.
//!
//! # The fold
//!
//! A [`Ledger`] folds [`Event`]s one at a time and hands each [`Entry`] of the journal to a
//! [`Sink`] as it is decided. An event that cannot be applied is a [`Finding`] and changes
//! nothing. A [`LogFold`] folds a whole log, as of any instant.
//!
//! # Questions
//!
//! - [`Ledger::admit`]: may this user open this product, what would it cost, and from which packs?
//! - [`Ledger::account`]: balances, packs, windows, live sessions, plan and level of an account,
//!   [at its last event](AccountView::at_last_event) or [settled](AccountView::at) at a later instant.
//! - [`Ledger::check`]: could this event be applied?
//!
//! All of them change nothing and go through the code that decides the real thing.
//!
//! # What it never knows
//!
//! A clock, a file, a thread, a random number, a float, the order of a hash map, a JSON value.
//! Time and ids arrive inside events. The same log gives the same journal on every machine.
//!
//! # An example
//!
//! ```
//! use tallyfold_core::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut ledger = Ledger::default();
//! let rate = RatePublished::per_day("AutoCAD", 7)?;
//! ledger.apply(&rate.from("2026-01-01T00:00:00Z".parse()?), &mut ())?;
//!
//! let open = |at: &str, session: &'static str| -> Result<_, Box<dyn std::error::Error>> {
//!     Ok(SessionOpened::new(session, "ana", "AutoCAD")?.on("acme", at.parse()?)?)
//! };
//! // Without tokens the open is denied; that is a decision, not an error.
//! let mut journal: Vec<Record<'static>> = Vec::new();
//! ledger.apply(&open("2026-01-05T09:00:00Z", "s1")?, &mut journal)?;
//! let denied = &journal[0].entry;
//! assert!(matches!(
//!     denied,
//!     Entry::SessionDenied { reason: Refusal::InsufficientTokens, .. }
//! ));
//! // An event from the past cannot be applied; that is a finding.
//! let late = ledger.apply(&open("2026-01-04T09:00:00Z", "s2")?, &mut journal);
//! assert_eq!(late, Err(Finding::LateEvent));
//! # Ok(())
//! # }
//! ```

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

pub use ask::{AccountAt, AccountView, Admission, LiveSession, PackState, WindowState};
pub use event::*;
pub use journal::*;
pub use ledger::Ledger;
pub use replay::{AccountBytes, LogFold, LogFoldSnapshot, Snapshot};
pub use state::RestoreError;
pub use state::catalog::Rate;
pub use state::charges::ChargePart;
pub use state::names::HashKey;
pub use state::packs::Balance;
