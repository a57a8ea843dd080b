//! Questions that change nothing. They go through the rules that decide the real thing.

mod account_at;
mod admission;
mod statement;

pub use account_at::{AccountAt, AccountView};
pub use admission::Admission;
pub use statement::{AccountStatement, LiveSession, PackState, WindowState};
