//! When the windows of one use may end.
//!
//! The importer does not charge. It must know where a window may end (W2, W3), so that a session
//! that is held then is in contact at that very instant. Only grace (W6) can make a difference: an
//! end with it and one without it are kept.

use std::collections::BTreeSet;

const HOUR: i64 = 60 * 60;
/// How long a window lasts: `window_hours` of the presets.
const WINDOW: i64 = 24 * HOUR;
/// How long a session without contact lives: `offline_hours` of the presets (C2).
pub(super) const OFFLINE: i64 = 24 * HOUR;
/// Within this time the last close is graced: `grace_minutes` of the current preset.
const GRACE: i64 = 5 * 60;

/// One user and one product.
#[derive(Debug)]
pub(super) struct Usage {
    /// The sessions that the log proves to be held.
    held: BTreeSet<usize>,
    /// Until when a session that was cut off still counts as live.
    lost_until: i64,
    /// Where the window ends under a rulebook without grace.
    end: i64,
    graced: Graced,
}

/// The window under a rulebook with grace.
#[derive(Debug)]
struct Graced {
    start: i64,
    end: i64,
    /// Whether a close soon after the start would end it.
    may_be_refunded: bool,
}

impl Default for Usage {
    fn default() -> Usage {
        Usage {
            held: BTreeSet::new(),
            lost_until: i64::MIN,
            end: i64::MIN,
            graced: Graced { start: i64::MIN, end: i64::MIN, may_be_refunded: false },
        }
    }
}

impl Usage {
    /// The sessions that are held, the oldest first.
    pub(super) fn held(&self) -> impl Iterator<Item = &usize> {
        self.held.iter()
    }

    /// Where the window in force may end.
    pub(super) fn ends(&self) -> [i64; 2] {
        [self.end, self.graced.end]
    }

    pub(super) fn may_end_at(&self, at: i64) -> bool {
        self.ends().contains(&at)
    }

    /// W2: an open without a window in force begins one.
    pub(super) fn open(&mut self, session: usize, at: i64) {
        if self.end <= at {
            self.end = at + WINDOW;
        }
        if self.graced.end <= at {
            let may_be_refunded = !self.is_live(at);
            self.graced = Graced { start: at, end: at + WINDOW, may_be_refunded };
        }
        self.held.insert(session);
    }

    /// W3: a contact where a window ends begins the next one.
    pub(super) fn renew(&mut self, at: i64) {
        self.end = renewed(self.end, at);
        let graced = renewed(self.graced.end, at);
        self.graced.may_be_refunded &= graced == self.graced.end;
        self.graced.end = graced;
    }

    /// W6: the last close soon after the start ends a window that is refunded.
    pub(super) fn close(&mut self, session: usize, at: i64) {
        self.held.remove(&session);
        let is_soon = at - self.graced.start < GRACE;
        if self.graced.may_be_refunded && is_soon && !self.is_live(at) {
            self.graced.end = at;
        }
    }

    /// The log proves no more that a session is held. It lapses later (C2).
    pub(super) fn lose(&mut self, session: usize, lapses_at: i64) {
        self.held.remove(&session);
        self.lost_until = self.lost_until.max(lapses_at);
    }

    fn is_live(&self, at: i64) -> bool {
        !self.held.is_empty() || self.lost_until >= at
    }
}

/// The end of the window in force at `at`, on the grid of one that ends at `end`.
fn renewed(end: i64, at: i64) -> i64 {
    match end <= at {
        true => end + ((at - end) / WINDOW + 1) * WINDOW,
        false => end,
    }
}

#[cfg(test)]
mod tests {
    use tallyfold_core::Preset;

    use super::*;

    #[test]
    fn the_lengths_are_those_of_the_presets() {
        for preset in [Preset::Launch, Preset::Current] {
            let rulebook = preset.rulebook();
            assert_eq!(i64::from(rulebook.window_hours()) * HOUR, WINDOW);
            assert_eq!(i64::from(rulebook.offline_hours()) * HOUR, OFFLINE);
            assert!([0, GRACE].contains(&(i64::from(rulebook.grace_minutes()) * 60)));
        }
    }
}
