//! Values as `docs/events.md` narrows them.

use std::borrow::Cow;
use std::num::NonZeroU64;

use memchr::memchr;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tallyfold_core::{Name, Products, Quantity, Text, Timestamp, Tokens, TokensError};

use super::object::Borrowed;
use crate::malformed::Reason;

/// How many levels of objects and lists `meta` may have, itself included.
const META_LEVELS: usize = 100;

/// A string, borrowed unless it is written with escapes. A lone surrogate is not one.
pub(super) fn string(value: &RawValue) -> Result<Cow<'_, str>, Reason> {
    let Some(inside) = value.get().strip_prefix('"') else {
        return Err(Reason::wrong_type("a string"));
    };
    // The syntax was checked when the line was read, so only a lone surrogate can be wrong.
    if memchr(b'\\', inside.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(inside.strip_suffix('"').unwrap_or(inside)));
    }
    let text = serde_json::from_str(value.get()).map_err(|_| Reason::LoneSurrogate)?;
    let Borrowed(text) = text;
    Ok(text)
}

pub(super) fn name(value: &RawValue) -> Result<Name<'_>, Reason> {
    Name::new(string(value)?).map_err(Reason::invalid)
}

pub(super) fn text(value: &RawValue) -> Result<Text<'_>, Reason> {
    Text::new(string(value)?).map_err(Reason::invalid)
}

pub(super) fn instant(value: &RawValue) -> Result<Timestamp, Reason> {
    string(value)?.parse().map_err(|error: tallyfold_core::TimestampError| Reason::invalid(error))
}

/// An integer, or a decimal string: money is never a float.
pub(super) fn tokens(value: &RawValue) -> Result<Tokens, Reason> {
    let written = value.get();
    let amount = if written.starts_with('"') {
        string(value)?.parse()
    } else if is_integer(written) {
        written.parse()
    } else if written.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return Err(Reason::Float);
    } else {
        Err(TokensError::Syntax)
    };
    amount.map_err(Reason::invalid)
}

/// A number of things: an integer that fits.
pub(super) fn count<T: TryFrom<u64>>(value: &RawValue) -> Result<T, Reason> {
    let number = value.get().parse::<u64>();
    let number = number.map_err(|_| Reason::wrong_type("a positive integer"))?;
    T::try_from(number).map_err(|_| Reason::wrong_type("a smaller integer"))
}

/// The number of a charge or of a line, counted from 1.
pub(super) fn ordinal(value: &RawValue) -> Result<NonZeroU64, Reason> {
    NonZeroU64::new(count(value)?).ok_or(Reason::wrong_type("a positive integer"))
}

pub(super) fn quantity(value: &RawValue) -> Result<Quantity, Reason> {
    Quantity::new(count(value)?).map_err(Reason::invalid)
}

pub(super) fn boolean(value: &RawValue) -> Result<bool, Reason> {
    match value.get() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Reason::wrong_type("true or false")),
    }
}

/// One of a few words.
pub(super) fn word<T: Copy>(value: &RawValue, words: &[(&str, T)]) -> Result<T, Reason> {
    let given = string(value)?;
    let found = words.iter().find(|(word, _)| *word == given);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        Reason::WrongWord { field: "", words: words.join(" or ") }
    })
}

/// The elements of a list, as they are written.
pub(super) fn list<'a>(
    value: &'a RawValue,
    right: &'static str,
) -> Result<Vec<&'a RawValue>, Reason> {
    serde_json::from_str(value.get()).map_err(|_| Reason::wrong_type(right))
}

pub(super) fn products(value: &RawValue) -> Result<Products<'_>, Reason> {
    let list = list(value, "a list of strings")?;
    let names: Result<Vec<_>, _> = list.into_iter().map(name).collect();
    Products::new(names?).map_err(Reason::invalid)
}

/// A value whose type says itself how it is read.
pub(super) fn derived<T: DeserializeOwned>(value: &RawValue) -> Result<T, Reason> {
    serde_json::from_str(value.get()).map_err(|error| Reason::json(&error))
}

/// The same, of a type that is written as an object.
pub(super) fn derived_object<T: DeserializeOwned>(value: &RawValue) -> Result<T, Reason> {
    if !value.get().starts_with('{') {
        return Err(Reason::wrong_type("an object"));
    }
    derived(value)
}

/// The same, of a type that is written as a string.
pub(super) fn derived_string<T: DeserializeOwned>(value: &RawValue) -> Result<T, Reason> {
    if !value.get().starts_with('"') {
        return Err(Reason::wrong_type("a string"));
    }
    derived(value)
}

/// Any object, so many levels deep: its syntax was checked, its content is nobody's business.
pub(super) fn meta(value: &RawValue) -> Result<(), Reason> {
    if !value.get().starts_with('{') {
        return Err(Reason::wrong_type("an object"));
    }
    if levels(value.get()) > META_LEVELS { Err(Reason::TooDeep) } else { Ok(()) }
}

/// How many levels of objects and lists a JSON text has.
fn levels(json: &str) -> usize {
    let (mut level, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                level += 1;
                deepest = deepest.max(level);
            }
            b'}' | b']' if !in_string => level = level.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Whether a JSON number has neither fraction nor exponent.
fn is_integer(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
