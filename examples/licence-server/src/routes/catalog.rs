//! The catalog, the same for all accounts: for an admin only.

use axum::extract::State;
use tallyfold_core::{CollectionDefined, RatePublished, RulebookAdopted};
use tallyfold_store::Applied;

use super::{Decided, Failure, answer};
use crate::access::Admin;
use crate::input::{IdempotencyKey, Input};
use crate::model::{AdoptRulebook, Answer, DefineCollection, NameText, PublishRate, RecordedOnly};
use crate::serve::Shared;

/// Publishes a rate; needs the admin's key
#[utoipa::path(
    post, path = "/v1/catalog/rates", tag = "catalog", security(("key" = [])),
    params(
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    request_body = PublishRate,
    responses((status = 200, body = Answer<RecordedOnly>, description = "It is recorded"), Failure)
)]
pub(super) async fn rate(
    State(shared): State<Shared>,
    Admin: Admin,
    IdempotencyKey(id): IdempotencyKey,
    Input(rate): Input<RatePublished<'static>>,
) -> Decided<Applied> {
    answer(shared.ledger.publish(id, rate).await)
}

/// Adopts a rulebook; needs the admin's key
#[utoipa::path(
    post, path = "/v1/catalog/rulebooks", tag = "catalog", security(("key" = [])),
    params(
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    request_body = AdoptRulebook,
    responses((status = 200, body = Answer<RecordedOnly>, description = "It is recorded"), Failure)
)]
pub(super) async fn rulebook(
    State(shared): State<Shared>,
    Admin: Admin,
    IdempotencyKey(id): IdempotencyKey,
    Input(rulebook): Input<RulebookAdopted>,
) -> Decided<Applied> {
    answer(shared.ledger.publish(id, rulebook).await)
}

/// Defines a collection of products; needs the admin's key
#[utoipa::path(
    post, path = "/v1/catalog/collections", tag = "catalog", security(("key" = [])),
    params(
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    request_body = DefineCollection,
    responses((status = 200, body = Answer<RecordedOnly>, description = "It is recorded"), Failure)
)]
pub(super) async fn collection(
    State(shared): State<Shared>,
    Admin: Admin,
    IdempotencyKey(id): IdempotencyKey,
    Input(collection): Input<CollectionDefined<'static>>,
) -> Decided<Applied> {
    answer(shared.ledger.publish(id, collection).await)
}
