//! The catalog, the same for all accounts: for an admin only.

use axum::extract::State;

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
    Input(rate): Input<PublishRate>,
) -> Decided<RecordedOnly> {
    let change = rate.try_into()?;
    answer("publish_rate", shared.ledger.publish(id, change).await)
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
    Input(rulebook): Input<AdoptRulebook>,
) -> Decided<RecordedOnly> {
    let change = rulebook.try_into()?;
    answer("adopt_rulebook", shared.ledger.publish(id, change).await)
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
    Input(collection): Input<DefineCollection>,
) -> Decided<RecordedOnly> {
    let change = collection.try_into()?;
    answer("define_collection", shared.ledger.publish(id, change).await)
}
