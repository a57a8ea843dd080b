//! Events in → fold → journal out: the pure core of tallyfold.

#![forbid(unsafe_code)]
mod event;
mod journal;
mod name;
mod owned;
mod refusal;
mod rulebook;
mod time;
mod tokens;
pub use event::*;
pub use journal::*;
pub use name::*;
pub use refusal::{Finding, Refusal};
pub use rulebook::{Assignment, OverrideOutOfRange, Overrides, Preset, Rulebook};
pub use time::{Instant, InstantError, Span};
pub use tokens::{Tokens, TokensError};
