//! The face, as who adds it sees it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod guide;
