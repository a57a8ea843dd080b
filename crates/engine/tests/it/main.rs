//! The engine from outside: whatever the threads, the result is the same.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod as_of;
mod consumers;
mod logs;
mod options;
mod same;
mod slowly;
mod upcast;
