//! One parallel fold of any log into any consumer.
//!
//! [`Replay`] reads a log from files, standard input, memory or a store, folds it on all cores, and hands
//! what it decides to a [`Consumer`](tallyfold_core::Consumer): the journal, digests, a report, or
//! whatever you write. Every command of the program `tallyfold` stands on it.
//!
//! ```
//! use std::collections::BTreeMap;
//! use tallyfold_core::{Consumer, Entry, Record, Tokens};
//! use tallyfold_engine::{Log, Replay};
//!
//! /// Tokens charged, by user.
//! #[derive(Default)]
//! struct ByUser(BTreeMap<String, Tokens>);
//!
//! impl Consumer for ByUser {
//!     fn record(&mut self, record: &Record<'_>) {
//!         if let Entry::Charged(it) = &record.entry {
//!             *self.0.entry(it.user.to_string()).or_default() += it.tokens;
//!         }
//!     }
//!     fn merge(&mut self, later: ByUser) {
//!         later.0.into_iter().for_each(|(user, tokens)| *self.0.entry(user).or_default() += tokens);
//!     }
//! }
//!
//! # let log = include_bytes!("../tests/team-month.jsonl");
//! let run = Replay::of(Log::bytes(log)).run(ByUser::default)?;
//! println!("{:?}, {} events", run.consumer.0, run.event_count());
//! # assert!(run.event_count() > 10 && !run.consumer.0.is_empty());
//! # Ok::<(), tallyfold_engine::ReplayError>(())
//! ```
//!
//! # Types
//!
//! | what | items |
//! | --- | --- |
//! | what is read | [`Log`]: files, standard input, bytes, or any [`LogSource`](tallyfold_log::LogSource) |
//! | the fold | [`Replay`] and its options: threads, as-of, rulebook, accounts, line by line; [`Cancel`] stops it |
//! | what it gives | [`Run`]: the consumer, the ledger, the findings; [`Paused`] and [`Prefix`], to go on with a grown log |
//! | consumers | [`GroupedJournal`], [`JournalDigests`], [`Findings`]; or your own [`Consumer`](tallyfold_core::Consumer) |
//!
//! # What holds
//!
//! - A consumer is handed each account's records in order, and its events if it wants them. The result
//!   is the same for any number of threads.
//! - Memory grows with what the accounts hold, with the opens that were denied, and with the findings that are
//!   kept; else not with the length of the log.
//! - A line that is no event, or an event that cannot be applied, is a finding: it is kept, in log order,
//!   and stops nothing.
//!
//! # What it is not
//!
//! It knows no rule and no report. Events that arrive one at a time are folded by a
//! [`Ledger`](tallyfold_core::Ledger), or recorded by the service of `tallyfold-store`.

#![forbid(unsafe_code)]

mod batch;
mod blocks;
mod denied_opens;
mod digests;
mod error;
mod findings;
mod journal;
mod log;
mod parallel;
mod part;
mod read_ahead;
mod replay;
mod run;
mod sorted;
mod text;

pub use blocks::Prefix;
pub use denied_opens::DeniedOpens;
pub use digests::{AccountDigests, JournalDigests};
pub use error::ReplayError;
pub use findings::Findings;
pub use journal::GroupedJournal;
pub use log::{Input, Log};
pub use replay::{Cancel, Change, Replay};
pub use run::{Folded, Paused, PausedParts, Run};
pub use text::text_of;
