//! Packs are bought and corrected (P1, P6). Which of them burn first stands with their state.

use crate::account::{Account, Subject};
use crate::event::{PackPurchased, TokensAdjusted};
use crate::journal::{Entry, Sink};
use crate::state::timers::TimerKind;
use crate::turn::Turn;

impl Account {
    /// P1, N3, T5: a pack comes with its expiry, and with a notice before that.
    pub(crate) fn purchase_pack<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        event: &PackPurchased<'_>,
    ) {
        let rulebook = turn.rulebook();
        let expires_at = turn.at + rulebook.validity();
        let notice_at = expires_at - rulebook.expiry_notice();
        let is_noticed = rulebook.expiry_notice_days > 0 && turn.at < notice_at;
        let notice_at = is_noticed.then_some(notice_at);
        let tokens = event.tokens.get();
        let pack =
            self.packs.add(turn.hashed(&event.pack), tokens, (turn.at, expires_at), notice_at);
        self.timers.set(expires_at, TimerKind::Expiry, pack);
        if let Some(notice_at) = notice_at {
            self.timers.set(notice_at, TimerKind::Notice, pack);
        }
        turn.write(|| Entry::PackAdded { pack: (&*event.pack).into(), tokens, expires_at });
        self.set_level(turn);
    }

    /// P6: a pack is corrected by hand.
    pub(crate) fn adjust_pack<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        event: &TokensAdjusted<'_>,
        pack: Subject,
    ) {
        let tokens = event.tokens.get();
        self.packs.adjust(pack, tokens);
        turn.write(|| Entry::Adjusted {
            pack: (&*event.pack).into(),
            tokens,
            reason: event.reason.as_str().into(),
        });
        self.set_level(turn);
    }
}
