//! An event-sourced ledger for prepaid usage tokens.
//!
//! A team buys packs of tokens. Opening a product costs its daily rate, per user and product, for 24
//! hours. tallyfold folds immutable events (a pack was bought, a session opened) into charges, balances,
//! notices and reports; the same events give the same bytes on every machine.
//!
//! # A charge
//!
//! ```
//! use tallyfold::event::{PackPurchased, RatePublished, SessionOpened};
//! use tallyfold::journal::{Entry, Record};
//! use tallyfold::{Ledger, Timestamp, Tokens};
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
//! assert!(journal.iter().any(|it| matches!(&it.entry, Entry::Charged(it) if it.tokens == Tokens::whole(7))));
//! let acme = ledger.account("acme").ok_or("no such account")?;
//! assert_eq!(acme.at_last_event().tokens().available, Tokens::whole(93));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is where
//!
//! | module | what it has | feature |
//! | --- | --- | --- |
//! | this one | [`Ledger`], [`Event`], [`Replay`], times, amounts and names: what short programs need | `rust_decimal` |
//! | [`event`] | all that may be said | |
//! | [`journal`] | all that is answered: entries, refusals, findings; where they go | |
//! | [`ask`] | questions that change nothing: an account at an instant, an admission | |
//! | [`fold`] | snapshots of a ledger, and folds of a whole log by hand | |
//! | [`log`] | bytes and events: JSON Lines, CloudEvents, compression, JSON Schemas | `gzip`, `zstd`, `flexnet`, `generate`, `schema` |
//! | [`engine`] | a whole log, folded on all cores into any consumer | |
//! | [`reports`] | Standard and Premium usage reports, and their JSON Schema | `schema` |
//! | `store` | durable streams and a service: memory, SQLite, PostgreSQL | `store`, `sqlite`, `postgres`, `async`, `tracing` |
//! | `testkit` | laws, generators, a naive model | `testkit` |
//! | [`rules`] | the charging rules, each an item | |
//! | [`guide`] | from `cargo add` to a service in operation; the laws; how it is verified; the map of the code | |
//!
//! No feature is on unless it is asked for; only `zstd`, `sqlite` and `postgres` need a C compiler.
//!
//! # What it is not
//!
//! It sends no mail and takes no payment: it decides, records and answers. It has no clock of its own;
//! time arrives in events, or through the service of a store.

#![forbid(unsafe_code)]

/// What may be said: events, and the values in them.
pub mod event {
    pub use tallyfold_core::{
        AccountEvent, Action, AdjustmentTokens, Assignment, CatalogChange, CatalogEvent,
        ChargeReversed, CloudEvent, CollectionDefined, Event, EventId, FlexAccess, FlexAccessSet,
        FlexAssigned, FlexUnassigned, Heartbeat, IntoName, IntoText, Name, NameError, OutOfRange,
        OverrideOutOfRange, Overrides, PackPurchased, PackTokens, Per, Plan, PlanSelected, Preset,
        Products, Quantity, RatePublished, RateTokens, ResultProduced, Rulebook, RulebookAdopted,
        Seats, SessionClosed, SessionOpened, SubscriptionAssigned, SubscriptionPurchased,
        SubscriptionUnassigned, Term, Text, TextTooLong, TokensAdjusted, TooManyProducts,
        ValueError,
    };
}

/// What is answered: entries of the journal, refusals and findings; and where they go.
pub mod journal {
    pub use tallyfold_core::{
        BoxedConsumer, ChargeReason, Charged, ChargedWindow, Consumer, Entry, Feed, Finding,
        FoldedEvent, Level, LogClock, Noted, Notice, Obstacle, Posting, Record, RefundReason,
        Refunded, Refusal, Rejection, SessionEnd, Sink, SinkFn, WindowEnd, sink_fn,
    };
}

/// Questions that change nothing.
pub mod ask {
    pub use tallyfold_core::{
        AccountAt, AccountStatement, AccountView, Admission, Balance, LiveSession, PackState, Rate,
        WindowState,
    };
}

/// Snapshots of a ledger, and folds of a whole log by hand.
pub mod fold {
    pub use tallyfold_core::{
        AccountBytes, ChargePart, LogFold, LogFoldSnapshot, RestoreError, Snapshot,
    };
}

// The examples of its pages are tested below.
#[cfg(not(doctest))]
pub mod guide;

pub use tallyfold_core::spec as rules;
pub use tallyfold_engine as engine;
pub use tallyfold_log as log;
pub use tallyfold_projections as reports;
#[cfg(feature = "store")]
pub use tallyfold_store as store;
#[cfg(feature = "testkit")]
pub use tallyfold_testkit as testkit;

pub use tallyfold_core::{
    AccountView, Admission, Consumer, Entry, Event, Finding, HashKey, Ledger, LedgerBuilder, Name,
    Record, Refusal, Span, Timestamp, TimestampError, Tokens, TokensError, ValueError,
};
pub use tallyfold_engine::{Log, Replay, ReplayError, Run};

/// The README's example, tested with the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The guide's examples, tested with the documentation.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../docs/embedding.md")]
struct Embedding;

/// The recipes' examples, tested with the documentation.
#[cfg(doctest)]
#[doc = include_str!("../docs/recipes.md")]
struct Recipes;

/// The example for a PostgreSQL server, which is compiled.
#[cfg(all(doctest, feature = "postgres"))]
#[doc = include_str!("../docs/postgres.md")]
struct Postgres;
