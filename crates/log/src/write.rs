//! Events, journal, findings and replay results as JSON (`docs/events.md`).

mod journal_writer;
mod record;

use std::fmt;
use std::io::{self, Write};

use serde::de::{Error, IntoDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tallyfold_core::{AccountStatement, Event, Finding, LogFold, Record, Timestamp};

use crate::malformed::Malformed;

pub use journal_writer::JournalWriter;

/// Writes an event as one line that [`parse_line`](crate::parse_line) reads as the same event.
///
/// # Errors
///
/// What `out` answers.
pub fn write_event(out: &mut impl Write, event: &Event<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, event)?;
    out.write_all(b"\n")
}

/// Writes a journal record as one line.
///
/// The line is canonical: the same record gives the same bytes everywhere.
///
/// # Errors
///
/// What `out` answers.
pub fn write_record(out: &mut impl Write, record: &Record<'_>) -> io::Result<()> {
    record::write(out, record)?;
    out.write_all(b"\n")
}

/// A line that is malformed, or an event that could not be applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingLine {
    /// Which line of the log, counted from 1.
    pub line: u64,
    /// What kind of finding.
    pub kind: FindingKind,
    /// The account of the event, where it has one.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The reason, for people.
    pub message: String,
    /// The byte of the line, counted from 1, at which it is malformed; where that is known.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

/// What is wrong with a line of a log.
///
/// Exhaustive: a line is no event, or its event cannot be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// The line is not an event.
    Malformed,
    /// The event could not be applied.
    Finding(Finding),
}

impl Serialize for FindingKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            FindingKind::Malformed => serializer.serialize_str("malformed"),
            FindingKind::Finding(finding) => finding.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for FindingKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)? {
            kind if kind == "malformed" => Ok(FindingKind::Malformed),
            kind => Finding::deserialize(kind.into_deserializer()).map(FindingKind::Finding),
        }
    }
}

impl fmt::Display for FindingKind {
    /// The kind as it is written in a replay result.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl FindingLine {
    /// A line that is not an event.
    #[must_use]
    pub fn malformed(line: u64, malformed: &Malformed) -> FindingLine {
        FindingLine {
            line,
            kind: FindingKind::Malformed,
            account: None,
            message: malformed.reason.to_string(),
            column: malformed.column,
        }
    }

    /// An event that could not be applied.
    #[must_use]
    pub fn finding(line: u64, finding: Finding, event: &Event<'_>) -> FindingLine {
        let account = event.account().map(ToString::to_string);
        let kind = FindingKind::Finding(finding);
        FindingLine { line, kind, account, message: finding.to_string(), column: None }
    }
}

/// The result of a replay (`docs/events.md`, Replay result): what [`write_result`] writes, as data.
///
/// No other field may be there, and an absent one is not `null`. As serde has it, the values of an object in
/// their order are also taken as a list.
///
/// ```
/// use tallyfold_core::{Ledger, LogFold};
/// use tallyfold_log::{ReplayResult, write_result};
///
/// let mut written = Vec::new();
/// write_result(&mut written, &LogFold::new(Ledger::default(), None), &[])?;
/// let result: ReplayResult = serde_json::from_slice(&written)?;
/// assert_eq!((result.schema, result.accounts.len()), (1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayResult<A = Vec<AccountStatement<'static>>, F = Vec<FindingLine>> {
    /// The version of the format: 1.
    #[serde(deserialize_with = "version_1")]
    pub schema: u32,
    /// The instant up to which events count; absent where all do.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// How many events there were up to then, findings included.
    pub events: u64,
    /// The accounts in which an event was applied, in byte order of their names.
    pub accounts: A,
    /// What is wrong with lines of the log, in its order.
    pub findings: F,
}

/// A value that was given: `null` is not one.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

fn version_1<'de, D: Deserializer<'de>>(value: D) -> Result<u32, D::Error> {
    match u32::deserialize(value)? {
        1 => Ok(1),
        other => Err(D::Error::custom(format_args!("results are of schema 1, not {other}"))),
    }
}

/// Writes the result of a replay that was settled, as one JSON object.
///
/// # Errors
///
/// What `out` answers.
pub fn write_result(
    out: &mut impl Write,
    replay: &LogFold,
    findings: &[FindingLine],
) -> io::Result<()> {
    let (as_of, events) = (replay.as_of(), replay.event_count());
    let result = ReplayResult { schema: 1, as_of, events, accounts: Accounts(replay), findings };
    serde_json::to_writer(&mut *out, &result)?;
    out.write_all(b"\n")
}

/// The accounts of a replay, written one after another.
struct Accounts<'a>(&'a LogFold);

impl Serialize for Accounts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.accounts())
    }
}
