//! Rulebooks: the numbers and switches that the rules leave open.

#[cfg(doc)]
use crate::spec::*;

use serde::{Deserialize, Serialize};

use super::Span;
use super::values::{given, word};

/// Who may use tokens ([A2]).
///
/// Exhaustive: rules.md names both ([A2]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignment {
    /// Everybody but those marked unassigned.
    Open,
    /// Only those marked assigned.
    Required,
}

/// The two rulebooks that have a name.
///
/// Exhaustive: rules.md names both, and another is a new rulebook that everybody must have heard
/// of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// The rules of the product's launch in 2021.
    #[default]
    Launch,
    /// The rules of today.
    Current,
}

impl Preset {
    /// What the preset says.
    #[must_use]
    pub const fn rulebook(self) -> Rulebook {
        let launch = Rulebook {
            validity_days: 365,
            window_hours: 24,
            offline_hours: 24,
            subscription_offline_days: 30,
            grace_minutes: 0,
            grace_once: false,
            idle_aware: false,
            close_ends_window: false,
            assignment: Assignment::Open,
            low_balance_percent: 20,
            expiry_notice_days: 90,
            premium_min_seats: 50,
        };
        match self {
            Preset::Launch => launch,
            Preset::Current => Rulebook { grace_minutes: 5, idle_aware: true, ..launch },
        }
    }
}

impl Default for Rulebook {
    /// The launch rulebook, which holds until another is adopted.
    fn default() -> Rulebook {
        Preset::Launch.rulebook()
    }
}

impl From<Preset> for Rulebook {
    fn from(preset: Preset) -> Rulebook {
        preset.rulebook()
    }
}

impl Rulebook {
    pub(crate) const fn validity(&self) -> Span {
        Span::days(self.validity_days)
    }

    pub(crate) const fn expiry_notice(&self) -> Span {
        Span::days(self.expiry_notice_days)
    }

    pub(crate) const fn window(&self) -> Span {
        Span::hours(self.window_hours)
    }

    pub(crate) const fn offline_limit(&self) -> Span {
        Span::hours(self.offline_hours)
    }

    pub(crate) const fn subscription_offline_limit(&self) -> Span {
        Span::days(self.subscription_offline_days)
    }

    pub(crate) const fn grace(&self) -> Span {
        Span::minutes(self.grace_minutes)
    }
}

/// A number that a rulebook key may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} is from {least} to {most}")]
pub struct OverrideOutOfRange {
    /// The key.
    pub key: &'static str,
    /// The smallest number it may have.
    pub least: u32,
    /// The largest number it may have.
    pub most: u32,
}

/// Declares the keys of a rulebook, and what each may be.
macro_rules! keys {
    ($(
        $(#[$doc:meta])*
        $key:ident: $type:ty = $with:literal $(in $least:literal..=$most:literal)?;
    )*) => {
        /// The numbers and switches that the rules leave open (rules.md, Rulebooks).
        ///
        /// Every number is one that rules.md allows for its key: a rulebook is a [`Preset`], with
        /// [`Overrides`] or without.
        ///
        /// ```
        /// use tallyfold_core::{Overrides, Preset, Rulebook};
        ///
        /// let today = Rulebook::from(Preset::Current);
        /// assert_eq!((today.window_hours(), today.grace_minutes()), (24, 5));
        /// let half_days = Overrides { window_hours: Some(12), ..Overrides::default() };
        /// assert_eq!(half_days.applied_to(Preset::Current)?.window_hours(), 12);
        /// # Ok::<(), tallyfold_core::OverrideOutOfRange>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "Unchecked")]
        pub struct Rulebook {
            $($key: $type,)*
        }

        /// A rulebook as it was written, of which no number was looked at.
        #[derive(Deserialize)]
        struct Unchecked {
            $($key: $type,)*
        }

        impl TryFrom<Unchecked> for Rulebook {
            type Error = OverrideOutOfRange;

            fn try_from(it: Unchecked) -> Result<Rulebook, OverrideOutOfRange> {
                Overrides { $($key: Some(it.$key),)* }.applied_to(Preset::Launch)
            }
        }

        impl Rulebook {
            $(
                $(#[$doc])*
                #[must_use]
                pub const fn $key(&self) -> $type {
                    self.$key
                }
            )*
        }

        /// What a [`RulebookAdopted`](crate::RulebookAdopted) changes in the preset that it names.
        ///
        /// ```
        /// use tallyfold_core::{Overrides, Preset};
        ///
        /// let overrides = Overrides { window_hours: Some(12), ..Overrides::default() };
        /// let rulebook = overrides.applied_to(Preset::Current)?;
        /// assert_eq!(rulebook.window_hours(), 12);
        /// assert_eq!(rulebook.grace_minutes(), 5);
        /// # Ok::<(), tallyfold_core::OverrideOutOfRange>(())
        /// ```
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Overrides {
            $(
                #[doc = concat!("Replaces [`Rulebook::", stringify!($key), "`].")]
                #[serde(
                    default,
                    skip_serializing_if = "Option::is_none",
                    deserialize_with = $with
                )]
                pub $key: Option<$type>,
            )*
        }

        impl Overrides {
            /// Nothing is changed.
            pub const NONE: Overrides = Overrides { $($key: None),* };

            /// Whether nothing is changed.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                *self == Overrides::NONE
            }

            /// The preset with these changes.
            ///
            /// # Errors
            ///
            /// [`OverrideOutOfRange`] where a number is outside what rules.md allows for its key.
            pub fn applied_to(&self, preset: Preset) -> Result<Rulebook, OverrideOutOfRange> {
                $($(
                    if self.$key.is_some_and(|number| !($least..=$most).contains(&number)) {
                        let key = stringify!($key);
                        return Err(OverrideOutOfRange { key, least: $least, most: $most });
                    }
                )?)*
                let preset = preset.rulebook();
                Ok(Rulebook { $($key: self.$key.unwrap_or(preset.$key),)* })
            }
        }
    };
}

keys! {
    /// How long a pack lives, in days of 24 h ([P1]).
    validity_days: u32 = "given" in 1..=3_650;
    /// How long a charge's window lasts ([W1]).
    window_hours: u32 = "given" in 1..=720;
    /// How long a session paid with tokens may be out of contact ([C2]).
    offline_hours: u32 = "given" in 1..=8_760;
    /// How long a session covered by a subscription may be out of contact ([C2]).
    subscription_offline_days: u32 = "given" in 1..=365;
    /// How soon after the window's start a close gives the tokens back; 0 for never ([W6]).
    grace_minutes: u32 = "given" in 0..=1_440;
    /// Whether grace is given only once in the length of a window ([W6]).
    grace_once: bool = "given";
    /// Whether inactive heartbeats take no cover ([W7]).
    idle_aware: bool = "given";
    /// Whether a window ends with the last live session of its use ([W5]).
    close_ends_window: bool = "given";
    /// Who may use tokens ([A2]).
    assignment: Assignment = "word";
    /// Below what part of what was bought the balance is low ([N2]).
    low_balance_percent: u32 = "given" in 0..=100;
    /// How long before a pack expires a notice is given; 0 for never ([N3]).
    expiry_notice_days: u32 = "given" in 0..=3_650;
    /// How many seats in force the Premium plan needs ([N1]).
    premium_min_seats: u32 = "given" in 0..=1_000_000;
}
