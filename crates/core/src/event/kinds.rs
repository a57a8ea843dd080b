//! The types of events, listed once beside the enums themselves.

/// Hands the types of events of an account to a macro.
macro_rules! actions {
    ($then:ident) => {
        $then! {
            Action:
            PackPurchased<'a>,
            TokensAdjusted<'a>,
            ChargeReversed<'a>,
            SessionOpened<'a>,
            Heartbeat<'a>,
            SessionClosed<'a>,
            ResultProduced<'a>,
            SubscriptionPurchased<'a>,
            SubscriptionAssigned<'a>,
            SubscriptionUnassigned<'a>,
            FlexAssigned<'a>,
            FlexUnassigned<'a>,
            FlexAccessSet<'a>,
            PlanSelected,
        }
    };
}

/// Hands the types of events of the catalog to a macro.
macro_rules! catalog_changes {
    ($then:ident) => {
        $then! { CatalogChange: RulebookAdopted, RatePublished<'a>, CollectionDefined<'a> }
    };
}

/// Gives an enum the names of its variants, which are types of events, and a reader by them.
macro_rules! kinds {
    ($of:ident: $($name:ident $(<$life:lifetime>)?),* $(,)?) => {
        impl $of<'_> {
            /// The types of these events as the log format names them.
            pub const KINDS: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The type of the event as the log format names it.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self {
                    $($of::$name(_) => stringify!($name),)*
                }
            }

            /// What an event of this type says; `None` where the type is none of these.
            pub(crate) fn of_kind<E: serde::de::Error>(
                kind: &str,
                fields: &mut $crate::event::fields::Fields,
            ) -> Result<Option<Self>, E> {
                use $crate::event::fields::Take;

                match kind {
                    $(stringify!($name) => Take::take(fields).map(|it| Some($of::$name(it))),)*
                    _ => Ok(None),
                }
            }
        }
    };
}

pub(crate) use {actions, catalog_changes, kinds};
