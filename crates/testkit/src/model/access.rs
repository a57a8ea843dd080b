//! Access: A1 to A4.

use tallyfold_core::{
    Assignment, Entry, Finding, FlexAccess, FlexAccessSet, FlexAssigned, FlexUnassigned, Noted,
    Products, Refusal,
};

use super::Flaw;
use super::moment::Moment;

impl Moment<'_> {
    /// A1: the user's mark: assigned, unassigned, or none.
    fn mark(&self, user: &str) -> Option<bool> {
        let mut marks = self.account.marks.iter();
        marks.find(|(marked, _)| marked == user).map(|(_, is_assigned)| *is_assigned)
    }

    fn set_mark(&mut self, user: &str, is_assigned: bool) {
        self.account.marks.retain(|(marked, _)| marked != user);
        self.account.marks.push((user.to_owned(), is_assigned));
    }

    /// A1: repeating the user's present mark is a finding.
    pub(super) fn check_flex_assigned(&self, user: &str) -> Result<(), Finding> {
        let is_repeated = self.mark(user) == Some(true);
        let is_fine = self.needs(!is_repeated, Flaw::MarksMayRepeat);
        if is_fine { Ok(()) } else { Err(Finding::AlreadyAssigned) }
    }

    /// A1: repeating the user's present mark is a finding; a user without a mark may get it.
    pub(super) fn check_flex_unassigned(&self, user: &str) -> Result<(), Finding> {
        let mark = self.mark(user);
        let is_bare = mark.is_none() && self.is(Flaw::UnmarkedIsUnassigned);
        let is_repeated = mark == Some(false) || is_bare;
        let is_fine = self.needs(!is_repeated, Flaw::MarksMayRepeat);
        if is_fine { Ok(()) } else { Err(Finding::NotHeld) }
    }

    /// A1.
    pub(super) fn assign_flex(&mut self, assigned: &FlexAssigned<'_>) {
        self.set_mark(&assigned.user, true);
        self.write(Entry::Noted(Noted::FlexAssigned(assigned.clone().into_owned())));
    }

    /// A1. Losing access ends no window (A4).
    pub(super) fn unassign_flex(&mut self, unassigned: &FlexUnassigned<'_>) {
        self.set_mark(&unassigned.user, false);
        self.write(Entry::Noted(Noted::FlexUnassigned(unassigned.clone().into_owned())));
        if self.is(Flaw::UnassignedEndsWindows) {
            self.end_covered_windows(|charge| charge.of.user == *unassigned.user);
        }
    }

    /// A3: sets the products open to tokens, for the account or for one user, in place of what was
    /// set there; `default` clears it.
    pub(super) fn set_access(&mut self, set: &FlexAccessSet<'_>) {
        let set = set.clone().into_owned();
        let is_default = set.access == FlexAccess::Default;
        let is_everybody =
            is_default && set.user.is_none() && self.is(Flaw::DefaultClearsEverybody);
        self.account.access.retain(|former| former.user != set.user && !is_everybody);
        if !is_default || set.user.is_some() && self.is(Flaw::DefaultOpensAll) {
            self.account.access.push(set.clone());
        }
        self.write(Entry::Noted(Noted::FlexAccessSet(set)));
    }

    /// W1 (2): the user (A2), then the product (A3).
    pub(super) fn check_access(&self, user: &str, product: &str) -> Result<(), Refusal> {
        let is_open = self.is_open_to(user, product);
        if !is_open && self.is(Flaw::ProductsBeforeMarks) {
            Err(Refusal::ProductExcluded)
        } else if !self.may_use_tokens(user) {
            Err(Refusal::NotAssigned)
        } else if !is_open {
            Err(Refusal::ProductExcluded)
        } else {
            Ok(())
        }
    }

    /// A2: where assignment is open everybody but those marked unassigned; where it is required
    /// only those marked assigned.
    fn may_use_tokens(&self, user: &str) -> bool {
        match (self.rulebook().assignment(), self.mark(user)) {
            (Assignment::Open, mark) => self.needs(mark != Some(false), Flaw::MarkedUnassignedMay),
            (Assignment::Required, None) => self.is(Flaw::UnmarkedMayAlways),
            (Assignment::Required, Some(is_assigned)) => is_assigned,
        }
    }

    /// A3: by what was set for the user, else by what was set for the account; else all.
    fn is_open_to(&self, user: &str, product: &str) -> bool {
        let set_for =
            |whom: Option<&str>| self.account.access.iter().find(|set| set.user.as_deref() == whom);
        let opens = |set: Option<&FlexAccessSet<'_>>| {
            set.is_none_or(|set| holds_open(&set.access, product))
        };
        let (own, whole) = (set_for(Some(user)), set_for(None));
        if self.is(Flaw::UserAccessNarrows) {
            return opens(own) && opens(whole);
        }
        opens(own.or(whole))
    }
}

/// A3: all except a list, or only a list.
fn holds_open(access: &FlexAccess<'_>, product: &str) -> bool {
    let lists = |products: &Products<'_>| products.as_slice().iter().any(|it| &**it == product);
    match access {
        FlexAccess::AllExcept(products) => !lists(products),
        FlexAccess::Only(products) => lists(products),
        FlexAccess::Default => true,
    }
}
