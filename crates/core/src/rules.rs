//! The rules of rules.md, one home for each group.
//!
//! Each group adds methods to [`Account`](crate::account::Account). What decides is a function of
//! `&self`, so that a question and an event go through the same code.

mod access;
mod corrections;
mod cover;
mod notices;
mod packs;
mod results;
mod sessions;
mod subscriptions;
mod timers;
mod windows;

pub(crate) use cover::Cover;
pub(crate) use notices::level_of;
