//! The face, as who adds it sees it.

mod guide;
