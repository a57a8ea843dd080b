//! Conformance vectors for ledgers of prepaid usage tokens: event logs, and the journal and result that each
//! must give.
//!
//! A ledger conforms if, for every [`Case`] of [`CASES`], replaying [`Case::log`] (as of [`Case::as_of`]
//! where there is one) gives exactly [`Case::journal`] and [`Case::result`]. Compare JSON values, not bytes:
//! the order of an object's fields does not matter, that of a list does. The journal is grouped by account,
//! accounts in the order of their names' bytes. Leave `message` and `column` of findings out: they are free text.
//!
//! ```
//! use tallyfold_conformance::{CASES, Case};
//!
//! let case: &Case = CASES.iter().find(|case| case.name == "scenarios/example-2-two-days").unwrap();
//! assert!(case.log.starts_with(b"{"), "JSON Lines: an event a line");
//! assert!(case.journal.contains(r#""entry":"charged""#), "an entry a line");
//! assert!(case.result.contains(r#""accounts""#), "one JSON object");
//! assert_eq!(case.as_of, None);
//! ```
//!
//! The crate has no dependency: it serves a ledger in any language that Rust can call. The same
//! vectors are plain files in the package, listed by `cases.json`.

#![forbid(unsafe_code)]
#![no_std]

mod cases;

pub use cases::CASES;

/// One case for each log, where only the logs matter: several cases share a log.
///
/// ```
/// let bytes: usize = tallyfold_conformance::logs().map(|case| case.log.len()).sum();
/// assert!(bytes > 1_000_000);
/// ```
pub fn logs() -> impl Iterator<Item = &'static Case> {
    let is_new = |place: usize, log| CASES[..place].iter().all(|earlier| earlier.log != log);
    CASES
        .iter()
        .enumerate()
        .filter(move |(place, case)| is_new(*place, case.log))
        .map(|(_, case)| case)
}

/// A log, and what replaying it must give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// Folder and name, such as `scenarios/P4-all-or-nothing`. The name begins with the number of the rule
    /// that the case is about, if it is about one.
    pub name: &'static str,
    /// The event log: JSON Lines, some of them malformed on purpose. One log is not UTF-8.
    pub log: &'static [u8],
    /// The instant as of which the log is replayed, in RFC 3339; the whole log where there is none.
    pub as_of: Option<&'static str>,
    /// The journal: JSON Lines, grouped by account.
    pub journal: &'static str,
    /// The result of the replay: a JSON object.
    pub result: &'static str,
}

/// The README's example, tested with the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
