//! What the rows beside the log are checked by: each carries a digest over all that it says.
//!
//! A row that is found by its key must not only be right: where none is found, there must be none.
//! So in a SQLite file the digest of a row that is looked up by a key covers the key after it, too.
//! A row that an index lost leaves two neighbours whose digest does not fit.

use sha2::{Digest as _, Sha256};

use crate::event::IdKey;
use crate::integrity::{HeadRow, StreamEnd};
use crate::place::{Position, Stream};
use crate::store::SnapshotBytes;

/// Half of a SHA-256 digest: it has to tell accidents, and rows are many.
pub(crate) type RowDigest = [u8; 16];

/// A digest over fields, each of which is told apart from the next.
struct Fields(Sha256);

impl Fields {
    /// Of a row of this table, so that none can be taken for one of another.
    fn of(table: &str) -> Fields {
        Fields(Sha256::new()).bytes(table.as_bytes())
    }

    fn number(mut self, number: u64) -> Fields {
        self.0.update(number.to_le_bytes());
        self
    }

    fn bytes(self, bytes: &[u8]) -> Fields {
        let mut fields = self.number(bytes.len() as u64);
        fields.0.update(bytes);
        fields
    }

    fn optional(self, bytes: Option<&[u8]>) -> Fields {
        match bytes {
            Some(bytes) => self.number(1).bytes(bytes),
            None => self.number(0),
        }
    }

    fn whole(self) -> crate::digest::Digest {
        self.0.finalize().into()
    }

    fn half(self) -> RowDigest {
        let mut half = RowDigest::default();
        half.copy_from_slice(&self.whole()[..16]);
        half
    }
}

/// Of the row that tells where a stream ends.
pub(crate) fn digest_of_stream(stream: &Stream, stream_end: StreamEnd) -> RowDigest {
    let number = stream_end.number.unwrap_or_default().cast_unsigned();
    let account = stream.account().map(str::as_bytes);
    let fields = Fields::of("streams").number(number).optional(account);
    fields.number(stream_end.last.get()).number(stream_end.version.get()).half()
}

/// Of the name of an account and the one after it. The first of all comes after none.
#[cfg(feature = "sqlite")]
pub(crate) fn digest_of_names(account: Option<&str>, next: Option<&str>) -> RowDigest {
    let [account, next] = [account, next].map(|name| name.map(str::as_bytes));
    Fields::of("names").optional(account).optional(next).half()
}

/// The key of a row of the table of ids.
pub(crate) type IdRowKey = (i64, Vec<u8>);

/// Of the row that tells which event has an id; and, where that is kept, of the key after it.
pub(crate) fn digest_of_id(
    (stream, id): (i64, &[u8]),
    position: Position,
    next: Option<&IdRowKey>,
) -> RowDigest {
    let fields = Fields::of("ids").number(stream.cast_unsigned()).bytes(id).number(position.get());
    match next {
        Some((stream, id)) => fields.number(1).number(stream.cast_unsigned()).bytes(id).half(),
        None => fields.number(0).half(),
    }
}

/// Of the row that tells how far a consumer has come; and, where that is kept, of the name of the
/// consumer after it.
pub(crate) fn digest_of_checkpoint(
    consumer: &str,
    position: Position,
    next: Option<&str>,
) -> RowDigest {
    let fields = Fields::of("checkpoints").bytes(consumer.as_bytes()).number(position.get());
    fields.optional(next.map(str::as_bytes)).half()
}

/// Of the row that tells that something was delivered.
pub(crate) fn digest_of_delivery(consumer: &str, key: &[u8]) -> RowDigest {
    Fields::of("deliveries").bytes(consumer.as_bytes()).bytes(key).half()
}

/// Of the row that tells where the log ends.
pub(crate) fn digest_of_head(row: &HeadRow) -> crate::digest::Digest {
    let fields = Fields::of("head").number(row.head.position.get()).bytes(&row.head.chain.0);
    fields.number(row.streams).number(row.ids).number(row.stamped.get()).whole()
}

/// Of a snapshot: whose it is, what wrote it, what it has seen, and all its bytes.
pub(crate) fn digest_of_snapshot(
    account: &Stream,
    snapshot: &SnapshotBytes,
) -> crate::digest::Digest {
    let account = account.account().unwrap_or_default();
    let fields = Fields::of("snapshots").bytes(account.as_bytes()).bytes(snapshot.stamp.as_bytes());
    let fields = fields.number(snapshot.position.get()).number(snapshot.version.get());
    let fields = fields.bytes(&snapshot.body).number(snapshot.parts.len() as u64);
    let part = |fields: Fields, part: &crate::store::SnapshotPart| {
        fields.number(part.written.get()).bytes(&part.digest)
    };
    snapshot.parts.iter().fold(fields, part).whole()
}

/// Of what was answered to the request of an event.
pub(crate) fn digest_of_answer(position: Position, answer: &[u8]) -> RowDigest {
    Fields::of("answers").number(position.get()).bytes(answer).half()
}

/// Of the bytes of one part of a snapshot.
#[must_use]
pub(crate) fn digest_of_part(bytes: &[u8]) -> RowDigest {
    Fields::of("snapshot_parts").bytes(bytes).half()
}

/// Up to how many bytes an id is kept as it is.
const KEPT_WHOLE: usize = 256;

/// The key under which an id is kept: the id, or, where that is long, a digest of it. No text
/// begins with the byte before the digest.
pub(crate) fn key_of_id(id: &IdKey) -> std::borrow::Cow<'_, [u8]> {
    match id.as_bytes() {
        bytes if bytes.len() <= KEPT_WHOLE => bytes.into(),
        bytes => {
            let digest: crate::digest::Digest = Sha256::digest(bytes).into();
            [&[0xff], &digest[..]].concat().into()
        }
    }
}
