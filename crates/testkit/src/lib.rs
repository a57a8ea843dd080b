//! Verify tallyfold's charging rules: those of the core on every commit, and those of a service that
//! embeds it or does as it does.
//!
//! ```
//! use tallyfold_core::{Ledger, Rulebook};
//! use tallyfold_testkit::{History, laws};
//!
//! // Every law holds of the core on this history. A service of your own takes the place of `Ledger`.
//! let history = History::of_seed(1, 20..=200);
//! for law in laws::all() {
//!     law.check(&|| Box::<Ledger>::default(), Rulebook::default(), &history)?;
//! }
//! # Ok::<(), tallyfold_testkit::Evidence>(())
//! ```
//!
//! | what | items |
//! | --- | --- |
//! | laws: what always holds of a log and its journal, and of a service that folds; each is one sentence and can be run alone | [`laws`], [`Law`], [`Audit`], [`Evidence`] |
//! | generators, as `proptest` strategies (cargo feature `proptest`, on by default) | [`history`], [`valid_history`], [`event`], [`dirty_log`] |
//! | many histories, and what they reach | [`History::of_seed`], [`Coverage`] |
//! | the rules again, written for reading: a second opinion on every journal | [`model`], [`agree`], [`Machine`] |
//! | your own service | the trait [`Service`], the macro [`service_test!`] |
//! | a failing history, as text | [`scenario`] |
//!
//! # What it is not
//!
//! It proves nothing about prices, taxes or payments; it says whether charges follow the rules.

#![forbid(unsafe_code)]

mod books;
mod choices;
mod coverage;
mod fold;
mod history;
mod history_writer;
pub mod laws;
#[cfg(feature = "proptest")]
mod machine;
pub mod model;
mod rewrite;
mod scenario;
mod service;
mod steps;
#[cfg(feature = "proptest")]
mod strategies;

pub use coverage::Coverage;
pub use fold::{Fold, Turn, agree};
pub use history::History;
pub use laws::{Audit, Evidence, Law};
#[cfg(feature = "proptest")]
pub use machine::{Machine, MachineState, Reference, assert_agrees_with_the_model};
pub use scenario::scenario;
pub use service::{Service, Start};
pub use steps::{Step, events_of, steps_of_seed};
#[cfg(feature = "proptest")]
pub use strategies::{dirty_log, event, history, valid_history};
