//! The test examples of docs/laws.md, for a service that is right: all of them pass.

/// A service that does as the rules say.
type MyService = tallyfold_core::Ledger;

include!("examples.rs");
