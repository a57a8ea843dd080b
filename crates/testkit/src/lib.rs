//! Verify the charging rules of tallyfold, or a service of your own.

#![forbid(unsafe_code)]

mod books;
mod choices;
mod coverage;
mod fold;
pub mod laws;
mod rewrite;
mod scenario;
mod scribe;
mod service;
mod steps;
mod strategies;

pub use coverage::Coverage;
pub use fold::{Fold, Turn};
pub use laws::{Audit, Evidence, Law};
pub use scenario::scenario;
pub use service::{Service, Start};
pub use steps::{Step, events_of, steps_of_seed};
pub use strategies::{History, dirty_log, event, history, valid_history};
