//! Products and their versions, each pair under one number.

use crate::names::Names;

/// Every product and version that was charged, whatever the account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Editions {
    /// Product, a control character that no name has, and version; the last two only where there
    /// is a version.
    names: Names,
    products: Names,
    /// The product of each edition.
    product_of: Vec<u32>,
    /// The pair that is looked for, kept so that looking seldom allocates.
    wanted: String,
}

/// What stands between the product and the version.
const BETWEEN: char = '\0';

impl Editions {
    /// The number of a product and version, which become known if they were not.
    pub(crate) fn number(&mut self, product: &str, version: Option<&str>) -> u32 {
        self.wanted.clear();
        self.wanted.push_str(product);
        if let Some(version) = version {
            self.wanted.push(BETWEEN);
            self.wanted.push_str(version);
        }
        let number = self.names.number(&self.wanted);
        if number as usize == self.product_of.len() {
            self.product_of.push(self.products.number(product));
        }
        number
    }

    /// The number of a product, which becomes known if it was not.
    pub(crate) fn product_number(&mut self, product: &str) -> u32 {
        self.products.number(product)
    }

    /// Whether an edition is of this version.
    pub(crate) fn is_of_version(&self, edition: u32, version: Option<&str>) -> bool {
        self.version(edition) == version
    }

    /// The number of an edition's product.
    pub(crate) fn product(&self, edition: u32) -> u32 {
        self.product_of[edition as usize]
    }

    pub(crate) fn product_name(&self, product: u32) -> &str {
        self.products.name(product)
    }

    pub(crate) fn version(&self, edition: u32) -> Option<&str> {
        self.names.name(edition).split_once(BETWEEN).map(|(_, version)| version)
    }

    /// The numbers here of all editions and products there, which become known if they were not.
    pub(crate) fn adopt(&mut self, there: &Editions) -> (Vec<u32>, Vec<u32>) {
        let product = |edition| there.product_name(there.product(edition));
        let editions = 0..there.product_of.len() as u32;
        let editions = editions.map(|it| self.number(product(it), there.version(it))).collect();
        let products = there.products.iter().map(|name| self.products.number(name)).collect();
        (editions, products)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_with_and_without_a_version_are_two_editions() {
        let mut editions = Editions::default();
        let pairs = [("AutoCAD", None), ("AutoCAD", Some("2026")), ("AutoCAD2026", None)];
        for (number, (product, version)) in (0..).zip(pairs) {
            assert_eq!(editions.number(product, version), number);
            assert_eq!(editions.product_name(editions.product(number)), product);
            assert_eq!(editions.version(number), version);
        }
        let mut others = Editions::default();
        others.number("Revit", None);
        assert_eq!(others.adopt(&editions), (vec![1, 2, 3], vec![1, 2]));
    }
}
