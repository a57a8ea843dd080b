//! The level of the balance, and notices (N2, N3).

use crate::account::Account;
use crate::journal::{Entry, Notice, Sink};
use crate::rulebook::Rulebook;
use crate::settled::Level;
use crate::state::packs::Usable;
use crate::turn::Turn;

/// N2: empty when nothing is available, low below a part of what the usable packs started with.
pub(crate) fn level_of(usable: Usable, rulebook: &Rulebook) -> Level {
    if usable.available.is_zero() {
        Level::Empty
    } else if usable.available.times(100) < usable.bought.times(rulebook.low_balance_percent) {
        Level::Low
    } else {
        Level::Ok
    }
}

impl Account {
    /// N2: after every entry that moves tokens the level is set; when it got worse, notice is
    /// given. The first time sets it silently.
    pub(crate) fn set_level<S: Sink>(&mut self, turn: &mut Turn<'_, S>) {
        if self.packs.is_empty() {
            return;
        }
        let usable = self.packs.usable();
        let level = level_of(usable, turn.rulebook());
        let before = self.level.replace(level);
        if before.is_some_and(|before| level > before) {
            let available = usable.available;
            turn.write(|| {
                Entry::Notice(match level {
                    Level::Empty => Notice::NoTokens { available },
                    Level::Low | Level::Ok => Notice::LowBalance { available },
                })
            });
        }
    }

    /// N3: a pack that still holds tokens is about to expire.
    pub(crate) fn give_expiry_notice<S: Sink>(&mut self, turn: &mut Turn<'_, S>, pack: u32) {
        let tokens = self.packs.give_notice(pack);
        if !tokens.is_zero() {
            let pack = self.packs.name(pack);
            turn.write(|| Entry::Notice(Notice::Expiring { pack: pack.into(), tokens }));
        }
    }
}
