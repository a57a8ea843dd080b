//! Steps: small numbers from which whole histories are made.
//!
//! A step says what happens next, relative to what happened before: so long after, or at the next
//! instant at which something is due; to the second of the sessions, or to one that is not live.
//! So a history stays meaningful when steps are taken away, which is what shrinking does.

use rand_core::Rng;
use rand_pcg::Pcg64Mcg;
use tallyfold_core::Event;

use crate::history_writer::HistoryWriter;

/// What happens next in a history: eight small numbers, each a choice. Zero is the plainest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// How long after the step before, or which boundary.
    pub when: u8,
    /// What kind of event.
    pub kind: u8,
    /// In which account.
    pub account: u8,
    /// Which user.
    pub user: u8,
    /// Which product or offering.
    pub product: u8,
    /// Which session, pack, subscription or charge.
    pub thing: u8,
    /// How many or how much.
    pub number: u8,
    /// Which event id, if any; the highest repeat the event before.
    pub id: u8,
}

impl From<[u8; 8]> for Step {
    fn from([when, kind, account, user, product, thing, number, id]: [u8; 8]) -> Step {
        Step { when, kind, account, user, product, thing, number, id }
    }
}

/// The kinds of event, each with how many of the 256 numbers choose it.
pub(crate) const KINDS: [(StepKind, u8); 17] = [
    (StepKind::SessionOpened, 60),
    (StepKind::Heartbeat, 50),
    (StepKind::SessionClosed, 28),
    (StepKind::PackPurchased, 15),
    (StepKind::ResultProduced, 11),
    (StepKind::TokensAdjusted, 8),
    (StepKind::ChargeReversed, 12),
    (StepKind::SubscriptionPurchased, 6),
    (StepKind::SubscriptionAssigned, 12),
    (StepKind::SubscriptionUnassigned, 9),
    (StepKind::FlexAssigned, 7),
    (StepKind::FlexUnassigned, 3),
    (StepKind::FlexAccessSet, 7),
    (StepKind::PlanSelected, 4),
    (StepKind::RatePublished, 10),
    (StepKind::RulebookAdopted, 8),
    (StepKind::CollectionDefined, 6),
];

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepKind {
    SessionOpened,
    Heartbeat,
    SessionClosed,
    PackPurchased,
    ResultProduced,
    TokensAdjusted,
    ChargeReversed,
    SubscriptionPurchased,
    SubscriptionAssigned,
    SubscriptionUnassigned,
    FlexAssigned,
    FlexUnassigned,
    FlexAccessSet,
    PlanSelected,
    RatePublished,
    RulebookAdopted,
    CollectionDefined,
}

impl StepKind {
    /// The kind that a number chooses.
    pub(crate) fn chosen_by(number: u8) -> StepKind {
        let mut left = number;
        for (kind, weight) in KINDS {
            if left < weight {
                return kind;
            }
            left -= weight;
        }
        StepKind::SessionOpened
    }

    /// The smallest number that chooses this kind.
    fn number(self) -> u8 {
        KINDS.iter().take_while(|(kind, _)| *kind != self).map(|(_, weight)| weight).sum()
    }
}

/// What most histories begin with, so that something can happen in them: a rulebook, rates, tokens
/// and seats.
pub(crate) const BEGINNING: [(StepKind, Step); 8] = [
    (StepKind::RulebookAdopted, plain(0, 0)),
    (StepKind::RatePublished, plain(0, 0)),
    (StepKind::RatePublished, plain(1, 1)),
    (StepKind::RatePublished, plain(2, 255)),
    (StepKind::PackPurchased, plain(0, 2)),
    (StepKind::CollectionDefined, plain(0, 3)),
    (StepKind::SubscriptionPurchased, plain(0, 0)),
    (StepKind::SubscriptionAssigned, plain(0, 0)),
];

const fn plain(product: u8, number: u8) -> Step {
    Step { when: 0, kind: 0, account: 0, user: 0, product, thing: 0, number, id: 0 }
}

/// The beginning's step at a place, with what the numbers choose where it leaves them open.
pub(crate) fn beginning(place: usize, chosen: Step) -> Step {
    let (kind, step) = BEGINNING[place];
    let step = Step { kind: kind.number(), ..step };
    match kind {
        StepKind::RulebookAdopted => Step { kind: step.kind, when: 0, id: 0, ..chosen },
        StepKind::SubscriptionPurchased | StepKind::CollectionDefined => {
            Step { product: chosen.product, number: chosen.number, ..step }
        }
        StepKind::PackPurchased => Step { number: chosen.number, ..step },
        _ => step,
    }
}

/// The events that steps describe.
#[must_use]
pub fn events_of(steps: &[Step]) -> Vec<Event<'static>> {
    let mut writer = HistoryWriter::default();
    for &step in steps {
        writer.write(step);
    }
    writer.into_events()
}

/// The steps of a history of about `steps` events: the same for the same seed, everywhere.
///
/// This is the way to many histories: it costs a small part of what a `proptest` strategy does,
/// and draws from the same table.
#[must_use]
pub fn steps_of_seed(seed: u64, steps: std::ops::RangeInclusive<usize>) -> Vec<Step> {
    let mut dice = Pcg64Mcg::new(u128::from(mixed(seed)) << 64 | u128::from(mixed(!seed)));
    let mut step = || Step::from(dice.next_u64().to_le_bytes());
    let more = usize::from(u16::from_le_bytes([step().when, step().kind]));
    let length = steps.start() + more % (steps.end() - steps.start() + 1);
    let mut all = Vec::with_capacity(length);
    for place in 0..BEGINNING.len() {
        let chosen = step();
        if chosen.id >= 26 {
            all.push(beginning(place, chosen));
        }
    }
    all.resize_with(length.max(all.len()), step);
    all
}

/// Scatters a number over all 64 bits; different numbers stay different (`SplitMix64`).
const fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_kinds_is_full() {
        assert_eq!(KINDS.iter().map(|(_, weight)| u32::from(*weight)).sum::<u32>(), 256);
        for (kind, _) in KINDS {
            assert_eq!(StepKind::chosen_by(kind.number()), kind);
        }
    }
}
