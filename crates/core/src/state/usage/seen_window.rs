//! What a session remembers of the window of its use.

use crate::event::Timestamp;

/// The end of the window that was in force when the session looked last, and whether a subscription
/// covers it. A contact before that end need not look again.
///
/// Kept as bytes, so that a session fits one cache line.
#[derive(Clone, Copy, Debug)]
pub(super) struct SeenWindow {
    ends: [u8; 8],
    is_covered: bool,
}

impl SeenWindow {
    pub(super) fn new(ends: Timestamp, is_covered: bool) -> SeenWindow {
        SeenWindow { ends: ends.unix_nanos().to_le_bytes(), is_covered }
    }

    pub(super) fn is_in_force(self, at: Timestamp) -> bool {
        at.unix_nanos() < i64::from_le_bytes(self.ends)
    }

    pub(super) fn is_covered(self) -> bool {
        self.is_covered
    }
}

impl Default for SeenWindow {
    /// None was seen.
    fn default() -> SeenWindow {
        SeenWindow::new(Timestamp::EARLIEST, false)
    }
}
