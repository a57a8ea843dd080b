//! Bytes ↔ events and journal, in the formats of [`mod@format`]: JSON Lines and CloudEvents.
//!
//! ```
//! use tallyfold_core::Ledger;
//! use tallyfold_log::{JournalWriter, Lines};
//!
//! let log = br#"
//! {"type":"RatePublished","at":"2026-01-01T00:00:00Z","product":"AutoCAD","tokens":7}
//! {"type":"PackPurchased","at":"2026-01-02T00:00:00Z","account":"acme","pack":"P","tokens":100}
//! {"type":"SessionOpened","at":"2026-01-05T09:00:00Z","account":"acme","session":"s","user":"ana","product":"AutoCAD"}
//! "#;
//! let (mut ledger, mut journal) = (Ledger::default(), JournalWriter::new(Vec::new()));
//! for line in Lines::new(log) {
//!     ledger.apply(&line.event?, &mut journal)?;
//! }
//! let text = String::from_utf8(journal.finish()?)?;
//! let charge = text.lines().nth(1).ok_or("no charge")?;
//! assert!(charge.starts_with(r#"{"account":"acme","at":"2026-01-05T09:00:00Z","entry":"charged""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! | what | items |
//! | --- | --- |
//! | a log, line by line in constant memory | [`LogReader`] |
//! | lines that lie in memory | [`Lines`], [`Line`]; [`parse_line`] for one of them |
//! | a line that is no event | [`Malformed`], with its [`Reason`] |
//! | a log in blocks, for several threads | [`BlockReader`], [`Block`]; [`LineAccount`] says which account a line is of |
//! | a log of an older format | [`Upcasters`], from one [`FormatVersion`] to the next |
//! | what a log is read from | [`LogSource`]: [`FileSource`], [`StandardInput`], [`MemorySource`], a store; [`decompressed`] recognises gzip and Zstandard by content |
//! | out | [`write_event`], [`write_record`], [`write_result`]; [`JournalWriter`] writes a journal as it is decided; [`parse_record`] reads a line of the journal, serde a [`ReplayResult`] |
//! | findings, as lines | [`FindingLine`], [`FindingKind`] |
//!
//! | feature | what it brings |
//! | --- | --- |
//! | `gzip` | logs packed with gzip |
//! | `zstd` | logs packed with Zstandard; needs a C compiler |
//! | `flexnet` | `flexnet`: debug logs of FlexNet licence servers, as events |
//! | `generate` | `generate`: made-up logs for demos and benchmarks |
//! | `schema` | `schema`: JSON Schemas of events, journal and result |
//!
//! None of them is on unless it is asked for.
//!
//! # What it is not
//!
//! It knows no rule: whether an event can be applied is up to the ledger of `tallyfold-core`. It does
//! not fold on several threads; `tallyfold-engine` does.

#![forbid(unsafe_code)]

mod blocks;
mod compression;
#[cfg(feature = "flexnet")]
pub mod flexnet;
pub mod format;
#[cfg(feature = "generate")]
pub mod generate;
mod line;
mod line_account;
mod lines;
mod malformed;
mod reader;
#[cfg(feature = "schema")]
pub mod schema;
mod source;
mod upcast;
mod write;

pub use blocks::{Block, BlockReader};
pub use compression::decompressed;
pub use line::{MAX_LINE_BYTES, parse_line, parse_line_strictly, parse_record};
pub use line_account::LineAccount;
pub use lines::{Line, Lines};
pub use malformed::{Malformed, Reason};
pub use reader::LogReader;
pub use source::{FileSource, LogSource, MemorySource, StandardInput};
pub use upcast::{FormatVersion, NoUpcaster, Upcast, UpcastError, Upcasters};
pub use write::{
    FindingKind, FindingLine, JournalWriter, ReplayResult, write_event, write_record, write_result,
};
