//! What was answered once, as bytes: so that who asks again is answered without reading the log.

use tallyfold_core::{Entry, Record, Timestamp};
use tallyfold_log::{parse_record, write_record};

use super::answers::OpenCover;
use super::deciding::Decision;
use crate::digest::{Digest, digest_of};
use crate::event::StoredEvent;

/// Stands for no end of a window.
const NO_WINDOW: i64 = i64::MIN;

/// The digest of the event; the end of the window that an open runs in, where one was admitted; the
/// journal, or the finding where it was not applied. An answer to an event that was taken off the log is none to what has its place now.
pub(super) fn encode(decision: &Decision, stored: &StoredEvent) -> Option<Vec<u8>> {
    let until = match &decision.admission {
        Some(Ok((_, until))) => until.unix_nanos(),
        _ => NO_WINDOW,
    };
    let mut bytes = digest(stored).to_vec();
    bytes.extend(until.to_le_bytes());
    if let Err(finding) = decision.applied {
        serde_json::to_writer(&mut bytes, &finding).ok()?;
    }
    for record in &decision.journal {
        write_record(&mut bytes, record).ok()?;
    }
    Some(bytes)
}

/// What was decided for an event at an instant, where it was for this one.
pub(super) fn decode(bytes: &[u8], stored: &StoredEvent, at: Timestamp) -> Option<Decision> {
    let bytes = bytes.strip_prefix(&digest(stored))?;
    let (until, journal) = bytes.split_first_chunk()?;
    if journal.starts_with(b"\"") {
        let finding = serde_json::from_slice(journal).ok()?;
        return Some(Decision { admission: None, at, journal: Vec::new(), applied: Err(finding) });
    }
    let lines = journal.split_inclusive(|byte| *byte == b'\n');
    let journal =
        lines.map(|line| parse_record(line.trim_ascii_end()).ok().map(Record::into_owned));
    let journal = journal.collect::<Option<Vec<_>>>()?;
    let mut decision = Decision { admission: None, at, journal, applied: Ok(()) };
    decision.admission = match i64::from_le_bytes(*until) {
        NO_WINDOW => denied(decision.own_entries()).map(Err),
        nanos => Some(Ok((cover(decision.own_entries()), Timestamp::from_unix_nanos(nanos).ok()?))),
    };
    Some(decision)
}

fn digest(stored: &StoredEvent) -> Digest {
    digest_of(stored.position, &stored.stream, stored.version, &stored.line)
}

/// Why an open was denied, if it was.
fn denied(own: &[Record<'_>]) -> Option<tallyfold_core::Refusal> {
    own.iter().find_map(|record| match &record.entry {
        Entry::SessionDenied { reason, .. } => Some(*reason),
        _ => None,
    })
}

/// What covers an open that was admitted.
fn cover(own: &[Record<'_>]) -> OpenCover {
    let charged = own.iter().find_map(|record| match &record.entry {
        Entry::Charged(charged) => Some(charged),
        _ => None,
    });
    let Some(charged) = charged else { return OpenCover::Joined };
    if let Some(subscription) = &charged.subscription {
        return OpenCover::Subscription { subscription: subscription.to_string() };
    }
    let postings = charged.postings.iter().map(|it| it.clone().into_owned()).collect();
    OpenCover::Tokens { tokens: charged.tokens, postings }
}
