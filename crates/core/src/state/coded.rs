//! What state is, as bytes: in an order that is written down, apart from how it lies in memory.
//!
//! Numbers are LEB128 (DWARF 5, section 7.6), signed ones zigzag before; a text or a list comes
//! behind its length, what may be missing behind a byte 0 or 1.

use compact_str::CompactString;

use crate::event::{Timestamp, Tokens};

/// Why a snapshot cannot be restored: it is damaged, or of another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the snapshot cannot be used: {0}; replay the log from its start instead")]
pub struct RestoreError(pub(crate) &'static str);

impl RestoreError {
    pub(crate) fn unless(holds: bool, problem: &'static str) -> Result<(), RestoreError> {
        if holds { Ok(()) } else { Err(RestoreError(problem)) }
    }
}

/// What can be written as bytes and read back.
pub(crate) trait Coded: Sized {
    /// Appends what it is.
    fn encode(&self, bytes: &mut Vec<u8>);

    /// Takes it off the front.
    fn decode(bytes: &mut &[u8]) -> Result<Self, RestoreError>;
}

/// Why bytes cannot be read.
pub(crate) const CUT_OFF: RestoreError = RestoreError("it is cut off");
pub(crate) const NOT_A_VALUE: RestoreError = RestoreError("a value is out of range");

/// Writes a struct as these fields, in this order.
macro_rules! coded {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::state::coded::Coded for $name {
            fn encode(&self, bytes: &mut Vec<u8>) {
                $(self.$field.encode(bytes);)*
            }

            fn decode(bytes: &mut &[u8]) -> Result<$name, $crate::state::coded::RestoreError> {
                $(let $field = $crate::state::coded::Coded::decode(bytes)?;)*
                Ok($name { $($field),* })
            }
        }
    };
}

/// Writes one of these values as its number in the list.
macro_rules! coded_choice {
    ($name:ident: $($value:ident = $number:literal),*) => {
        impl $crate::state::coded::Coded for $name {
            fn encode(&self, bytes: &mut Vec<u8>) {
                bytes.push(match self {
                    $($name::$value => $number,)*
                });
            }

            fn decode(bytes: &mut &[u8]) -> Result<$name, $crate::state::coded::RestoreError> {
                match $crate::state::coded::byte(bytes)? {
                    $($number => Ok($name::$value),)*
                    _ => Err($crate::state::coded::NOT_A_VALUE),
                }
            }
        }
    };
}

pub(crate) use {coded, coded_choice};

/// Takes one byte off the front.
pub(crate) fn byte(bytes: &mut &[u8]) -> Result<u8, RestoreError> {
    let (byte, rest) = bytes.split_first().ok_or(CUT_OFF)?;
    *bytes = rest;
    Ok(*byte)
}

/// Takes so many bytes off the front.
pub(crate) fn take<'a>(bytes: &mut &'a [u8], count: u64) -> Result<&'a [u8], RestoreError> {
    let count = usize::try_from(count).map_err(|_| CUT_OFF)?;
    let (taken, rest) = bytes.split_at_checked(count).ok_or(CUT_OFF)?;
    *bytes = rest;
    Ok(taken)
}

/// Appends a number in LEB128.
pub(crate) fn write_number(bytes: &mut Vec<u8>, mut number: u128) {
    while number > u128::from(u64::MAX) {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    // Nearly all numbers are short; they need no arithmetic of 128 bits.
    let mut number = number as u64;
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes a number in LEB128 off the front.
#[inline]
pub(crate) fn read_number(bytes: &mut &[u8]) -> Result<u128, RestoreError> {
    match read_short_number(bytes) {
        Some(number) => Ok(u128::from(number)),
        None => read_long_number(bytes),
    }
}

/// Takes a number of up to three bytes off the front, as most are.
#[inline]
fn read_short_number(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = match bytes {
        [a, rest @ ..] if *a < 0x80 => (u32::from(*a), rest),
        [a, b, rest @ ..] if *b < 0x80 => (low(*a, 0) | u32::from(*b) << 7, rest),
        [a, b, c, rest @ ..] if *c < 0x80 => (low(*a, 0) | low(*b, 7) | u32::from(*c) << 14, rest),
        _ => return None,
    };
    *bytes = rest;
    Some(number)
}

/// The seven lower bits of a byte, at their place.
#[inline]
fn low(byte: u8, shift: u32) -> u32 {
    u32::from(byte & 0x7f) << shift
}

/// Nine bytes of seven bits each fit 64 bits.
#[cold]
fn read_long_number(bytes: &mut &[u8]) -> Result<u128, RestoreError> {
    let mut number = 0_u64;
    for (place, byte) in bytes.iter().take(9).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if *byte < 0x80 {
            *bytes = &bytes[place + 1..];
            return Ok(u128::from(number));
        }
    }
    read_longest_number(bytes)
}

fn read_longest_number(bytes: &mut &[u8]) -> Result<u128, RestoreError> {
    let (mut number, mut shift) = (0_u128, 0);
    loop {
        let byte = byte(bytes)?;
        let part = u128::from(byte & 0x7f);
        number |= part.checked_shl(shift).filter(|it| it >> shift == part).ok_or(NOT_A_VALUE)?;
        if byte < 0x80 {
            return Ok(number);
        }
        shift += 7;
    }
}

impl Coded for u64 {
    fn encode(&self, bytes: &mut Vec<u8>) {
        write_number(bytes, u128::from(*self));
    }

    #[inline]
    fn decode(bytes: &mut &[u8]) -> Result<u64, RestoreError> {
        match read_short_number(bytes) {
            Some(number) => Ok(u64::from(number)),
            None => read_long_number(bytes)?.try_into().map_err(|_| NOT_A_VALUE),
        }
    }
}

impl Coded for u32 {
    fn encode(&self, bytes: &mut Vec<u8>) {
        u64::from(*self).encode(bytes);
    }

    #[inline]
    fn decode(bytes: &mut &[u8]) -> Result<u32, RestoreError> {
        match read_short_number(bytes) {
            Some(number) => Ok(number),
            None => read_long_number(bytes)?.try_into().map_err(|_| NOT_A_VALUE),
        }
    }
}

impl Coded for bool {
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }

    fn decode(bytes: &mut &[u8]) -> Result<bool, RestoreError> {
        match byte(bytes)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(NOT_A_VALUE),
        }
    }
}

impl Coded for i128 {
    fn encode(&self, bytes: &mut Vec<u8>) {
        write_number(bytes, ((self << 1) ^ (self >> 127)).cast_unsigned());
    }

    fn decode(bytes: &mut &[u8]) -> Result<i128, RestoreError> {
        let number = read_number(bytes)?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}

impl Coded for Timestamp {
    /// Nanoseconds since 1970.
    fn encode(&self, bytes: &mut Vec<u8>) {
        i128::from(self.unix_nanos()).encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Result<Timestamp, RestoreError> {
        let nanos = i128::decode(bytes)?.try_into().map_err(|_| NOT_A_VALUE)?;
        Ok(Timestamp::deadline(nanos))
    }
}

impl Coded for Tokens {
    /// In millionths.
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.micros().encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Result<Tokens, RestoreError> {
        let micros = i128::decode(bytes)?;
        // Far more than any account can hold, and sums of many still fit.
        let is_sane = micros.unsigned_abs() < 1 << 100;
        RestoreError::unless(is_sane, "an amount is out of range")?;
        Ok(Tokens::from_micros(micros))
    }
}

impl Coded for CompactString {
    fn encode(&self, bytes: &mut Vec<u8>) {
        (self.len() as u64).encode(bytes);
        bytes.extend_from_slice(self.as_bytes());
    }

    fn decode(bytes: &mut &[u8]) -> Result<CompactString, RestoreError> {
        let length = u64::decode(bytes)?;
        CompactString::from_utf8(take(bytes, length)?).map_err(|_| NOT_A_VALUE)
    }
}

impl<T: Coded> Coded for Option<T> {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.is_some().encode(bytes);
        if let Some(value) = self {
            value.encode(bytes);
        }
    }

    fn decode(bytes: &mut &[u8]) -> Result<Option<T>, RestoreError> {
        if bool::decode(bytes)? { T::decode(bytes).map(Some) } else { Ok(None) }
    }
}

impl<T: Coded> Coded for Box<T> {
    fn encode(&self, bytes: &mut Vec<u8>) {
        (**self).encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Result<Box<T>, RestoreError> {
        T::decode(bytes).map(Box::new)
    }
}

impl<T: Coded> Coded for Vec<T> {
    fn encode(&self, bytes: &mut Vec<u8>) {
        encode_all(self.iter(), bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Result<Vec<T>, RestoreError> {
        let length = u64::decode(bytes)?;
        // Every item takes a byte at least, so that a length is never believed beyond those.
        RestoreError::unless(length <= bytes.len() as u64, "it is cut off")?;
        (0..length).map(|_| T::decode(bytes)).collect()
    }
}

/// Appends a list behind its length.
pub(crate) fn encode_all<'a, T: Coded + 'a>(
    items: impl ExactSizeIterator<Item = &'a T>,
    bytes: &mut Vec<u8>,
) {
    (items.len() as u64).encode(bytes);
    items.for_each(|item| item.encode(bytes));
}

impl<A: Coded, B: Coded> Coded for (A, B) {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.0.encode(bytes);
        self.1.encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Result<(A, B), RestoreError> {
        Ok((A::decode(bytes)?, B::decode(bytes)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were() {
        let numbers =
            [0, 1, -1, 63, -64, 64, i128::from(i64::MAX), i128::from(i64::MIN), i128::MAX];
        for number in numbers {
            let mut bytes = Vec::new();
            (number, vec![Some(true), None]).encode(&mut bytes);
            for cut in 0..bytes.len() {
                assert!(<(i128, Vec<Option<bool>>)>::decode(&mut &bytes[..cut]).is_err());
            }
            let mut rest = &bytes[..];
            let read = <(i128, Vec<Option<bool>>)>::decode(&mut rest).unwrap();
            assert_eq!((read, rest), ((number, vec![Some(true), None]), &[][..]));
        }
    }

    #[test]
    fn a_number_that_is_too_large_is_refused() {
        assert!(read_number(&mut &[0xff; 40][..]).is_err());
        assert!(u32::decode(&mut &[0xff, 0xff, 0xff, 0xff, 0x7f][..]).is_err());
    }
}
