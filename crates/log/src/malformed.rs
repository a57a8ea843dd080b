//! What is wrong with a line, for people.

use std::fmt;

use crate::upcast::FormatVersion;

/// A line that is not an event, or not a record of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The byte of the line, counted from 1, at which it goes wrong; where that is known.
    pub column: Option<usize>,
    /// What is wrong.
    pub reason: Reason,
}

impl Malformed {
    pub(crate) fn somewhere(reason: Reason) -> Malformed {
        Malformed { column: None, reason }
    }

    pub(crate) fn at(column: usize, reason: Reason) -> Malformed {
        Malformed { column: Some(column), reason }
    }

    /// What serde_json has to say of a text that starts so many bytes into the line.
    pub(crate) fn json(error: &serde_json::Error, offset: usize) -> Malformed {
        let column = (error.line() > 0).then(|| offset + error.column().max(1));
        Malformed { column, reason: Reason::json(error) }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "column {column}: {}", self.reason),
            None => self.reason.fmt(f),
        }
    }
}

impl std::error::Error for Malformed {}

/// Why a line is not an event, or not a record (`docs/events.md`).
///
/// Non-exhaustive: more lines may come to be told apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// More bytes than a line may have.
    #[error("a line has at most 65,536 bytes")]
    TooLong,
    /// Bytes that are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Not JSON, or JSON of another shape.
    #[error("{0}")]
    Json(String),
    /// A field that must be there is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A field that the event type does not have.
    #[error("unknown field `{0}`")]
    Unknown(String),
    /// A field is there twice.
    #[error("`{0}` is given twice")]
    GivenTwice(String),
    /// No such event type.
    #[error("there is no event type `{0}`")]
    UnknownType(String),
    /// No such journal entry.
    #[error("there is no journal entry `{0}`")]
    UnknownEntry(String),
    /// An event type that the journal does not note.
    #[error("the journal does not note events of type `{0}`")]
    NeverNoted(String),
    /// A value of another type.
    #[error("`{field}` must be {right}")]
    WrongType {
        /// The field.
        field: &'static str,
        /// What would have been right.
        right: &'static str,
    },
    /// A word that the field does not know.
    #[error("`{field}` must be {words}")]
    WrongWord {
        /// The field.
        field: &'static str,
        /// What would have been right.
        words: String,
    },
    /// A string with an escaped half of a character.
    #[error("a lone surrogate is not a character")]
    LoneSurrogate,
    /// A number with a fraction or an exponent, where tokens belong.
    #[error("tokens are an integer or a string such as \"0.5\", because money is never a float")]
    Float,
    /// A value of the right type that is not allowed.
    #[error("`{field}`: {problem}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// `meta` with too many levels.
    #[error("`meta` has at most 100 levels")]
    TooDeep,
    /// A line of an older format that cannot be brought to the next.
    #[error("not a line of format {version}: {why}")]
    Refused {
        /// The version that the line should be of.
        version: FormatVersion,
        /// What its upcaster says.
        why: String,
    },
}

/// How much of a text from a line is quoted, in bytes.
const MAX_QUOTED_BYTES: usize = 256;

/// As much of a text from a line as a person reads. A line may hold a name of 64 KiB.
pub(crate) fn excerpt(text: &str) -> String {
    if text.len() <= MAX_QUOTED_BYTES {
        return text.to_owned();
    }
    let mut end = MAX_QUOTED_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

impl Reason {
    pub(crate) fn wrong_type(right: &'static str) -> Reason {
        Reason::WrongType { field: "", right }
    }

    pub(crate) fn invalid(problem: impl fmt::Display) -> Reason {
        Reason::Invalid { field: "", problem: problem.to_string() }
    }

    /// What serde_json says, without its own way of telling where.
    pub(crate) fn json(error: &serde_json::Error) -> Reason {
        let text = error.to_string();
        let problem = match text.rsplit_once(" at line ").map_or(&*text, |(problem, _)| problem) {
            "expected value" if error.column() <= 1 => "this line is not JSON",
            "expected value" => "this is not JSON",
            problem => problem,
        };
        Reason::Json(excerpt(problem))
    }

    /// The same, of this field.
    pub(crate) fn of(self, name: &'static str) -> Reason {
        match self {
            Reason::WrongType { right, .. } => Reason::WrongType { field: name, right },
            Reason::WrongWord { words, .. } => Reason::WrongWord { field: name, words },
            Reason::Invalid { problem, .. } => Reason::Invalid { field: name, problem },
            other => other,
        }
    }
}
