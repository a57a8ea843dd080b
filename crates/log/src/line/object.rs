//! The fields of a JSON object: each may be taken once, and in the end all must have been.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use tallyfold_core::{Name, Timestamp};

use super::value;
use crate::malformed::{Malformed, Reason, excerpt};

/// A field of an object: its name, and its value as it is written.
pub(super) type Pair<'a> = (Cow<'a, str>, &'a RawValue);

/// The fields of an object in the order in which they are written, with what is given twice.
pub(super) struct Pairs<'a>(pub(super) Vec<Pair<'a>>);

/// A string, borrowed unless it is written with escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Borrowed<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// As many fields as an event of the largest type has, CloudEvents attributes included.
const USUAL_FIELDS: usize = 12;

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;

        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::with_capacity(USUAL_FIELDS);
                while let Some((Borrowed(name), value)) = map.next_entry()? {
                    pairs.push((name, value));
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(PairsVisitor)
    }
}

/// What is wrong with a line, and with which part of its text.
#[derive(Debug)]
pub(super) struct Wrong<'a> {
    /// The part, and how many bytes into it.
    place: Option<(&'a str, usize)>,
    reason: Reason,
}

impl<'a> Wrong<'a> {
    /// Something is missing.
    pub(super) fn somewhere(reason: Reason) -> Wrong<'a> {
        Wrong { place: None, reason }
    }

    /// Something is wrong with a value.
    pub(super) fn with(value: &'a RawValue, reason: Reason) -> Wrong<'a> {
        Wrong { place: Some((value.get(), 0)), reason }
    }

    /// A value is not JSON after all.
    pub(super) fn json(value: &'a RawValue, error: &serde_json::Error) -> Wrong<'a> {
        let malformed = Malformed::json(error, 0);
        let place = Some((value.get(), malformed.column.map_or(0, |column| column - 1)));
        Wrong { place, reason: malformed.reason }
    }

    /// What is wrong, wherever it is.
    pub(super) fn into_reason(self) -> Reason {
        self.reason
    }

    /// The same, with its column in the line.
    pub(super) fn in_line(self, line: &str) -> Malformed {
        match self.place {
            None => Malformed::somewhere(self.reason),
            Some((part, offset)) => {
                let start = part.as_ptr().addr().saturating_sub(line.as_ptr().addr());
                Malformed::at(start + offset + 1, self.reason)
            }
        }
    }
}

/// The fields of an object that is being read.
pub(super) struct Object<'a, 'p> {
    pairs: &'p [Pair<'a>],
    /// Which of them were taken, by their place. Those behind the 128th cannot all be known.
    taken: u128,
}

impl<'a, 'p> Object<'a, 'p> {
    pub(super) fn new(pairs: &'p [Pair<'a>]) -> Self {
        Object { pairs, taken: 0 }
    }

    /// Takes a field that may be there, as it is written.
    pub(super) fn raw(&mut self, name: &'static str) -> Result<Option<&'a RawValue>, Wrong<'a>> {
        let mut named = self.pairs.iter().enumerate().filter(|(_, (it, _))| it == name);
        let Some((place, (_, value))) = named.next() else {
            return Ok(None);
        };
        if let Some((_, (_, again))) = named.next() {
            return Err(Wrong::with(again, Reason::GivenTwice(name.to_owned())));
        }
        self.taken |= 1_u128.checked_shl(place as u32).unwrap_or(0);
        Ok(Some(value))
    }

    /// Takes a field that may be there.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a RawValue) -> Result<T, Reason>,
    ) -> Result<Option<T>, Wrong<'a>> {
        let read = |value| read(value).map_err(|reason| Wrong::with(value, reason.of(name)));
        self.raw(name)?.map(read).transpose()
    }

    /// Takes a field that must be there.
    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a RawValue) -> Result<T, Reason>,
    ) -> Result<T, Wrong<'a>> {
        self.optional(name, read)?.ok_or_else(|| Wrong::somewhere(Reason::Missing(name)))
    }

    pub(super) fn name(&mut self, name: &'static str) -> Result<Name<'a>, Wrong<'a>> {
        self.required(name, value::name)
    }

    pub(super) fn instant(&mut self, name: &'static str) -> Result<Timestamp, Wrong<'a>> {
        self.required(name, value::instant)
    }

    /// Whether all fields of an event were taken; `meta` may always be there.
    pub(super) fn finish(mut self) -> Result<(), Wrong<'a>> {
        self.optional("meta", value::meta)?;
        self.check_all_taken()
    }

    /// Whether all fields were taken.
    pub(super) fn check_all_taken(&self) -> Result<(), Wrong<'a>> {
        let left = |place: &usize| self.taken.checked_shr(*place as u32).unwrap_or(0) & 1 == 0;
        match (0..self.pairs.len()).find(left) {
            None => Ok(()),
            Some(place) => {
                let (name, value) = &self.pairs[place];
                Err(Wrong::with(value, Reason::Unknown(excerpt(name))))
            }
        }
    }

    /// Whether no field is given twice, taken or not.
    pub(super) fn check_distinct(&self) -> Result<(), Wrong<'a>> {
        let mut sorted: Vec<_> = self.pairs.iter().collect();
        sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
        match sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            None => Ok(()),
            Some(pair) => {
                let (name, again) = pair[1];
                Err(Wrong::with(again, Reason::GivenTwice(excerpt(name))))
            }
        }
    }
}
