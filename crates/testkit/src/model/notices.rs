//! Plan and notices: N1 to N3.

use tallyfold_core::{
    Balance, Entry, Level, Noted, Notice, Plan, PlanSelected, Span, Timestamp, Tokens,
};

use super::Flaw;
use super::moment::{Moment, own};

impl Moment<'_> {
    /// N1: the plan chosen last.
    pub(super) fn select_plan(&mut self, selected: PlanSelected) {
        self.account.plan = selected.plan;
        self.write(Entry::Noted(Noted::PlanSelected(selected)));
    }

    /// N1: premium where it was chosen last and the seats of the subscriptions whose term holds t
    /// add up to enough.
    pub(super) fn plan_in_force(&self) -> Plan {
        let seats = self.account.subscriptions.iter().map(|it| {
            let has_ended = it.term.ends() <= self.at && !self.is(Flaw::PremiumByEndedTerms);
            let is_held =
                || self.account.seats.iter().any(|seat| seat.subscription == *it.subscription);
            let is_counted = it.term.starts() <= self.at
                && !has_ended
                && (!self.is(Flaw::PremiumByHeldSeats) || is_held());
            if is_counted { u64::from(it.seats.get()) } else { 0 }
        });
        let (seats, least) = (seats.sum::<u64>(), u64::from(self.rulebook().premium_min_seats()));
        let is_enough = seats > least || seats == least && !self.is(Flaw::PremiumAboveTheMinimum);
        if is_enough { self.account.plan } else { Plan::Standard }
    }

    /// N2: over usable packs `empty` when available is 0, else `low` when available × 100 is less
    /// than the percentage × (purchased + adjusted), else `ok`.
    fn level(&self) -> Level {
        let counts = |balance: &Balance| balance.purchased + balance.adjusted;
        let packs = self.account.packs.iter();
        let counted = packs.filter(|it| self.needs(self.is_usable(it), Flaw::LevelOverAllPacks));
        let whole: Tokens = counted.map(|pack| counts(&pack.balance)).sum();
        let (available, percent) = (self.available(), self.rulebook().low_balance_percent());
        let (part, limit) = (available.times(100), whole.times(percent));
        if available.is_zero() {
            Level::Empty
        } else if part < limit || part == limit && self.is(Flaw::LowAtTheLimit) {
            Level::Low
        } else {
            Level::Ok
        }
    }

    /// N2: sets the level, once there is a pack; a notice when it got worse, but silently the
    /// first time.
    pub(super) fn set_level(&mut self) {
        if self.account.packs.is_empty() && !self.is(Flaw::LevelWithoutPack) {
            return;
        }
        let level = self.level();
        let got_worse = match self.account.level.replace(level) {
            None => false,
            Some(before) => level > before || level == before && self.is(Flaw::SameLevelIsTold),
        };
        let available = self.available();
        match level {
            Level::Low if got_worse => self.write(Entry::Notice(Notice::LowBalance { available })),
            Level::Empty if got_worse => self.write(Entry::Notice(Notice::NoTokens { available })),
            _ => {}
        }
    }

    /// N3: notice is due `expiry_notice_days` before a pack expires, if that is later than its
    /// purchase; 0 for never.
    pub(super) fn notice_at(&self, expires_at: Timestamp) -> Option<Timestamp> {
        let days = self.rulebook().expiry_notice_days();
        let notice_at = expires_at - Span::days(days);
        let is_later = self.before(self.at, notice_at, Flaw::NoticeAtPurchase);
        (days > 0 && is_later).then_some(notice_at)
    }

    /// N3: notice is given if the pack holds tokens then.
    pub(super) fn give_notice(&mut self, place: usize) {
        let pack = &mut self.account.packs[place];
        pack.notice_at = None;
        let tokens = pack.balance.available;
        let notice = Notice::Expiring { pack: own(&pack.name), tokens };
        if self.needs(!tokens.is_zero(), Flaw::NoticeOfEmptyPack) {
            self.write(Entry::Notice(notice));
        }
    }
}
