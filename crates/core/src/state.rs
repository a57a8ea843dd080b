//! What the fold remembers: dense lists and the indexes to find things in them. Which rule
//! changes what stands in [`crate::rules`].

pub(crate) mod access;
pub(crate) mod applied;
pub(crate) mod catalog;
pub(crate) mod charges;
pub(crate) mod names;
pub(crate) mod packs;
pub(crate) mod sessions;
pub(crate) mod subscriptions;
pub(crate) mod timers;
pub(crate) mod uses;
