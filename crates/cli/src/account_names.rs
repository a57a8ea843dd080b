//! Which accounts a log speaks of, so that a mistyped one is not taken for an empty one.

use std::collections::BTreeSet;

use anyhow::bail;
use tallyfold_core::Event;

use crate::nearest::did_you_mean;
use crate::text::printable;

/// The accounts of a log, those included whose every event is a finding.
#[derive(Debug, Default)]
pub(crate) struct AccountNames(BTreeSet<String>);

impl AccountNames {
    /// Takes in the account of an event.
    pub(crate) fn see(&mut self, event: &Event<'_>) {
        if let Event::Account(event) = event
            && !self.0.contains(&*event.account)
        {
            self.0.insert(event.account.to_string());
        }
    }

    /// An error for an account that no event names, with the one that may be meant.
    pub(crate) fn require(&self, account: &str) -> anyhow::Result<()> {
        if self.0.contains(account) {
            return Ok(());
        }
        let meant = did_you_mean(account, self.0.iter().map(String::as_str));
        bail!("no event of the log names an account `{}`{meant}", printable(account));
    }
}
