//! Types that borrow from a buffer, declared once together with what makes them own what they say.

use std::borrow::Cow;
use std::num::NonZeroU64;

use super::{
    AdjustmentTokens, Name, PackTokens, Per, PlanSelected, Products, Quantity, RateTokens,
    RulebookAdopted, Seats, Term, Text, Timestamp, Tokens,
};

/// What can be made to borrow nothing.
pub(crate) trait Own {
    type Owned;

    fn own(self) -> Self::Owned;
}

/// Declares a type, and its method `into_owned`: of a struct all fields are made to own what they say, of
/// an enum those of its variant.
macro_rules! owned {
    (
        $(#[$meta:meta])*
        pub struct $name:ident<'a> {
            $($(#[$field_meta:meta])* pub $field:ident: $type:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        pub struct $name<'a> {
            $($(#[$field_meta])* pub $field: $type),*
        }

        $crate::event::own::owned!(@method $name it => {
            $name { $($field: $crate::event::own::Own::own(it.$field)),* }
        });
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident<'a> {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident
                $(($inner:ty))?
                $({ $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? })?
            ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        pub enum $name<'a> {
            $(
                $(#[$variant_meta])*
                $variant $(($inner))? $({ $($(#[$field_meta])* $field: $type),* })?
            ),*
        }

        $crate::event::own::owned!(@method $name it => {
            match it {
                $(
                    $name::$variant
                    $(($crate::event::own::owned!(@bind inner $inner)))?
                    $({ $($field),* })?
                    => $name::$variant
                    $(($crate::event::own::owned!(@own inner $inner)))?
                    $({ $($field: $crate::event::own::Own::own($field)),* })?,
                )*
            }
        });
    };
    (@method $name:ident $it:ident => $owned:expr) => {
        impl $name<'_> {
            /// The same, borrowing nothing.
            #[must_use]
            pub fn into_owned(self) -> $name<'static> {
                let $it = self;
                $owned
            }
        }

        impl $crate::event::own::Own for $name<'_> {
            type Owned = $name<'static>;

            fn own(self) -> $name<'static> {
                self.into_owned()
            }
        }
    };
    (@bind $inner:ident $type:ty) => { $inner };
    (@own $inner:ident $type:ty) => { $crate::event::own::Own::own($inner) };
}

pub(crate) use owned;

/// Types that borrow nothing anyway.
macro_rules! own_as_they_are {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::event::own::Own for $type {
            type Owned = $type;

            fn own(self) -> $type {
                self
            }
        }
    )*};
}

pub(crate) use own_as_they_are;

own_as_they_are!(
    bool,
    u32,
    u64,
    AdjustmentTokens,
    NonZeroU64,
    PackTokens,
    Per,
    PlanSelected,
    Quantity,
    RateTokens,
    RulebookAdopted,
    Seats,
    Term,
    Timestamp,
    Tokens,
);

impl Own for Cow<'_, str> {
    type Owned = Cow<'static, str>;

    fn own(self) -> Cow<'static, str> {
        Cow::Owned(self.into_owned())
    }
}

impl<'a, T: Own + Clone> Own for Cow<'a, [T]>
where
    T::Owned: Clone + 'static,
{
    type Owned = Cow<'static, [T::Owned]>;

    fn own(self) -> Cow<'static, [T::Owned]> {
        self.into_owned().into_iter().map(Own::own).collect()
    }
}

impl<T: Own> Own for Vec<T> {
    type Owned = Vec<T::Owned>;

    fn own(self) -> Vec<T::Owned> {
        self.into_iter().map(Own::own).collect()
    }
}

impl<T: Own> Own for Option<T> {
    type Owned = Option<T::Owned>;

    fn own(self) -> Option<T::Owned> {
        self.map(Own::own)
    }
}

impl Own for Name<'_> {
    type Owned = Name<'static>;

    fn own(self) -> Name<'static> {
        self.into_owned()
    }
}

impl Own for Text<'_> {
    type Owned = Text<'static>;

    fn own(self) -> Text<'static> {
        self.into_owned()
    }
}

impl Own for Products<'_> {
    type Owned = Products<'static>;

    fn own(self) -> Products<'static> {
        self.into_owned()
    }
}
