//! The catalog of the made-up world: its products, their rates, and how they change.

use std::{iter, vec};

use tallyfold_core::{
    CatalogChange, CollectionDefined, Overrides, Per, Preset, RatePublished, RateTokens,
    RulebookAdopted, Tokens,
};

use super::schedule::MILLIS_PER_DAY;
use super::values::{WELL_FORMED, name, products};

/// A product that is opened.
pub(super) struct Product {
    pub(super) name: &'static str,
    /// Its share of all opens, in percent.
    pub(super) share: u64,
    /// Its first rate a day; none for a product that nobody can pay with tokens.
    pub(super) tokens: Option<u16>,
    /// Whether it is in the [`COLLECTION`].
    pub(super) collected: bool,
}

const fn product(name: &'static str, share: u64, tokens: Option<u16>, collected: bool) -> Product {
    Product { name, share, tokens, collected }
}

/// What can be opened. The shares add up to 100.
pub(super) const PRODUCTS: [Product; 8] = [
    product("AutoCAD", 35, Some(7), true),
    product("Revit", 22, Some(10), true),
    product("Inventor Professional", 12, Some(8), false),
    product("Civil 3D", 11, Some(9), true),
    product("3ds Max", 8, Some(6), false),
    product("Maya", 6, Some(6), false),
    product(EXCLUDED, 4, Some(5), true),
    product("Labs Preview", 2, None, false),
];
/// The product that administrators sometimes close to tokens.
pub(super) const EXCLUDED: &str = "Navisworks Manage";
/// The product that is paid by result, half a token each.
pub(super) const BY_RESULT: &str = "Cloud Rendering";
/// The collection that seats are bought for.
pub(super) const COLLECTION: &str = "Design Collection";

/// Half a token.
const HALF: Tokens = Tokens::from_micros(500_000);

/// How far the catalog has come.
#[derive(Debug)]
pub(super) struct Catalog {
    /// What is needed before anything can be opened.
    opening: vec::IntoIter<CatalogChange<'static>>,
    later_changes: u64,
}

impl Catalog {
    /// A catalog of which nothing is known yet.
    pub(super) fn new() -> Catalog {
        let rates = PRODUCTS.iter().filter_map(|product| {
            let tokens = Tokens::whole(product.tokens?.into());
            Some(rate(product.name, tokens, Per::Day))
        });
        let opening: Vec<_> = iter::once(rulebook(Preset::Launch))
            .chain(rates)
            .chain([rate(BY_RESULT, HALF, Per::Result), collection()])
            .collect();
        Catalog { opening: opening.into_iter(), later_changes: 0 }
    }

    /// The next change, and how many milliseconds later the one after it follows: all that is
    /// needed at once, today's rulebook on the fourth day, then a new rate every month.
    pub(super) fn next_change(&mut self) -> (CatalogChange<'static>, u64) {
        if let Some(change) = self.opening.next() {
            let wait = match self.opening.len() {
                0 => 3 * MILLIS_PER_DAY,
                _ => 0,
            };
            return (change, wait);
        }
        self.later_changes += 1;
        match self.later_changes {
            1 => (rulebook(Preset::Current), MILLIS_PER_DAY),
            change => {
                let halves = 11 + i128::from(change % 4);
                let tokens = Tokens::from_micros(HALF.micros() * halves);
                (rate("3ds Max", tokens, Per::Day), 30 * MILLIS_PER_DAY)
            }
        }
    }
}

fn rulebook(preset: Preset) -> CatalogChange<'static> {
    let adopted = RulebookAdopted::new(preset, Overrides::default()).expect(WELL_FORMED);
    CatalogChange::RulebookAdopted(adopted)
}

fn rate(product: &'static str, tokens: Tokens, per: Per) -> CatalogChange<'static> {
    CatalogChange::RatePublished(RatePublished {
        product: name(product),
        tokens: RateTokens::new(tokens).expect(WELL_FORMED),
        per,
    })
}

fn collection() -> CatalogChange<'static> {
    let collected = PRODUCTS.iter().filter(|product| product.collected);
    CatalogChange::CollectionDefined(CollectionDefined {
        collection: name(COLLECTION),
        products: products(collected.map(|product| product.name)),
    })
}
