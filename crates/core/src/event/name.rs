//! Names and free texts of events, borrowed from an input buffer or owned.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, de};

/// The name of an account, user, product, session, pack, subscription, offering, collection,
/// version or event: 1 to 256 bytes without control characters, compared byte for byte
/// (`events.md`).
///
/// Borrowed where it can be, so that reading a log copies nothing.
///
/// ```
/// use tallyfold_core::Name;
///
/// let name = Name::new("AutoCAD")?;
/// assert_eq!(&*name, "AutoCAD");
/// assert!(Name::new("").is_err());
/// assert!(Name::new("bell\u{7}").is_err());
/// # Ok::<(), tallyfold_core::NameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name<'a>(Cow<'a, str>);

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No byte at all.
    #[error("a name is not empty")]
    Empty,
    /// More than [`Name::MAX_BYTES`].
    #[error("a name has at most 256 bytes")]
    TooLong,
    /// A character of the Unicode category Cc.
    #[error("a name has no control characters")]
    ControlCharacter,
}

impl<'a> Name<'a> {
    /// How many bytes of UTF-8 a name may have.
    pub const MAX_BYTES: usize = 256;

    /// Takes a text as a name.
    ///
    /// # Errors
    ///
    /// [`NameError`] where it is empty, too long, or holds a control character.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Name<'a>, NameError> {
        let text = text.into();
        if text.is_empty() {
            Err(NameError::Empty)
        } else if text.len() > Name::MAX_BYTES {
            Err(NameError::TooLong)
        } else if has_control_character(&text) {
            Err(NameError::ControlCharacter)
        } else {
            Ok(Name(text))
        }
    }

    /// The same name, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Name<'static> {
        Name(Cow::Owned(self.0.into_owned()))
    }

    /// The text of the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text has a character of the Unicode category Cc. Most texts are ASCII throughout, and
/// their bytes are looked at all at once.
fn has_control_character(text: &str) -> bool {
    let is_plain = |byte: u8| (0x20..0x7f).contains(&byte);
    let is_all_plain = text.bytes().fold(true, |all, byte| all & is_plain(byte));
    !is_all_plain && text.chars().any(char::is_control)
}

impl Deref for Name<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'a> From<Name<'a>> for Cow<'a, str> {
    fn from(name: Name<'a>) -> Cow<'a, str> {
        name.0
    }
}

impl<'de> Deserialize<'de> for Name<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Name::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A free text that goes with a correction: at most 1,024 bytes, may be empty (`events.md`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text<'a>(Cow<'a, str>);

/// A text of more than [`Text::MAX_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reason has at most 1,024 bytes")]
pub struct TextTooLong;

impl<'a> Text<'a> {
    /// How many bytes of UTF-8 a text may have.
    pub const MAX_BYTES: usize = 1_024;

    /// Takes a text.
    ///
    /// # Errors
    ///
    /// [`TextTooLong`] over [`Text::MAX_BYTES`].
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Text<'a>, TextTooLong> {
        let text = text.into();
        if text.len() > Text::MAX_BYTES { Err(TextTooLong) } else { Ok(Text(text)) }
    }

    /// The same text, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Text<'static> {
        Text(Cow::Owned(self.0.into_owned()))
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'a> From<Text<'a>> for Cow<'a, str> {
    fn from(text: Text<'a>) -> Cow<'a, str> {
        text.0
    }
}

/// A list of products: may be empty, at most 10,000 (`events.md`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Products<'a>(Vec<Name<'a>>);

/// A list of more than [`Products::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a list of products has at most 10,000 names")]
pub struct TooManyProducts;

impl<'a> Products<'a> {
    /// How many names a list may hold.
    pub const MAX: usize = 10_000;

    /// Takes a list.
    ///
    /// # Errors
    ///
    /// [`TooManyProducts`] over [`Products::MAX`].
    pub fn new(products: Vec<Name<'a>>) -> Result<Products<'a>, TooManyProducts> {
        if products.len() > Products::MAX { Err(TooManyProducts) } else { Ok(Products(products)) }
    }

    /// The same list, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Products<'static> {
        Products(self.0.into_iter().map(Name::into_owned).collect())
    }

    /// The names in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[Name<'a>] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_character_is_found_wherever_it_stands() {
        for text in ["\n", "a\nb", "a\u{7f}", "\u{e9}\u{85}"] {
            assert_eq!(Name::new(text), Err(NameError::ControlCharacter), "{text:?}");
        }
        for text in ["a b~", "\u{e9}", "a\u{a0}b"] {
            assert!(Name::new(text).is_ok(), "{text:?}");
        }
    }
}
