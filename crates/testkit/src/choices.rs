//! What the numbers of a step choose: few names and few amounts, so that they meet often.

use std::num::NonZeroU64;

use tallyfold_core::{
    Action, AdjustmentTokens, Assignment, CatalogChange, ChargeReversed, CollectionDefined,
    FlexAccess, FlexAccessSet, FlexAssigned, FlexUnassigned, Heartbeat, Name, Overrides,
    PackPurchased, PackTokens, Per, Plan, PlanSelected, Preset, Products, Quantity, RatePublished,
    RateTokens, ResultProduced, RulebookAdopted, Seats, SessionClosed, SessionOpened, Span,
    SubscriptionAssigned, SubscriptionPurchased, SubscriptionUnassigned, Term, Text, Timestamp,
    Tokens, TokensAdjusted,
};

use crate::history_writer::{Known, amount as fits, name};
use crate::steps::{Step, StepKind};

const USERS: [&str; 3] = ["ana", "ben", "cho"];
const PRODUCTS: [&str; 3] = ["AutoCAD", "Revit", "Render"];
const SESSIONS: [&str; 5] = ["s1", "s2", "s3", "s4", "s5"];
const PACKS: [&str; 12] =
    ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "P11", "P12"];
const SUBSCRIPTIONS: [&str; 6] = ["S1", "S2", "S3", "S4", "S5", "S6"];
/// A collection may be called like a product (S2).
const COLLECTIONS: [&str; 2] = ["AEC", "Revit"];
const OFFERINGS: [&str; 4] = ["AutoCAD", "AEC", "Revit", "Render"];
/// From this number on a thing is chosen even where that makes a finding.
const INSISTS: u8 = 225;

fn of<T: Copy, const N: usize>(choices: [T; N], number: u8) -> T {
    choices[usize::from(number) % N]
}

fn user(step: Step) -> Name<'static> {
    name(of(USERS, step.user))
}

/// The last product is mostly rated per result, and seldom opened.
fn opened_product(step: Step) -> Name<'static> {
    name(if step.product >= 235 {
        PRODUCTS[2]
    } else {
        of([PRODUCTS[0], PRODUCTS[1]], step.product)
    })
}

fn product(step: Step) -> Name<'static> {
    name(of(PRODUCTS, step.product))
}

/// The choice of a number, or the next one for which `fits` holds.
fn fitting<const N: usize>(
    choices: [&'static str; N],
    number: u8,
    fits: impl Fn(&str) -> bool,
) -> Name<'static> {
    let from = usize::from(number) % N;
    let mut in_turn = (from..N).chain(0..from).map(|place| choices[place]);
    let chosen = if number >= INSISTS { None } else { in_turn.find(|it| fits(it)) };
    name(chosen.unwrap_or(choices[from]))
}

/// The catalog's change, where the kind is one.
pub(crate) fn catalog_change(kind: StepKind, step: Step) -> Option<CatalogChange<'static>> {
    match kind {
        StepKind::RatePublished => Some(CatalogChange::RatePublished(rate(step))),
        StepKind::RulebookAdopted => Some(CatalogChange::RulebookAdopted(rulebook(step))),
        StepKind::CollectionDefined => {
            let chosen =
                PRODUCTS.iter().enumerate().filter(|(place, _)| step.number >> place & 1 == 1);
            let products = chosen.map(|(_, product)| name(*product)).collect();
            Some(CatalogChange::CollectionDefined(CollectionDefined {
                collection: name(of(COLLECTIONS, step.product)),
                products: list(products),
            }))
        }
        _ => None,
    }
}

fn list(products: Vec<Name<'static>>) -> Products<'static> {
    match Products::new(products) {
        Ok(products) => products,
        Err(_) => unreachable!("a handful of products"),
    }
}

fn rate(step: Step) -> RatePublished<'static> {
    let tokens = of([7, 10, 3, 0, 21], step.number);
    let micros = if step.thing >= 240 { 500_000 } else { tokens * 1_000_000 };
    let is_result = if step.product % 3 == 2 { step.number >= 64 } else { step.number >= 240 };
    RatePublished {
        product: product(step),
        tokens: fits(RateTokens::new(Tokens::from_micros(micros))),
        per: if is_result { Per::Result } else { Per::Day },
    }
}

/// A preset, often with overrides that make everything happen within a short history.
fn rulebook(step: Step) -> RulebookAdopted {
    let preset = if step.number & 1 == 0 { Preset::Launch } else { Preset::Current };
    if step.thing < 50 {
        return RulebookAdopted::preset_only(preset);
    }
    let flag = |bit: u8| (step.number >> bit & 1 == 1).then_some(step.number >> (bit + 1) & 1 == 1);
    let is_required = step.number >= 240;
    let overrides = Overrides {
        validity_days: of([None, Some(1), Some(2), Some(3)], step.user),
        window_hours: of([None, Some(1), Some(2), Some(12)], step.product),
        offline_hours: of([None, Some(1), Some(2), Some(30)], step.account),
        subscription_offline_days: of([None, Some(1), Some(2)], step.account / 4),
        grace_minutes: of([None, Some(5), Some(60), Some(1_440)], step.user / 4),
        grace_once: flag(1),
        idle_aware: flag(2),
        close_ends_window: flag(3),
        assignment: is_required.then_some(Assignment::Required),
        low_balance_percent: of([None, Some(50), Some(100), Some(0)], step.product / 4),
        expiry_notice_days: of([None, Some(1), Some(0), Some(2)], step.thing),
        premium_min_seats: of([None, Some(2)], step.thing / 4),
    };
    fits(RulebookAdopted::new(preset, overrides))
}

/// What happens in an account.
pub(crate) fn action(
    kind: StepKind,
    step: Step,
    account: &str,
    at: Timestamp,
    known: &Known,
) -> Action<'static> {
    let is_live = |session: &str| known.is_live(account, session);
    let live = || fitting(SESSIONS, step.thing, is_live);
    let has_pack = |pack: &str| known.has_pack(account, pack);
    let has_subscription = |it: &str| known.has_subscription(account, it);
    // Often what was opened last is opened again.
    let again = known.last_use(account).filter(|_| step.number >= 140);
    match kind {
        StepKind::Heartbeat => {
            Action::Heartbeat(Heartbeat { session: live(), active: step.number < 150 })
        }
        StepKind::SessionClosed => Action::SessionClosed(SessionClosed { session: live() }),
        StepKind::PackPurchased => Action::PackPurchased(PackPurchased {
            pack: fitting(PACKS, step.thing, |pack| !has_pack(pack)),
            tokens: fits(PackTokens::new(Tokens::whole(of(
                [100, 7, 1_000, 30, 10, 100, 200],
                step.number,
            )))),
        }),
        StepKind::TokensAdjusted => Action::TokensAdjusted(TokensAdjusted {
            pack: fitting(PACKS, step.thing, |pack| known.has_usable_pack(account, pack)),
            tokens: adjustment(step.number),
            reason: fits(Text::new(of(["", "goodwill"], step.user))),
        }),
        StepKind::ChargeReversed => Action::ChargeReversed(reversal(step, account, known)),
        StepKind::ResultProduced => Action::ResultProduced(ResultProduced {
            user: user(step),
            product: if step.product < 190 { name("Render") } else { product(step) },
            quantity: fits(Quantity::new(of([1, 2, 3, 50], step.number))),
        }),
        StepKind::SubscriptionPurchased => {
            Action::SubscriptionPurchased(subscription(step, account, at, known))
        }
        StepKind::SubscriptionAssigned => Action::SubscriptionAssigned(SubscriptionAssigned {
            subscription: fitting(SUBSCRIPTIONS, step.thing, has_subscription),
            user: user(step),
        }),
        StepKind::SubscriptionUnassigned => {
            Action::SubscriptionUnassigned(SubscriptionUnassigned {
                subscription: fitting(SUBSCRIPTIONS, step.thing, has_subscription),
                user: user(step),
            })
        }
        StepKind::FlexAssigned => Action::FlexAssigned(FlexAssigned { user: user(step) }),
        StepKind::FlexUnassigned => Action::FlexUnassigned(FlexUnassigned { user: user(step) }),
        StepKind::FlexAccessSet => Action::FlexAccessSet(access(step)),
        StepKind::PlanSelected => Action::PlanSelected(PlanSelected {
            plan: of([Plan::Premium, Plan::Standard], step.number),
        }),
        _ => Action::SessionOpened(SessionOpened {
            session: fitting(SESSIONS, step.thing, |session| !is_live(session)),
            user: again.map_or(user(step), |(user, _)| name(user)),
            product: again.map_or(opened_product(step), |(_, product)| name(product)),
            version: of([None, None, Some("2026"), Some("2027")], step.number).map(name),
        }),
    }
}

fn adjustment(number: u8) -> AdjustmentTokens {
    let micros = of([5_000_000, -7_000_000, -1, 50_000_000, -100_000_000], number);
    fits(AdjustmentTokens::new(Tokens::from_micros(micros)))
}

/// Mostly a charge that there is.
fn reversal(step: Step, account: &str, known: &Known) -> ChargeReversed<'static> {
    let charges: Vec<_> = known.charges.iter().filter(|it| it.account == account).collect();
    let recent = usize::from(step.thing) % charges.len().max(1);
    let chosen = charges.iter().rev().nth(recent).filter(|_| step.thing < INSISTS);
    let number = chosen.map_or(u64::from(step.number), |charge| charge.number);
    let (user, product) = match chosen {
        Some(charge) if step.number < 230 => (name(&*charge.user), name(&*charge.product)),
        _ => (user(step), product(step)),
    };
    ChargeReversed {
        charge: NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN),
        user,
        product,
        reason: fits(Text::new(of(["", "mistake"], step.number))),
    }
}

fn subscription(
    step: Step,
    account: &str,
    at: Timestamp,
    known: &Known,
) -> SubscriptionPurchased<'static> {
    let day = Span::days(1).nanos();
    let starts = of([0, -day, day / 24, day], step.number);
    let length = of([day, day / 2, 30 * day, 400 * day, day / 24], step.number / 4);
    // Many terms end at the same midnight (S2).
    let since_midnight = if step.number / 4 % 5 < 4 { at.unix_nanos().rem_euclid(day) } else { 0 };
    let ends = starts + day + length - since_midnight;
    let instant = |nanos: i64| {
        let nanos = at.unix_nanos().saturating_add(nanos);
        Timestamp::from_unix_nanos(nanos).unwrap_or(Timestamp::LATEST)
    };
    let term = Term::new(instant(starts), instant(ends));
    SubscriptionPurchased {
        subscription: fitting(SUBSCRIPTIONS, step.thing, |it| !known.has_subscription(account, it)),
        offering: name(of(OFFERINGS, step.product)),
        seats: fits(Seats::new(of([2, 1, 50, 3], step.user))),
        term: match term {
            Ok(term) => term,
            Err(_) => fits(Term::new(Timestamp::EARLIEST, Timestamp::LATEST)),
        },
    }
}

fn access(step: Step) -> FlexAccessSet<'static> {
    let products = list(vec![product(step)]);
    let access = match step.number % 4 {
        0 | 3 => FlexAccess::Default,
        1 => FlexAccess::AllExcept(products),
        _ => FlexAccess::Only(products),
    };
    FlexAccessSet { access, user: (step.thing >= 100).then(|| user(step)) }
}
