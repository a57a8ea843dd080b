//! Advice on collections: their price is compared once for each user.

use super::AccessNow;
use super::advice::{AdviceRow, Advised, Compared, HeldOfferings, Prices};
use crate::ratio::Exact;
use crate::reports::Reports;

impl Reports<'_> {
    /// A row for each collection with a price of which the user has a row of any product, in byte
    /// order.
    pub(super) fn advise_on_collections(
        &self,
        rows: &[Advised],
        held: &HeldOfferings<'_>,
        prices: &Prices,
    ) -> Vec<AdviceRow> {
        let mut advised = Vec::new();
        for (collection, products) in &self.facts.collections {
            let of_it = rows.iter().filter(|it| products.contains(&it.row.product));
            let of_it: Vec<_> = of_it.collect();
            if let Some(first) = of_it.first()
                && let Some(price) = prices.subscription_a_month.get(collection)
            {
                let access_now = self.access_to(collection, &of_it, held);
                let tokens = of_it.iter().filter_map(|it| it.tokens_a_month);
                let tokens = tokens.reduce(Exact::plus);
                let compared = Compared::of(Some(*price), prices.token, tokens);
                advised.push(AdviceRow {
                    account: first.row.account.clone(),
                    user: first.row.user.clone(),
                    product: collection.clone(),
                    collection: true,
                    days_per_month: None,
                    class: None,
                    access_now,
                    tokens_used: None,
                    recommended: compared.map(|it| it.cheaper(access_now)),
                    tokens_a_month: tokens.map(Exact::tokens),
                    break_even_days: None,
                    saved_a_month: compared.and_then(|it| it.saved(access_now)),
                });
            }
        }
        advised
    }

    fn access_to(
        &self,
        collection: &str,
        rows: &[&Advised],
        held: &HeldOfferings<'_>,
    ) -> AccessNow {
        let is_held = held.in_term(self.facts.as_of).any(|offering| offering == collection);
        let has_flex = rows.iter().any(|it| it.row.access_now == AccessNow::Flex);
        match (is_held, has_flex) {
            (true, _) => AccessNow::Seat,
            (false, true) => AccessNow::Flex,
            (false, false) => AccessNow::None,
        }
    }
}
