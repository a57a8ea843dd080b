//! Questions that change nothing. They go through the rules that decide the real thing.

mod account_at;
mod admission;

pub use account_at::{AccountAt, AccountView, LiveSession, PackState, WindowState};
pub use admission::Admission;
