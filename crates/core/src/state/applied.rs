//! Which event ids were applied at the present instant (T7).

use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

use crate::event::EventId;
use crate::snapshot::RestoreError;
use crate::state::names::HashKey;

/// The ids of the events applied at one instant; forgotten when the clock moves.
///
/// Memory is kept for the next instant, so that remembering an id seldom allocates.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct AppliedIds {
    /// All ids behind one another.
    bytes: Vec<u8>,
    /// Where each id starts and ends.
    spans: Vec<(u64, u64)>,
    #[serde(skip)]
    key: HashKey,
    #[serde(skip)]
    index: HashTable<u32>,
}

impl AppliedIds {
    pub(crate) fn new(key: &HashKey) -> AppliedIds {
        AppliedIds { key: key.clone(), ..AppliedIds::default() }
    }

    /// Forgets all: the clock moved.
    pub(crate) fn clear(&mut self) {
        if !self.spans.is_empty() {
            self.bytes.clear();
            self.spans.clear();
            self.index.clear();
        }
    }

    /// Whether an event of this id was applied (T7).
    pub(crate) fn contains(&self, id: &EventId<'_>) -> bool {
        !self.spans.is_empty() && {
            let bytes = encoded(id);
            self.find(&bytes).is_some()
        }
    }

    /// Remembers the id of an event that is being applied.
    pub(crate) fn insert(&mut self, id: &EventId<'_>) {
        let start = self.bytes.len();
        encode(id, &mut self.bytes);
        self.index_last(start);
    }

    fn index_last(&mut self, start: usize) {
        let AppliedIds { bytes, spans, key, index } = self;
        let number = spans.len() as u32;
        spans.push((start as u64, bytes.len() as u64));
        let hash = |&number: &u32| key.hash(id_bytes(bytes, spans, number));
        index.insert_unique(hash(&number), number, hash);
    }

    fn find(&self, id: &[u8]) -> Option<u32> {
        let same = |&number: &u32| id_bytes(&self.bytes, &self.spans, number) == id;
        self.index.find(self.key.hash(id), same).copied()
    }

    /// Builds the index anew after a snapshot was read. The ids must lie behind one another, so
    /// that they take no more room than they took in the snapshot.
    pub(crate) fn restore(&mut self, key: &HashKey) -> Result<(), RestoreError> {
        let (bytes, spans) = (std::mem::take(&mut self.bytes), std::mem::take(&mut self.spans));
        *self = AppliedIds::new(key);
        for (from, to) in spans {
            let start = self.bytes.len();
            let id = bytes.get(from as usize..to as usize).filter(|_| from as usize == start);
            let id = id.ok_or(RestoreError("ids do not lie behind one another"))?;
            self.bytes.extend_from_slice(id);
            self.index_last(start);
        }
        RestoreError::unless(self.bytes.len() == bytes.len(), "a text that is in no id")
    }
}

fn id_bytes<'a>(bytes: &'a [u8], spans: &[(u64, u64)], number: u32) -> &'a [u8] {
    let (from, to) = spans[number as usize];
    &bytes[from as usize..to as usize]
}

fn encoded(id: &EventId<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(id, &mut bytes);
    bytes
}

/// A plain id is its text. One from an envelope has a control character before and after its
/// source, which no name can have, so that the two never equal each other.
fn encode(id: &EventId<'_>, bytes: &mut Vec<u8>) {
    match id {
        EventId::Plain(id) => bytes.extend_from_slice(id.as_bytes()),
        EventId::Sourced { source, id } => {
            bytes.extend_from_slice(b"\0");
            bytes.extend_from_slice(source.as_bytes());
            bytes.extend_from_slice(b"\0");
            bytes.extend_from_slice(id.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;

    #[test]
    fn ids_that_lie_over_one_another_are_not_restored() {
        let mut applied = AppliedIds { bytes: b"abc".to_vec(), ..AppliedIds::default() };
        for (spans, fits) in [
            (vec![(0, 1), (1, 3)], true),
            (vec![(0, 3), (0, 3)], false),
            (vec![(0, 1)], false),
            (vec![(0, 4)], false),
            (vec![(3, 0)], false),
        ] {
            applied.spans = spans;
            assert_eq!(applied.clone().restore(&HashKey::default()).is_ok(), fits);
        }
    }

    #[test]
    fn a_plain_id_never_equals_one_from_an_envelope() {
        let mut applied = AppliedIds::default();
        let plain = EventId::Plain(Name::new("e").unwrap());
        let sourced = EventId::Sourced { source: "".into(), id: Name::new("e").unwrap() };
        applied.insert(&plain);
        assert!(applied.contains(&plain) && !applied.contains(&sourced));
        applied.insert(&sourced);
        assert!(applied.contains(&sourced));
        applied.clear();
        assert!(!applied.contains(&plain) && !applied.contains(&sourced));
    }
}
