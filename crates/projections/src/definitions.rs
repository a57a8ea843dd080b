//! [embedding.md#reports]: crate::csv
#![doc = include_str!("definitions.md")]
