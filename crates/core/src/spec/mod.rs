#![doc = include_str!("rules.md")]
//!
//! # Rules as items
//!
//! Each rule is a constant of this module, so that documentation links to the rule that it cites, and a
//! program can show its text.
//!
//! ```
//! use tallyfold_core::spec;
//!
//! assert_eq!(spec::P3.number, "P3");
//! assert!(spec::P3.text.starts_with("Burn order"));
//! assert!(spec::RULES.contains(&spec::W6));
//! ```

use std::fmt;

mod numbered;

pub use numbered::*;

/// A numbered rule of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Its number, such as `W3`.
    pub number: &'static str,
    /// Its text, in Markdown.
    pub text: &'static str,
}

/// The number.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number)
    }
}
