//! Packs: P1 to P7.

use tallyfold_core::{
    Balance, Entry, Finding, PackPurchased, Span, Timestamp, Tokens, TokensAdjusted,
};

use super::Flaw;
use super::moment::{Moment, own};
use super::state::ModelPack;

impl Moment<'_> {
    /// P2: a pack id already seen in the account is taken.
    pub(super) fn check_purchase(&self, purchased: &PackPurchased<'_>) -> Result<(), Finding> {
        let is_taken = |pack: &ModelPack| {
            let is_free = self.is(Flaw::ExpiredPackIdIsFree) && !self.is_usable(pack);
            pack.name == *purchased.pack && !is_free
        };
        match self.account.packs.iter().any(is_taken) {
            true => Err(Finding::DuplicatePack),
            false => Ok(()),
        }
    }

    /// P1: a pack expires `validity_days` × 24 h after its purchase.
    pub(super) fn purchase_pack(&mut self, purchased: &PackPurchased<'_>) {
        let tokens = purchased.tokens.get();
        let expires_at = self.at + Span::days(self.rulebook().validity_days());
        self.account.packs.push(ModelPack {
            name: purchased.pack.to_string(),
            purchased_at: self.at,
            expires_at,
            notice_at: self.notice_at(expires_at),
            is_expired: false,
            balance: Balance { purchased: tokens, available: tokens, ..Balance::default() },
        });
        self.write(Entry::PackAdded { pack: own(&purchased.pack), tokens, expires_at });
    }

    /// P1: a pack is usable while t < expires_at.
    pub(super) fn is_usable(&self, pack: &ModelPack) -> bool {
        self.before(self.at, pack.expires_at, Flaw::UsableAtExpiry)
    }

    /// P3: the places of all packs in burn order.
    pub(super) fn burn_order(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.account.packs.len()).collect();
        places.sort_by_key(|&place| self.burns_at(place));
        places
    }

    /// P3: the UTC date of expiry, earliest first; the smaller pack, as bought; the earlier
    /// expiry instant; log order.
    fn burns_at(&self, place: usize) -> (i32, Tokens, Timestamp, usize) {
        let pack = &self.account.packs[place];
        let as_bought = (pack.expires_at.utc_day(), pack.balance.purchased, pack.expires_at, place);
        let (date, size, instant, place) = as_bought;
        match self.flaw {
            Some(Flaw::DateIgnored) => (0, size, instant, place),
            Some(Flaw::SizeIgnored) => (date, Tokens::ZERO, instant, place),
            Some(Flaw::LargerPackFirst) => (date, -size, instant, place),
            Some(Flaw::AdjustedSizeCounts) => (date, size + pack.balance.adjusted, instant, place),
            Some(Flaw::ExpiryInstantIgnored) => (date, size, Timestamp::EARLIEST, place),
            Some(Flaw::LaterPackFirst) => (date, size, instant, usize::MAX - place),
            _ => as_bought,
        }
    }

    /// P3, P4: the places of the usable packs, in burn order.
    pub(super) fn usable_packs(&self) -> Vec<usize> {
        let mut places = self.burn_order();
        places.retain(|&place| self.is_usable(&self.account.packs[place]));
        places
    }

    /// P1, P4: what a charge could take.
    pub(super) fn available(&self) -> Tokens {
        let usable = self.account.packs.iter().filter(|pack| self.is_usable(pack));
        usable.map(|pack| pack.balance.available).sum()
    }

    /// P4: a charge is paid in full or not at all.
    pub(super) fn can_pay(&self, tokens: Tokens) -> bool {
        match self.flaw {
            Some(Flaw::PaidInPart) => tokens.is_zero() || self.available() > Tokens::ZERO,
            Some(Flaw::PaidFromOnePack) => {
                let pays =
                    |pack: &ModelPack| self.is_usable(pack) && pack.balance.available >= tokens;
                tokens.is_zero() || self.account.packs.iter().any(pays)
            }
            _ => self.available() >= tokens,
        }
    }

    /// P4: takes tokens from usable packs in burn order, as many packs as needed.
    pub(super) fn burn(&mut self, tokens: Tokens) -> Vec<(usize, Tokens)> {
        let mut postings = Vec::new();
        let mut due = tokens;
        for place in self.usable_packs() {
            let balance = &mut self.account.packs[place].balance;
            let part = due.min(balance.available);
            if part.is_zero() {
                continue;
            }
            balance.available -= part;
            balance.burned += part;
            due -= part;
            postings.push((place, part));
        }
        postings
    }

    /// P5: at expiry what is left in the pack is expired, even when that is 0.
    pub(super) fn expire(&mut self, place: usize) {
        let pack = &mut self.account.packs[place];
        pack.is_expired = true;
        let left = std::mem::take(&mut pack.balance.available);
        pack.balance.expired += left;
        let entry = Entry::PackExpired { pack: own(&pack.name), tokens: left };
        if !(left.is_zero() && self.is(Flaw::EmptyPackExpiresSilently)) {
            self.write(entry);
        }
    }

    /// P6: unknown, then not usable any more, then more taken than is available.
    pub(super) fn check_adjustment(&self, adjusted: &TokensAdjusted<'_>) -> Result<(), Finding> {
        let is_named = |pack: &&ModelPack| pack.name == *adjusted.pack;
        let Some(pack) = self.account.packs.iter().find(is_named) else {
            return Err(Finding::UnknownPack);
        };
        let is_expired = !self.is_usable(pack);
        let available = if is_expired { Tokens::ZERO } else { pack.balance.available };
        let left = available + adjusted.tokens.get();
        let is_overdrawn =
            left < Tokens::ZERO || left.is_zero() && self.is(Flaw::ExactTakingOverdraws);
        if is_expired && !(is_overdrawn && self.is(Flaw::OverdrawnBeforeExpired)) {
            Err(Finding::PackExpired)
        } else if is_overdrawn {
            Err(Finding::Overdrawn)
        } else {
            Ok(())
        }
    }

    /// P6: changes one pack by a signed amount.
    pub(super) fn adjust(&mut self, adjusted: &TokensAdjusted<'_>) {
        let tokens = adjusted.tokens.get();
        for pack in &mut self.account.packs {
            if pack.name == *adjusted.pack {
                pack.balance.adjusted += tokens;
                pack.balance.available += tokens;
            }
        }
        let (pack, reason) = (own(&adjusted.pack), own(adjusted.reason.as_str()));
        self.write(Entry::Adjusted { pack, tokens, reason });
    }
}
