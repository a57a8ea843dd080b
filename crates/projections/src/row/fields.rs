//! What the fields of rows are as cells.

use chrono::NaiveDate;
use tallyfold_core::{ChargeReason, Level, Per, Tokens};

use super::{Cell, CellKind};
use crate::money::Money;
use crate::ratio::{Permille, Tenths};
use crate::zone::LocalInstant;

/// A type that a field of a row may have.
pub(crate) trait Field {
    const KIND: CellKind;
    const IS_OPTIONAL: bool = false;

    fn cell(&self) -> Cell<'_>;
}

impl<F: Field> Field for Option<F> {
    const KIND: CellKind = F::KIND;
    const IS_OPTIONAL: bool = true;

    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Absent, F::cell)
    }
}

macro_rules! fields {
    ($($ty:ty = $kind:ident($value:ident => $cell:expr);)*) => {$(
        impl Field for $ty {
            const KIND: CellKind = CellKind::$kind;

            fn cell(&self) -> Cell<'_> {
                let $value = self;
                Cell::$kind($cell)
            }
        }
    )*};
}

fields! {
    String = Text(it => it);
    Vec<String> = Texts(it => it);
    Vec<u64> = Numbers(it => it);
    bool = Switch(it => *it);
    i64 = Count(it => *it);
    // No log has as many events as an `i64` counts.
    u64 = Count(it => i64::try_from(*it).unwrap_or(i64::MAX));
    Tenths = Decimal(it => *it);
    Permille = Share(it => *it);
    Tokens = Tokens(it => *it);
    Money = Money(it => *it);
    LocalInstant = Instant(it => *it);
    NaiveDate = Date(it => *it);
    ChargeReason = Text(it => it.code());
    Level = Text(it => it.code());
    Per = Text(it => it.code());
}
