//! The ids of the events that were applied at the instant of the clock.

use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

use crate::event::EventId;
use crate::state::coded::{Coded, RestoreError, take};
use crate::state::names::HashKey;

/// The ids of the events applied at one instant; forgotten when the clock moves.
///
/// Most instants have one event. So ids are looked through one by one until they are many, and
/// memory is kept for the next instant: remembering an id seldom does more than copy it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct RecentIds {
    /// All ids behind one another, each behind its length.
    bytes: Vec<u8>,
    #[serde(skip)]
    count: u32,
    #[serde(skip)]
    many: Option<Box<Index>>,
}

/// Where in the bytes ids stand.
#[derive(Clone, Debug)]
struct Index {
    key: HashKey,
    places: HashTable<u64>,
}

/// How many ids are looked through without an index.
const FEW: u32 = 8;

/// How many bytes the length takes before an id.
const LENGTH_BYTES: usize = size_of::<u32>();

impl RecentIds {
    /// Forgets all: the clock moved.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
        self.many = None;
    }

    /// Whether an event of this id was applied (T7).
    pub(crate) fn contains(&self, id: &EventId<'_>) -> bool {
        if self.count == 0 {
            return false;
        }
        let mut wanted = Vec::new();
        encode(id, &mut wanted);
        match &self.many {
            Some(index) => {
                let same = |place: &u64| id_at(&self.bytes, *place) == wanted;
                index.places.find(index.key.hash(&wanted), same).is_some()
            }
            None => self.places().any(|place| id_at(&self.bytes, place) == wanted),
        }
    }

    /// Remembers the id of an event that is being recent.
    pub(crate) fn insert(&mut self, id: &EventId<'_>, key: &HashKey) {
        let place = self.bytes.len();
        self.bytes.extend([0; LENGTH_BYTES]);
        encode(id, &mut self.bytes);
        let id_from = place + LENGTH_BYTES;
        let length = (self.bytes.len() - id_from) as u32;
        self.bytes[place..id_from].copy_from_slice(&length.to_le_bytes());
        self.count += 1;
        self.index_last(place as u64, key);
    }

    /// Enters the last id in the index, if there is one or must be one now.
    fn index_last(&mut self, place: u64, key: &HashKey) {
        if let Some(index) = &mut self.many {
            index.enter(&self.bytes, place);
        } else if self.count > FEW {
            let mut index = Index { key: key.clone(), places: HashTable::new() };
            self.places().for_each(|place| index.enter(&self.bytes, place));
            self.many = Some(Box::new(index));
        }
    }

    /// Where each id stands, behind the one before it.
    fn places(&self) -> impl Iterator<Item = u64> {
        let known = |place: u64| (place < self.bytes.len() as u64).then_some(place);
        let next = |place: &u64| place + (LENGTH_BYTES + id_at(&self.bytes, *place).len()) as u64;
        std::iter::successors(known(0), move |place| known(next(place)))
    }

    /// The ids one after another, as [`Coded`].
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        u64::from(self.count).encode(bytes);
        for place in self.places() {
            let id = id_at(&self.bytes, place);
            (id.len() as u64).encode(bytes);
            bytes.extend_from_slice(id);
        }
    }

    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<RecentIds, RestoreError> {
        let mut recent = RecentIds::default();
        for _ in 0..u64::decode(bytes)? {
            let length = u32::decode(bytes)?;
            recent.bytes.extend(length.to_le_bytes());
            recent.bytes.extend_from_slice(take(bytes, u64::from(length))?);
        }
        Ok(recent)
    }

    /// Counts and indexes the ids anew after a snapshot was read.
    pub(crate) fn restore(&mut self, key: &HashKey) -> Result<(), RestoreError> {
        let bytes = std::mem::take(&mut self.bytes);
        self.clear();
        while self.bytes.len() < bytes.len() {
            let place = self.bytes.len();
            let id = id_if_whole(&bytes, place).ok_or(RestoreError("an id is cut off"))?;
            self.bytes.extend_from_slice(&bytes[place..place + LENGTH_BYTES + id.len()]);
            self.count += 1;
            self.index_last(place as u64, key);
        }
        Ok(())
    }
}

impl Index {
    fn enter(&mut self, bytes: &[u8], place: u64) {
        let hash = |place: &u64| self.key.hash(id_at(bytes, *place));
        self.places.insert_unique(hash(&place), place, hash);
    }
}

/// The id at a place where there is one.
fn id_at(bytes: &[u8], place: u64) -> &[u8] {
    id_if_whole(bytes, place as usize).unwrap_or_default()
}

fn id_if_whole(bytes: &[u8], place: usize) -> Option<&[u8]> {
    let (length, rest) = bytes.get(place..)?.split_first_chunk()?;
    rest.get(..u32::from_le_bytes(*length) as usize)
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
    use crate::event::Name;

    fn plain(id: &str) -> EventId<'_> {
        EventId::Plain(Name::new(id).unwrap())
    }

    #[test]
    fn ids_are_told_apart_whether_few_or_many() {
        let key = HashKey::default();
        let names: Vec<_> = (0..3 * FEW).map(|n| format!("e{n}")).collect();
        let mut recent = RecentIds::default();
        for (count, name) in names.iter().enumerate() {
            recent.insert(&plain(name), &key);
            let mut restored = RecentIds { bytes: recent.bytes.clone(), ..Default::default() };
            restored.restore(&key).unwrap();
            for (number, name) in names.iter().enumerate() {
                assert_eq!(recent.contains(&plain(name)), number <= count, "{name} of {count}");
                assert_eq!(restored.contains(&plain(name)), number <= count, "{name} of {count}");
            }
        }
        recent.clear();
        assert!(!names.iter().any(|name| recent.contains(&plain(name))));
    }

    #[test]
    fn ids_that_are_cut_off_are_not_restored() {
        for (bytes, fits) in [
            (&b""[..], true),
            (b"\x01\0\0\0a\x02\0\0\0bc", true),
            (b"\x01\0\0\0a\x03\0\0\0bc", false),
            (b"\x01\0\0\0a\x02\0", false),
            (b"\xff\xff\xff\xff", false),
        ] {
            let mut recent = RecentIds { bytes: bytes.to_vec(), ..RecentIds::default() };
            assert_eq!(recent.restore(&HashKey::default()).is_ok(), fits, "{bytes:?}");
        }
    }

    #[test]
    fn a_plain_id_never_equals_one_from_an_envelope() {
        let (mut recent, key) = (RecentIds::default(), HashKey::default());
        let plain = EventId::Plain(Name::new("e").unwrap());
        let sourced = EventId::Sourced { source: "".into(), id: Name::new("e").unwrap() };
        recent.insert(&plain, &key);
        assert!(recent.contains(&plain) && !recent.contains(&sourced));
        recent.insert(&sourced, &key);
        assert!(recent.contains(&sourced));
        recent.clear();
        assert!(!recent.contains(&plain) && !recent.contains(&sourced));
    }
}
