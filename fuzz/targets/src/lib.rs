//! What the fuzz targets assert.
//!
//! Each function takes any bytes and panics where a promise is broken. `fuzz/fuzz_targets/` feeds
//! them to libFuzzer; the test of this crate replays the committed corpora with every toolchain.

#![forbid(unsafe_code)]

mod cloudevents;
mod common;
mod flexnet;
mod fold;
mod history;
mod journal;
mod reader;
mod snapshot;

pub use cloudevents::cloudevents;
pub use flexnet::flexnet;
pub use fold::fold;
pub use history::history;
pub use journal::journal;
pub use reader::reader;
pub use snapshot::snapshot;

/// A target: takes any bytes, panics where a promise is broken.
pub type Target = fn(&[u8]);

/// Every target, by the name of its binary and of its corpus.
pub const TARGETS: [(&str, Target); 7] = [
    ("cloudevents", cloudevents),
    ("flexnet", flexnet),
    ("fold", fold),
    ("history", history),
    ("journal", journal),
    ("reader", reader),
    ("snapshot", snapshot),
];
