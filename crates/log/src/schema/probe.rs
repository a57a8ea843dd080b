//! Values that are handed to a reader to see what it says of them.

use std::fmt;
use std::rc::Rc;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

/// A value of which the reader may say what it thinks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Probe {
    /// No value: the reader says what it wants here, as [`Wrong::Wants`].
    Ask,
    Flag(bool),
    Number(i128),
    Text(String),
    /// Shared, for a long one is handed over often.
    List(Rc<[Probe]>),
    Object(Fields),
}

/// The fields of an object, in order.
pub(super) type Fields = Vec<(&'static str, Probe)>;

/// What a reader wants at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Flag,
    Number,
    /// Numbers and texts: an amount of tokens.
    NumberOrText,
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    List,
    Object,
}

/// What a reader says of a value that it does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub(super) enum Wrong {
    /// There is no value, and it wants this.
    Wants(Wanted),
    /// An object, so many levels inside the value, lacks this field.
    Missing { field: &'static str, level: usize },
    /// An object has a field that is none of these.
    UnknownField(&'static [&'static str]),
    /// A text is none of these words.
    UnknownWord(&'static [&'static str]),
    /// Anything else.
    Value,
}

impl Wrong {
    /// The same, said of what the value is in.
    fn one_level_out(self) -> Wrong {
        match self {
            Wrong::Missing { field, level } => Wrong::Missing { field, level: level + 1 },
            other => other,
        }
    }
}

impl Error for Wrong {
    fn custom<T: fmt::Display>(_: T) -> Wrong {
        Wrong::Value
    }

    fn missing_field(field: &'static str) -> Wrong {
        Wrong::Missing { field, level: 0 }
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Wrong {
        Wrong::UnknownField(expected)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Wrong {
        Wrong::UnknownWord(expected)
    }
}

impl<'p> IntoDeserializer<'p, Wrong> for &'p Probe {
    type Deserializer = &'p Probe;

    fn into_deserializer(self) -> &'p Probe {
        self
    }
}

/// The fields of an object; what is wrong inside of one is told apart from what is wrong with the object.
struct Inside<M>(M);

impl<'p, M: MapAccess<'p, Error = Wrong>> MapAccess<'p> for Inside<M> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'p>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Wrong> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'p>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        self.0.next_value_seed(seed).map_err(Wrong::one_level_out)
    }
}

impl Probe {
    /// Lets the reader see the value, or say what it wants where there is none.
    fn visit<'p, V: Visitor<'p>>(&'p self, wanted: Wanted, visitor: V) -> Result<V::Value, Wrong> {
        match self {
            Probe::Ask => Err(Wrong::Wants(wanted)),
            Probe::Flag(flag) => visitor.visit_bool(*flag),
            Probe::Number(number) => match (u64::try_from(*number), i64::try_from(*number)) {
                (Ok(number), _) => visitor.visit_u64(number),
                (_, Ok(number)) => visitor.visit_i64(number),
                _ => Err(Wrong::Value),
            },
            Probe::Text(text) => visitor.visit_str(text),
            Probe::List(values) => {
                let list = SeqDeserializer::new(values.iter());
                visitor.visit_seq(list).map_err(Wrong::one_level_out)
            }
            Probe::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (*name, value));
                visitor.visit_map(Inside(MapDeserializer::new(fields)))
            }
        }
    }
}

/// How the reader asks for a value, and what it then wants.
macro_rules! wants {
    ($($wanted:ident: $($method:ident)*;)*) => {$($(
        fn $method<V: Visitor<'p>>(self, visitor: V) -> Result<V::Value, Wrong> {
            self.visit(Wanted::$wanted, visitor)
        }
    )*)*};
}

impl<'p> Deserializer<'p> for &'p Probe {
    type Error = Wrong;

    wants! {
        Flag: deserialize_bool;
        Number: deserialize_u32 deserialize_u64 deserialize_i64;
        NumberOrText: deserialize_any;
        Text: deserialize_str deserialize_string;
        List: deserialize_seq;
        Object: deserialize_map;
    }

    fn deserialize_struct<V: Visitor<'p>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.visit(Wanted::Object, visitor)
    }

    fn deserialize_enum<V: Visitor<'p>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self {
            Probe::Text(word) => visitor.visit_enum(word.as_str().into_deserializer()),
            _ => self.visit(Wanted::Word(words), visitor),
        }
    }

    forward_to_deserialize_any! {
        <V: Visitor<'p>>
        i8 i16 i32 i128 u8 u16 u128 f32 f64 char bytes byte_buf option unit unit_struct
        newtype_struct tuple tuple_struct identifier ignored_any
    }
}
