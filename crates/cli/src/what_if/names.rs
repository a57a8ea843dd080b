//! The names in a log, so that a change of what is not there is told, not shown as no difference.

use std::collections::BTreeSet;

use anyhow::bail;
use tallyfold_core::{Action, CatalogChange, Event};

use super::Changes;
use crate::account_names::AccountNames;
use crate::nearest::did_you_mean;

/// Who and what a log speaks of.
#[derive(Default)]
pub(super) struct Names {
    accounts: AccountNames,
    users: BTreeSet<String>,
    /// Products, collections, and offerings of subscriptions.
    offerings: BTreeSet<String>,
    /// Users and subscriptions, and users and offerings, that were assigned.
    pub(super) seats: BTreeSet<(String, String)>,
}

impl Names {
    pub(super) fn note(&mut self, event: &Event<'_>) {
        self.accounts.see(event);
        match event {
            Event::Catalog(it) => match &it.change {
                CatalogChange::RatePublished(it) => note(&mut self.offerings, &it.product),
                CatalogChange::CollectionDefined(it) => note(&mut self.offerings, &it.collection),
                CatalogChange::RulebookAdopted(_) => {}
            },
            Event::Account(it) => match &it.action {
                Action::SessionOpened(it) => self.used(&it.user, &it.product),
                Action::ResultProduced(it) => self.used(&it.user, &it.product),
                Action::SubscriptionPurchased(it) => note(&mut self.offerings, &it.offering),
                Action::SubscriptionAssigned(it) => note(&mut self.users, &it.user),
                _ => {}
            },
        }
    }

    fn used(&mut self, user: &str, product: &str) {
        note(&mut self.users, user);
        note(&mut self.offerings, product);
    }

    /// Finds names that the changes have and the log has not.
    pub(super) fn check(&self, changes: &Changes) -> anyhow::Result<()> {
        changes.account.as_deref().map_or(Ok(()), |account| self.accounts.require(account))?;
        let rated = changes.rates.keys().map(String::as_str);
        let assigned = changes.assign.iter().map(|(_, offering)| offering.as_str());
        if let Some(name) = rated.chain(assigned).find(|name| !self.offerings.contains(*name)) {
            let near = did_you_mean(name, self.offerings.iter().map(String::as_str));
            bail!("the log has no product or collection `{name}`{near}");
        }
        let assigned = changes.assign.iter().map(|(user, _)| user.as_str());
        let unassigned = changes.unassign.iter().map(|(user, _)| user.as_str());
        if let Some(name) = assigned.chain(unassigned).find(|name| !self.users.contains(*name)) {
            let near = did_you_mean(name, self.users.iter().map(String::as_str));
            bail!("the log has no user `{name}`{near}");
        }
        if let Some((user, name)) = changes.unassign.difference(&self.seats).next() {
            let held = self.seats.iter().filter(|(holder, _)| holder == user);
            let near = did_you_mean(name, held.map(|(_, name)| name.as_str()));
            bail!("the log gives `{user}` no seat of `{name}`{near}");
        }
        Ok(())
    }
}

fn note(names: &mut BTreeSet<String>, name: &str) {
    if !names.contains(name) {
        names.insert(name.to_owned());
    }
}
