//! What is bought and corrected: for an admin only.

use std::num::NonZeroU64;

use axum::extract::State;
use serde::Deserialize;
use tallyfold_core::{ChargeReversed, Name, PackPurchased, SubscriptionPurchased, Text};
use tallyfold_store::Applied;

use super::{Decided, Failure, answer};
use crate::access::{Admin, OwnAccount};
use crate::input::{IdempotencyKey, Input, Segments};
use crate::model::{Adjust, Answer, NameText, Purchase, RecordedOnly, Reverse, Subscribe};
use crate::serve::Shared;

#[derive(Deserialize)]
pub(super) struct PackPath {
    pack: Name<'static>,
}

#[derive(Deserialize)]
pub(super) struct ChargePath {
    charge: NonZeroU64,
}

/// Adds a pack that was bought; needs the admin's key
#[utoipa::path(
    post, path = "/v1/accounts/{account}/packs", tag = "purchases", security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    request_body = Purchase,
    responses((status = 200, body = Answer<RecordedOnly>, description = "It is recorded"), Failure)
)]
pub(super) async fn pack(
    State(shared): State<Shared>,
    Admin: Admin,
    OwnAccount(account): OwnAccount,
    IdempotencyKey(id): IdempotencyKey,
    Input(pack): Input<PackPurchased<'static>>,
) -> Decided<Applied> {
    answer(shared.ledger.purchase(account, id, pack).await)
}

/// Corrects a pack by hand; needs the admin's key
#[utoipa::path(
    post, path = "/v1/accounts/{account}/packs/{pack}/adjustments", tag = "purchases",
    security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("pack" = NameText, Path, description = "The pack"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    request_body = Adjust,
    responses((status = 200, body = Answer<RecordedOnly>, description = "It is recorded"), Failure)
)]
pub(super) async fn adjust(
    State(shared): State<Shared>,
    Admin: Admin,
    OwnAccount(account): OwnAccount,
    Segments(PackPath { pack }): Segments<PackPath>,
    IdempotencyKey(id): IdempotencyKey,
    Input(adjust): Input<Adjust>,
) -> Decided<Applied> {
    answer(shared.ledger.record(account, id, adjust.of(pack)?).await)
}

/// Takes a charge back; needs the admin's key
#[utoipa::path(
    post, path = "/v1/accounts/{account}/charges/{charge}/reversal", tag = "purchases",
    security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("charge" = u64, Path, description = "The number of the charge"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    request_body = Reverse,
    responses((status = 200, body = Answer<RecordedOnly>, description = "It is recorded"), Failure)
)]
pub(super) async fn reverse(
    State(shared): State<Shared>,
    Admin: Admin,
    OwnAccount(account): OwnAccount,
    Segments(ChargePath { charge }): Segments<ChargePath>,
    IdempotencyKey(id): IdempotencyKey,
    Input(body): Input<Reverse>,
) -> Decided<Applied> {
    let Reverse { user, product, reason } = body;
    let reversed = ChargeReversed { charge, user, product, reason: Text::new(reason)? };
    answer(shared.ledger.record(account, id, reversed).await)
}

/// Adds a subscription that was bought; needs the admin's key
#[utoipa::path(
    post, path = "/v1/accounts/{account}/subscriptions", tag = "purchases",
    security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    request_body = Subscribe,
    responses((status = 200, body = Answer<RecordedOnly>, description = "It is recorded"), Failure)
)]
pub(super) async fn subscription(
    State(shared): State<Shared>,
    Admin: Admin,
    OwnAccount(account): OwnAccount,
    IdempotencyKey(id): IdempotencyKey,
    Input(subscription): Input<SubscriptionPurchased<'static>>,
) -> Decided<Applied> {
    answer(shared.ledger.record(account, id, subscription).await)
}
