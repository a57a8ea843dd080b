//! Verification of tallyfold's charging rules: of the core on every commit, and of a service
//! that embeds it.
//!
//! - [`model`]: the rules again, written for reading; a second opinion on every journal.

#![forbid(unsafe_code)]

pub mod model;
