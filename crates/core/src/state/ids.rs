//! The numbers by which an account knows what it knows: a type for each kind, so that one is never
//! taken for another.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::state::coded::{Coded, RestoreError};

/// The number of something in a list: its place, counted from 1, so that an `Option` of it takes no
/// more room.
pub(crate) trait Id: Copy + Eq {
    /// The number of what stands at a place, counted from 0.
    fn at(place: usize) -> Self;

    /// Its place, counted from 0.
    fn place(self) -> usize;

    /// The number without its kind.
    fn raw(self) -> NonZeroU32;

    /// A number of this kind.
    fn of_raw(raw: NonZeroU32) -> Self;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "u32", into = "u32")]
        pub(crate) struct $name(NonZeroU32);

        impl Id for $name {
            fn at(place: usize) -> $name {
                debug_assert!(place < u32::MAX as usize, "a list has more items than numbers");
                $name(NonZeroU32::MIN.saturating_add(place as u32))
            }

            fn place(self) -> usize {
                self.0.get() as usize - 1
            }

            fn raw(self) -> NonZeroU32 {
                self.0
            }

            fn of_raw(raw: NonZeroU32) -> $name {
                $name(raw)
            }
        }

        impl From<u32> for $name {
            fn from(place: u32) -> $name {
                $name(NonZeroU32::MIN.saturating_add(place))
            }
        }

        impl From<$name> for u32 {
            fn from(id: $name) -> u32 {
                id.0.get() - 1
            }
        }

        impl Coded for $name {
            fn encode(&self, bytes: &mut Vec<u8>) {
                u32::from(*self).encode(bytes);
            }

            #[inline]
            fn decode(bytes: &mut &[u8]) -> Result<$name, RestoreError> {
                u32::decode(bytes).map($name::from)
            }
        }
    )*};
}

ids! {
    /// An account of a ledger.
    AccountId;
    /// A user of an account.
    UserId;
    /// A product that users of an account opened.
    ProductId;
    /// A product for which the catalog has a rate.
    RatedProductId;
    /// A version of a product.
    VersionId;
    /// A collection of the catalog.
    CollectionId;
    /// A use: the pair of a user and a product.
    UseId;
    /// A live session. The number is free for another session once it has ended.
    SessionId;
    /// A pack.
    PackId;
    /// A subscription.
    SubscriptionId;
    /// A rulebook of the catalog, in order of adoption.
    RulebookId;
}

/// The number of a charge: 1, 2, 3… per account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ChargeNumber(pub(crate) u64);

impl Coded for ChargeNumber {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.0.encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Result<ChargeNumber, RestoreError> {
        u64::decode(bytes).map(ChargeNumber)
    }
}

/// A number for each item of a list of `len`, in order.
pub(crate) fn ids<I: Id>(len: usize) -> impl ExactSizeIterator<Item = I> {
    (0..len).map(I::at)
}
