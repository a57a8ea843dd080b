//! Declares rows, so that a field is its column: no name of a column is written twice.

/// Declares a row and its [`Row`](crate::Row): its fields are its columns, in their order.
///
/// `"token by-day" =>` before it names the report that it is a row of. Marks behind a field say more
/// of its column: `=> summed`, `=> average`, or `=> flat` where its columns stand in its place.
macro_rules! row {
    (
        $($report:literal =>)?
        $(#[$meta:meta])*
        pub struct $row:ident {
            $($(#[$field_meta:meta])* pub $field:ident: $ty:ty $(=> $mark:ident)?),* $(,)?
        }
    ) => {
        $(#[$meta])*
        pub struct $row {
            $($(#[$field_meta])* pub $field: $ty,)*
        }

        impl $crate::row::Row for $row {
            const COLUMNS: &'static [$crate::row::Column] = {
                const PARTS: &[&[$crate::row::Column]] =
                    &[$($crate::row::columns_of!($field: $ty $(=> $mark)?)),*];
                &$crate::row::joined::<{ $crate::row::count(PARTS) }>(PARTS)
            };

            fn cells(&self) -> Vec<$crate::row::Cell<'_>> {
                let mut cells = Vec::with_capacity(Self::COLUMNS.len());
                $($crate::row::put_cells!(cells, &self.$field $(=> $mark)?);)*
                cells
            }
        }

        $(impl $crate::row::ReportRow for $row {
            const REPORT: &'static str = $report;
        })?
    };
}

/// The columns of a field: one, unless it is flat.
macro_rules! columns_of {
    ($field:ident: $ty:ty => flat) => {
        <$ty as $crate::row::Row>::COLUMNS
    };
    ($field:ident: $ty:ty $(=> $mark:ident)?) => {
        &[$crate::row::Column::of::<$ty>(stringify!($field))$(.$mark())?]
    };
}

/// Puts the cells of a field behind those of the fields before it.
macro_rules! put_cells {
    ($cells:ident, $field:expr => flat) => {
        $cells.extend($crate::row::Row::cells($field))
    };
    ($cells:ident, $field:expr $(=> $mark:ident)?) => {
        $cells.push($crate::row::Field::cell($field))
    };
}

/// Gives each value of a closed list its word, as rows write it.
macro_rules! words {
    ($ty:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        impl $ty {
            /// The word for it, as rows write it.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $($ty::$variant => $word,)*
                }
            }
        }

        impl serde::Serialize for $ty {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }

        impl $crate::row::Field for $ty {
            const KIND: $crate::row::CellKind = $crate::row::CellKind::Text;

            fn cell(&self) -> $crate::row::Cell<'_> {
                $crate::row::Cell::Text(self.code())
            }
        }
    };
}

pub(crate) use {columns_of, put_cells, row, words};
