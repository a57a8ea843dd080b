//! The user and the product of each connection that opened a session.

use std::collections::{BTreeSet, HashMap};

use tallyfold_core::Name;

use super::feature::{Meaning, Product};
use super::names::{Connection, Numbered};
use super::options::{Options, UserNaming};

/// What a connection means.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    pub(super) user: Name<'static>,
    pub(super) product: Product,
    /// The number of the user and product.
    pub(super) usage: u32,
}

/// The connections that opened a session.
#[derive(Debug, Default)]
pub(super) struct Products {
    resolved: HashMap<u32, Option<Resolved>>,
    usages: Numbered<(Name<'static>, Name<'static>)>,
}

impl Products {
    /// User and product of a connection; nothing where a name cannot be used, which is found when
    /// its line is read.
    pub(super) fn resolve(
        &mut self,
        number: u32,
        connection: &Connection,
        options: &Options,
    ) -> Option<&Resolved> {
        let usages = &mut self.usages;
        let resolve = || {
            let user = Name::new(match options.user_naming {
                UserNaming::Login => connection.user.clone(),
                UserNaming::LoginAtHost => connection.user_at_host(),
            });
            let meaning = options.products.meaning(&connection.feature);
            let (Ok(user), Ok(Meaning::Product(product))) = (user, meaning) else { return None };
            let usage = usages.number((user.clone(), product.name.clone()));
            Some(Resolved { user, product, usage })
        };
        self.resolved.entry(number).or_insert_with(resolve).as_ref()
    }

    /// What a connection means that was resolved.
    pub(super) fn of(&self, connection: u32) -> &Resolved {
        self.resolved[&connection].as_ref().expect("only what was resolved opens a session")
    }

    pub(super) fn usages(&self) -> usize {
        self.usages.len()
    }

    /// The products that were checked out.
    pub(super) fn names(&self) -> BTreeSet<&Name<'static>> {
        self.resolved.values().flatten().map(|it| &it.product.name).collect()
    }
}
