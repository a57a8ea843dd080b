//! The lines that nearly all are, read in one pass: what sessions do, and results.

mod any_order;
mod canonical;
mod name;

use any_order::SessionFields;

/// Reads the object that a text starts with, if it is such a line, and answers what comes after it.
#[inline(always)]
pub(super) fn read(text: &str) -> Option<(SessionFields<'_>, &str)> {
    match canonical::read(text) {
        Some(read) => Some(read),
        None => SessionFields::read(text),
    }
}
