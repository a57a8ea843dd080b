//! Names and free texts of events, borrowed from an input buffer or owned.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

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
///
/// Non-exhaustive: more texts may come to be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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
        check(&text)?;
        Ok(Name(text))
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

impl<'a> TryFrom<&'a str> for Name<'a> {
    type Error = NameError;

    /// Takes a text as [`Name::new`] does.
    #[inline]
    fn try_from(text: &'a str) -> Result<Name<'a>, NameError> {
        check(text)?;
        Ok(Name(Cow::Borrowed(text)))
    }
}

/// Whether a text is a name.
#[inline]
fn check(text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        Err(NameError::Empty)
    } else if text.len() > Name::MAX_BYTES {
        Err(NameError::TooLong)
    } else if has_control_character(text) {
        Err(NameError::ControlCharacter)
    } else {
        Ok(())
    }
}

/// Whether a text has a character of the Unicode category Cc. Most texts are printable ASCII throughout,
/// and eight of their bytes are looked at at once.
#[inline]
fn has_control_character(text: &str) -> bool {
    !is_printable_ascii(text.as_bytes()) && text.chars().any(char::is_control)
}

/// Whether a text that is not empty is surely printable ASCII throughout.
#[inline]
fn is_printable_ascii(text: &[u8]) -> bool {
    // The last bytes may be looked at twice.
    if let Some(last) = text.last_chunk() {
        text.as_chunks().0.iter().fold(marks(*last), |all, eight| all | marks(*eight)) == 0
    } else if let (Some([a, b, c, d]), Some([e, f, g, h])) = (text.first_chunk(), text.last_chunk())
    {
        marks([*a, *b, *c, *d, *e, *f, *g, *h]) == 0
    } else {
        text.iter().all(|byte| (0x20..0x7f).contains(byte))
    }
}

/// Not 0 where any of eight bytes is not printable ASCII; perhaps also where all are.
#[inline]
const fn marks(bytes: [u8; 8]) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_le_bytes(bytes);
    (word.wrapping_sub(EACH * 0x20) | word.wrapping_add(EACH)) & (EACH * 0x80)
}

impl TryFrom<String> for Name<'_> {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Name::new(text)
    }
}

impl<'a> TryFrom<&'a String> for Name<'a> {
    type Error = NameError;

    /// Takes a text as [`Name::new`] does.
    fn try_from(text: &'a String) -> Result<Name<'a>, NameError> {
        text.as_str().try_into()
    }
}

impl<'a> From<&'a Name<'_>> for Name<'a> {
    /// The same name, borrowed.
    fn from(name: &'a Name<'_>) -> Name<'a> {
        Name(Cow::Borrowed(name))
    }
}

impl FromStr for Name<'static> {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Name::new(text.to_owned())
    }
}

impl AsRef<str> for Name<'_> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Name<'_> {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq<str> for Name<'_> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Name<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
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

impl<'de> Deserialize<'de> for Name<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Name::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A free text that goes with a correction: at most 1,024 bytes, may be empty (`events.md`).
///
/// ```
/// use tallyfold_core::Text;
///
/// assert!(Text::new("opened by mistake").is_ok());
/// assert!(Text::new("x".repeat(1_025)).is_err());
/// ```
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

impl<'a> TryFrom<&'a str> for Text<'a> {
    type Error = TextTooLong;

    fn try_from(text: &'a str) -> Result<Text<'a>, TextTooLong> {
        Text::new(text)
    }
}

impl TryFrom<String> for Text<'_> {
    type Error = TextTooLong;

    fn try_from(text: String) -> Result<Self, TextTooLong> {
        Text::new(text)
    }
}

impl<'a> From<Text<'a>> for Cow<'a, str> {
    fn from(text: Text<'a>) -> Cow<'a, str> {
        text.0
    }
}

/// A list of products: may be empty, at most 10,000 (`events.md`).
///
/// ```
/// use tallyfold_core::{Name, Products};
///
/// let products = Products::new(vec![Name::new("AutoCAD")?, Name::new("Revit")?])?;
/// assert_eq!(products.as_slice()[1], "Revit");
/// # Ok::<(), tallyfold_core::ValueError>(())
/// ```
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

impl<'a> TryFrom<Vec<Name<'a>>> for Products<'a> {
    type Error = TooManyProducts;

    fn try_from(products: Vec<Name<'a>>) -> Result<Self, TooManyProducts> {
        Products::new(products)
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
