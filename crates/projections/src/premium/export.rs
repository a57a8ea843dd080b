//! `usage export`: the flat daily export that other tools ingest.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use tallyfold_core::Tokens;

use super::{AccessKind, Pass};
use crate::cells::Cell;
use crate::reports::{ReportedAccount, Reports};
use crate::row::row;

row! {
    "usage export" =>
    /// `usage export`: an account, user, product, version, day and access.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ExportRow {
        /// The account.
        pub account: String,
        /// The user.
        pub user: String,
        /// The product.
        pub product: String,
        /// The version, where known.
        pub version: Option<String>,
        /// The day.
        pub day_used: NaiveDate,
        /// The numbers of the charges in the journal of the account.
        pub charge_numbers: Vec<u64>,
        /// Tokens used, net of refunds.
        pub tokens_used: Tokens => summed,
        /// What the charges took.
        pub gross_tokens: Tokens => summed,
        /// What was given back of it.
        pub refunded_tokens: Tokens => summed,
        /// What paid.
        pub access: AccessKind,
    }
}

/// User, product, version, day and access.
type Key<'a> = (&'a str, &'a str, Option<&'a str>, NaiveDate, AccessKind);

impl<'a> Reports<'a> {
    /// `usage export`.
    #[must_use]
    pub fn usage_export(&self, _: Pass) -> Vec<ExportRow> {
        self.accounts().flat_map(|account| self.exported(account)).collect()
    }

    fn exported(&self, account: &ReportedAccount<'a>) -> Vec<ExportRow> {
        let mut rows: BTreeMap<Key<'_>, ExportRow> = BTreeMap::new();
        let cells: Vec<_> = account.usage.cells.iter().collect();
        let charges = account.usage.cells.by_charge();
        let charges = charges.map(|(charge, cell)| (charge, cells[cell as usize]));
        for (charge, cell) in charges.filter(|(_, cell)| self.period.holds(cell.day)) {
            let key = self.export_key(account, cell);
            let row = rows.entry(key).or_insert_with(|| export_row(account.name, key));
            row.charge_numbers.push(charge);
        }
        for cell in account.cells().filter(|cell| cell.charges > 0) {
            if let Some(row) = rows.get_mut(&self.export_key(account, cell)) {
                row.tokens_used += cell.tokens_used();
                row.gross_tokens += cell.charged;
                row.refunded_tokens += cell.refunded;
            }
        }
        rows.into_values().collect()
    }

    fn export_key(&self, account: &ReportedAccount<'a>, cell: &Cell) -> Key<'a> {
        let access = if cell.is_covered() { AccessKind::Seat } else { AccessKind::Flex };
        let usage = account.usage.uses.get(cell.usage);
        let product = self.usage.product_name(usage.product);
        let user = account.usage.user(usage.user);
        (user, product, self.usage.version(cell), cell.day, access)
    }
}

/// A row without charges yet.
fn export_row(account: &str, (user, product, version, day_used, access): Key<'_>) -> ExportRow {
    ExportRow {
        account: account.to_owned(),
        user: user.to_owned(),
        product: product.to_owned(),
        version: version.map(str::to_owned),
        day_used,
        charge_numbers: Vec::new(),
        tokens_used: Tokens::ZERO,
        gross_tokens: Tokens::ZERO,
        refunded_tokens: Tokens::ZERO,
        access,
    }
}
