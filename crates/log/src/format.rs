#![doc = include_str!("format.md")]
#[cfg(doc)]
use tallyfold_core::spec::*;
