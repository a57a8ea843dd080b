//! Standard reports: usage without names. No type in this module can hold a user.
//!
//! ```compile_fail,E0609
//! fn user_of(row: &tallyfold_projections::standard::ProductRow) -> &str {
//!     &row.user // with `product` in place of `user` it compiles
//! }
//! ```

mod rows;
mod seats;
mod tokens;

pub use rows::{
    DayRow, Histogram, MovementRow, ProductRow, SeatProductRow, SeatSummaryRow, SeatTotals,
    TokenSummary, UserClasses, VersionRow,
};

pub use crate::packs::MovementKind;
