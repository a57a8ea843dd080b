//! Amounts of tokens as rows write them: always strings, whole or not, so that no reader takes
//! money for a float.

use serde::Serializer;
use tallyfold_core::Tokens;

pub(crate) fn serialize<S: Serializer>(tokens: &Tokens, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(tokens)
}

/// The same of an amount that may be absent.
pub(crate) mod optional {
    use super::{Serializer, Tokens};

    pub(crate) fn serialize<S: Serializer>(
        tokens: &Option<Tokens>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match tokens {
            Some(tokens) => super::serialize(tokens, serializer),
            None => serializer.serialize_none(),
        }
    }
}
