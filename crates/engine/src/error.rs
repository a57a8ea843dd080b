//! Why a log cannot be replayed.

use std::io;

/// Why a log cannot be replayed. What is wrong with a line of it is a finding instead.
///
/// Non-exhaustive: other sources of logs may fail in other ways.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// Any I/O error of reading an input, or of unpacking it.
    #[error("cannot read {input}")]
    Read {
        /// The input's name.
        input: String,
        /// The error.
        source: io::Error,
    },
    /// An input has lines, but none of them is an event, or an object with a `type`: a wrong file, probably.
    #[error("{input} has no event")]
    NoEvent {
        /// The input's name.
        input: String,
        /// How it starts.
        sample: Vec<u8>,
    },
    /// The start of the log is not what was folded before.
    #[error("{0}")]
    OtherLog(String),
    /// A replay that goes on is to be as of an instant: what was folded before may be later.
    #[error("a replay that goes on cannot be as of an instant; replay the log from its start")]
    ResumedAsOf,
    /// The threads could not be started.
    #[error("cannot start so many threads")]
    Threads,
    /// A temporary file could not be written or read.
    #[error("cannot put part of the journal aside in a temporary file")]
    Aside(#[source] io::Error),
    /// The journal could not be written.
    #[error("cannot write the journal")]
    Write(#[source] io::Error),
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled,
}
