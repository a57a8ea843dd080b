//! The names in a log, so that a change of what is not there is told, not shown as no difference.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use tallyfold_core::{Action, CatalogChange, Event};

use super::Changes;
use crate::log::require_account;
use crate::nearest::did_you_mean;

/// Who and what a log speaks of.
#[derive(Default)]
pub(super) struct Names {
    /// The account whose seats change, where one is named.
    account: Option<String>,
    accounts: BTreeSet<String>,
    users: BTreeSet<String>,
    /// Products, collections, and offerings of subscriptions.
    offerings: BTreeSet<String>,
    /// What each subscription is for, by account and name.
    subscriptions: BTreeMap<(String, String), String>,
    /// Users and subscriptions, and users and offerings, that were assigned.
    seats: BTreeSet<(String, String)>,
}

impl Names {
    pub(super) fn of(account: Option<&str>) -> Names {
        Names { account: account.map(str::to_owned), ..Names::default() }
    }

    pub(super) fn note(&mut self, event: &Event<'_>) {
        match event {
            Event::Catalog(it) => match &it.change {
                CatalogChange::RatePublished(it) => note(&mut self.offerings, &it.product),
                CatalogChange::CollectionDefined(it) => note(&mut self.offerings, &it.collection),
                CatalogChange::RulebookAdopted(_) => {}
            },
            Event::Account(it) => {
                note(&mut self.accounts, &it.account);
                self.note_action(&it.account, &it.action);
            }
        }
    }

    fn note_action(&mut self, account: &str, action: &Action<'_>) {
        match action {
            Action::SessionOpened(it) => self.used(&it.user, &it.product),
            Action::ResultProduced(it) => self.used(&it.user, &it.product),
            Action::SubscriptionPurchased(it) => {
                note(&mut self.offerings, &it.offering);
                let key = (account.to_owned(), it.subscription.to_string());
                self.subscriptions.insert(key, it.offering.to_string());
            }
            Action::SubscriptionAssigned(it) => {
                note(&mut self.users, &it.user);
                if self.account.as_deref().is_none_or(|meant| meant == account) {
                    let key = (account.to_owned(), it.subscription.to_string());
                    let offering = self.subscriptions.get(&key).cloned();
                    let names = offering.into_iter().chain([key.1]);
                    self.seats.extend(names.map(|name| (it.user.to_string(), name)));
                }
            }
            _ => {}
        }
    }

    pub(super) fn merge(&mut self, later: Names) {
        self.accounts.extend(later.accounts);
        self.users.extend(later.users);
        self.offerings.extend(later.offerings);
        self.subscriptions.extend(later.subscriptions);
        self.seats.extend(later.seats);
    }

    fn used(&mut self, user: &str, product: &str) {
        note(&mut self.users, user);
        note(&mut self.offerings, product);
    }

    /// Finds names that the changes have and the log has not.
    pub(super) fn check(&self, changes: &Changes) -> anyhow::Result<()> {
        match changes.account.as_deref() {
            Some(account) => require_account(account, &self.accounts)?,
            None if !changes.assign.is_empty() && self.accounts.len() > 1 => {
                bail!("the log has several accounts; say whose seats change with --account NAME");
            }
            None => {}
        }
        let rated = changes.rates.keys().map(String::as_str);
        let assigned = changes.assign.iter().map(|it| it.purchase.offering.as_str());
        if let Some(name) = rated.chain(assigned).find(|name| !self.offerings.contains(*name)) {
            let near = did_you_mean(name, self.offerings.iter().map(String::as_str));
            bail!("the log has no product or collection `{name}`{near}");
        }
        let assigned = changes.assign.iter().map(|it| it.user.as_str());
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
