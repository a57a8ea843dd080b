//! Lines for tests.

pub(crate) use tallyfold_store::contract::{account, line, now, pack, pack_without_id, rate};
