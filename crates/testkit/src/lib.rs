//! Verify the charging rules of tallyfold, or a service of your own.

#![forbid(unsafe_code)]

mod choices;
mod coverage;
mod scenario;
mod scribe;
mod steps;
mod strategies;

pub use coverage::Coverage;
pub use scenario::scenario;
pub use steps::{Step, events_of, steps_of_seed};
pub use strategies::{History, dirty_log, event, history, valid_history};
