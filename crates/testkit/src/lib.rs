//! Verify tallyfold's charging rules: those of the core on every commit, and those of a service that
//! embeds it or does as it does.
//!
//! - [`laws`]: what always holds of a log and its journal, and of a service that folds. Each law is
//!   one sentence and can be run alone.
//! - [`history`], [`valid_history`], [`event`], [`dirty_log`]: `proptest` strategies (cargo feature
//!   `proptest`, on by default). A failing history shrinks to the events that matter and prints as a [`scenario`]. [`History::of_seed`]
//!   is the way to many histories; [`Coverage`] says what they reach.
//! - [`model`]: the rules again, written for reading; a second opinion on every journal.
//!   [`agree`] and [`Machine`] compare a service with it.
//! - [`Service`]: the one trait through which all of this runs against your own service.

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
