//! Events in → fold → journal out: the pure core of tallyfold.

#![forbid(unsafe_code)]

mod account;
mod admission;
mod event;
mod journal;
mod ledger;
mod name;
mod owned;
mod refusal;
mod replay;
mod rulebook;
mod rules;
mod settled;
mod snapshot;
mod state;
mod time;
mod tokens;
mod turn;

pub use admission::Admission;
pub use event::*;
pub use journal::*;
pub use ledger::Ledger;
pub use name::*;
pub use refusal::{Finding, Refusal};
pub use replay::Replay;
pub use rulebook::{Assignment, OverrideOutOfRange, Overrides, Preset, Rulebook};
pub use settled::{AccountView, Level, LiveSession, PackState, Settled, WindowState};
pub use snapshot::{RestoreError, Snapshot};
pub use state::catalog::Rate;
pub use state::names::HashKey;
pub use state::packs::Balance;
pub use time::{Instant, InstantError, Span};
pub use tokens::{Tokens, TokensError};
