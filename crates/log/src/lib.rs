//! Bytes ↔ events and journal: the formats of `docs/events.md`.
//!
//! - [`LogReader`] reads a log line by line in constant memory; [`Lines`]
//!   reads those that lie in memory, and [`parse_line`] one of them.
//! - [`BlockReader`] cuts a log into blocks of lines, to be read on several threads; [`LineAccount`] says
//!   which account a line is of, so that they can be sorted first.
//! - [`LogSource`] is what a log is read from: a file, standard input, memory, a store.
//! - [`decompressed`] recognises gzip and Zstandard by content.
//! - [`write_event`], [`write_record`] and [`write_result`] write events, journal and replay result;
//!   [`parse_record`] reads a line of the journal.
//! - `flexnet` turns the debug log of a FlexNet licence server into events.
//! - `generate` makes up logs for demos and benchmarks.
//!
//! | feature | what it brings |
//! | --- | --- |
//! | `gzip` | logs packed with gzip |
//! | `zstd` | logs packed with Zstandard; needs a C compiler |
//! | `flexnet` | the module `flexnet` |
//! | `generate` | the module `generate` |
//!
//! None of them is on unless it is asked for.

#![forbid(unsafe_code)]

mod blocks;
mod compression;
#[cfg(feature = "flexnet")]
pub mod flexnet;
#[cfg(feature = "generate")]
pub mod generate;
mod line;
mod line_account;
mod lines;
mod malformed;
mod reader;
mod source;
mod write;

pub use blocks::{Block, BlockReader};
pub use compression::decompressed;
pub use line::{MAX_LINE_BYTES, parse_line, parse_line_strictly, parse_record};
pub use line_account::LineAccount;
pub use lines::{Line, Lines};
pub use malformed::{Malformed, Reason};
pub use reader::LogReader;
pub use source::{FileSource, LogSource, MemorySource, StandardInput};
pub use write::{FindingKind, FindingLine, write_event, write_record, write_result};
