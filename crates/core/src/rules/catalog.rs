//! The catalog is changed (R1; T1, T2 and T7 as far as they speak of it).

use compact_str::CompactString;

use crate::event::{CatalogChange, CatalogEvent, CollectionDefined, RatePublished};
use crate::journal::Finding;
use crate::state::catalog::{Catalog, Rate};
use crate::state::names::HashKey;

/// Whether a catalog event can be applied: it must not decrease among its own (T2), and is never
/// applied twice under one id (T7).
pub(crate) fn check(catalog: &Catalog, event: &CatalogEvent<'_>) -> Result<(), Finding> {
    let is_repeated = || event.id.as_ref().is_some_and(|id| catalog.recent_ids.contains(id));
    if catalog.clock().is_some_and(|clock| event.at < clock) {
        Err(Finding::LateEvent)
    } else if catalog.clock() == Some(event.at) && is_repeated() {
        Err(Finding::DuplicateEvent)
    } else {
        Ok(())
    }
}

/// Applies a catalog event that was checked.
pub(crate) fn apply(catalog: &mut Catalog, line: u64, event: &CatalogEvent<'_>, key: &HashKey) {
    let entry = catalog.begin_entry(event.at, line);
    if let Some(id) = &event.id {
        catalog.recent_ids.insert(id, key);
    }
    match &event.change {
        CatalogChange::RulebookAdopted(adopted) => catalog.add_rulebook(entry, adopted.rulebook()),
        CatalogChange::RatePublished(it) => {
            catalog.add_rate(entry, key.hashed(&it.product), rate_of(it));
        }
        CatalogChange::CollectionDefined(it) => {
            catalog.add_definition(entry, key.hashed(&it.collection), products_of(it));
        }
    }
}

/// R1: a product has one rate at most; the one published last replaces the others, of either kind.
fn rate_of(published: &RatePublished<'_>) -> Rate {
    Rate { tokens: published.tokens.get(), per: published.per }
}

fn products_of(defined: &CollectionDefined<'_>) -> Vec<CompactString> {
    let names = defined.products.as_slice().iter();
    let mut products: Vec<_> = names.map(|name| CompactString::from(&**name)).collect();
    products.sort_unstable();
    products
}
