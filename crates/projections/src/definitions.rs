#![doc = include_str!("definitions.md")]
