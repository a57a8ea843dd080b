//! The seventeen event types and their own fields.

use tallyfold_core::{
    Action, AdjustmentTokens, CatalogChange, ChargeReversed, CollectionDefined, FlexAccess,
    FlexAccessSet, FlexAssigned, FlexUnassigned, Heartbeat, PackPurchased, PackTokens, Per, Plan,
    PlanSelected, Preset, Quantity, RatePublished, RateTokens, ResultProduced, RulebookAdopted,
    Seats, SessionClosed, SessionOpened, SubscriptionAssigned, SubscriptionPurchased,
    SubscriptionUnassigned, Term, TokensAdjusted,
};

use super::object::{Object, Wrong};
use super::value;
use crate::malformed::{Reason, excerpt};

/// What an event says, without when, where and under which id.
pub(super) enum Body<'a> {
    Catalog(CatalogChange<'a>),
    Account(Action<'a>),
}

type Read<'a, T> = Result<T, Wrong<'a>>;

/// Reads what a plain event says, by its `type`.
pub(super) fn read<'a>(object: &mut Object<'a, '_>) -> Read<'a, Body<'a>> {
    let kind = object.required("type", value::string)?;
    read_kind(&kind, object)
}

/// Whether an event of this type is the catalog's, and not of an account.
pub(crate) fn is_of_catalog(kind: &[u8]) -> bool {
    CatalogChange::KINDS.iter().any(|it| it.as_bytes() == kind)
}

/// Reads what an event of this type says.
pub(super) fn read_kind<'a>(kind: &str, object: &mut Object<'a, '_>) -> Read<'a, Body<'a>> {
    let o = object;
    Ok(match kind {
        "Heartbeat" => Body::Account(Action::Heartbeat(heartbeat(o)?)),
        "SessionOpened" => Body::Account(Action::SessionOpened(session_opened(o)?)),
        "SessionClosed" => {
            Body::Account(Action::SessionClosed(SessionClosed { session: o.name("session")? }))
        }
        "RulebookAdopted" => Body::Catalog(CatalogChange::RulebookAdopted(rulebook_adopted(o)?)),
        "RatePublished" => Body::Catalog(CatalogChange::RatePublished(rate_published(o)?)),
        "CollectionDefined" => Body::Catalog(CatalogChange::CollectionDefined(CollectionDefined {
            collection: o.name("collection")?,
            products: o.required("products", value::products)?,
        })),
        "PackPurchased" => Body::Account(Action::PackPurchased(PackPurchased {
            pack: o.name("pack")?,
            tokens: o.required("tokens", |v| {
                PackTokens::new(value::tokens(v)?).map_err(Reason::invalid)
            })?,
        })),
        "TokensAdjusted" => Body::Account(Action::TokensAdjusted(TokensAdjusted {
            pack: o.name("pack")?,
            tokens: o.required("tokens", |v| {
                AdjustmentTokens::new(value::tokens(v)?).map_err(Reason::invalid)
            })?,
            reason: o.required("reason", value::text)?,
        })),
        "ChargeReversed" => Body::Account(Action::ChargeReversed(charge_reversed(o)?)),
        "ResultProduced" => Body::Account(Action::ResultProduced(result_produced(o)?)),
        "SubscriptionPurchased" => {
            Body::Account(Action::SubscriptionPurchased(subscription_purchased(o)?))
        }
        "SubscriptionAssigned" => {
            let (subscription, user) = (o.name("subscription")?, o.name("user")?);
            Body::Account(Action::SubscriptionAssigned(SubscriptionAssigned { subscription, user }))
        }
        "SubscriptionUnassigned" => {
            let (subscription, user) = (o.name("subscription")?, o.name("user")?);
            let it = SubscriptionUnassigned { subscription, user };
            Body::Account(Action::SubscriptionUnassigned(it))
        }
        "FlexAssigned" => {
            Body::Account(Action::FlexAssigned(FlexAssigned { user: o.name("user")? }))
        }
        "FlexUnassigned" => {
            Body::Account(Action::FlexUnassigned(FlexUnassigned { user: o.name("user")? }))
        }
        "FlexAccessSet" => Body::Account(Action::FlexAccessSet(flex_access_set(o)?)),
        "PlanSelected" => Body::Account(Action::PlanSelected(PlanSelected {
            plan: o.required("plan", |v| {
                value::word(v, &[("standard", Plan::Standard), ("premium", Plan::Premium)])
            })?,
        })),
        _ => return Err(Wrong::somewhere(Reason::UnknownType(excerpt(kind)))),
    })
}

fn rulebook_adopted<'a>(o: &mut Object<'a, '_>) -> Read<'a, RulebookAdopted> {
    let preset = o.required("rulebook", |v| {
        value::word(v, &[("launch", Preset::Launch), ("current", Preset::Current)])
    })?;
    let adopted = o.optional("overrides", |v| {
        RulebookAdopted::new(preset, value::derived_object(v)?).map_err(Reason::invalid)
    })?;
    match adopted {
        Some(adopted) => Ok(adopted),
        None => Ok(RulebookAdopted::preset_only(preset)),
    }
}

fn rate_published<'a>(o: &mut Object<'a, '_>) -> Read<'a, RatePublished<'a>> {
    let per = |v| value::word(v, &[("day", Per::Day), ("result", Per::Result)]);
    Ok(RatePublished {
        product: o.name("product")?,
        tokens: o
            .required("tokens", |v| RateTokens::new(value::tokens(v)?).map_err(Reason::invalid))?,
        per: o.optional("per", per)?.unwrap_or_default(),
    })
}

fn charge_reversed<'a>(o: &mut Object<'a, '_>) -> Read<'a, ChargeReversed<'a>> {
    Ok(ChargeReversed {
        charge: o.required("charge", value::ordinal)?,
        user: o.name("user")?,
        product: o.name("product")?,
        reason: o.required("reason", value::text)?,
    })
}

fn session_opened<'a>(o: &mut Object<'a, '_>) -> Read<'a, SessionOpened<'a>> {
    Ok(SessionOpened {
        session: o.name("session")?,
        user: o.name("user")?,
        product: o.name("product")?,
        version: o.optional("version", value::name)?,
    })
}

fn heartbeat<'a>(o: &mut Object<'a, '_>) -> Read<'a, Heartbeat<'a>> {
    let session = o.name("session")?;
    Ok(Heartbeat { session, active: o.optional("active", value::boolean)?.unwrap_or(true) })
}

fn result_produced<'a>(o: &mut Object<'a, '_>) -> Read<'a, ResultProduced<'a>> {
    Ok(ResultProduced {
        user: o.name("user")?,
        product: o.name("product")?,
        quantity: o.optional("quantity", value::quantity)?.unwrap_or(Quantity::ONE),
    })
}

fn subscription_purchased<'a>(o: &mut Object<'a, '_>) -> Read<'a, SubscriptionPurchased<'a>> {
    let seats = |v| Seats::new(value::count(v)?).map_err(Reason::invalid);
    let starts = o.instant("starts")?;
    let ends = |v| Term::new(starts, value::instant(v)?).map_err(Reason::invalid);
    Ok(SubscriptionPurchased {
        subscription: o.name("subscription")?,
        offering: o.name("offering")?,
        seats: o.required("seats", seats)?,
        term: o.required("ends", ends)?,
    })
}

fn flex_access_set<'a>(o: &mut Object<'a, '_>) -> Read<'a, FlexAccessSet<'a>> {
    #[derive(Clone, Copy)]
    enum Mode {
        AllExcept,
        Only,
        Default,
    }

    let mode = o.required("mode", |v| {
        let words =
            [("all_except", Mode::AllExcept), ("only", Mode::Only), ("default", Mode::Default)];
        value::word(v, &words)
    })?;
    let access = match mode {
        Mode::AllExcept => FlexAccess::AllExcept(o.required("products", value::products)?),
        Mode::Only => FlexAccess::Only(o.required("products", value::products)?),
        Mode::Default => FlexAccess::Default,
    };
    Ok(FlexAccessSet { access, user: o.optional("user", value::name)? })
}
