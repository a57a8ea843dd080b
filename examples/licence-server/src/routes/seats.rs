//! What the team's admin decides: who has a seat, who may use tokens, and for what.

use axum::extract::State;
use serde::Deserialize;
use tallyfold_core::{
    FlexAccessSet, FlexAssigned, FlexUnassigned, Name, PlanSelected, SubscriptionAssigned,
    SubscriptionUnassigned,
};
use tallyfold_store::Applied;

use super::{Decided, Failure, answer};
use crate::access::OwnAccount;
use crate::input::{IdempotencyKey, Input, Segments};
use crate::model::{Answer, NameText, RecordedOnly, SelectPlan, SetAccess};
use crate::serve::Shared;

#[derive(Deserialize)]
pub(super) struct SeatPath {
    subscription: Name<'static>,
    user: Name<'static>,
}

#[derive(Deserialize)]
pub(super) struct UserPath {
    user: Name<'static>,
}

/// Gives a user a seat
#[utoipa::path(
    put, path = "/v1/accounts/{account}/subscriptions/{subscription}/seats/{user}", tag = "seats",
    security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("subscription" = NameText, Path, description = "The subscription"),
        ("user" = NameText, Path, description = "Who takes the seat"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    responses((status = 200, body = Answer<RecordedOnly>, description = "It is recorded"), Failure)
)]
pub(super) async fn assign(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
    Segments(SeatPath { subscription, user }): Segments<SeatPath>,
    IdempotencyKey(id): IdempotencyKey,
) -> Decided<Applied> {
    let seat = SubscriptionAssigned { subscription, user };
    answer(shared.ledger.record(account, id, seat).await)
}

/// Takes a seat from a user
#[utoipa::path(
    delete, path = "/v1/accounts/{account}/subscriptions/{subscription}/seats/{user}",
    tag = "seats", security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("subscription" = NameText, Path, description = "The subscription"),
        ("user" = NameText, Path, description = "Who gives the seat back"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    responses((status = 200, body = Answer<RecordedOnly>, description = "It is recorded"), Failure)
)]
pub(super) async fn unassign(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
    Segments(SeatPath { subscription, user }): Segments<SeatPath>,
    IdempotencyKey(id): IdempotencyKey,
) -> Decided<Applied> {
    let seat = SubscriptionUnassigned { subscription, user };
    answer(shared.ledger.record(account, id, seat).await)
}

/// Marks a user as one who may use tokens
#[utoipa::path(
    put, path = "/v1/accounts/{account}/token-users/{user}", tag = "access",
    security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("user" = NameText, Path, description = "The user"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    responses((status = 200, body = Answer<RecordedOnly>, description = "It is recorded"), Failure)
)]
pub(super) async fn allow(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
    Segments(UserPath { user }): Segments<UserPath>,
    IdempotencyKey(id): IdempotencyKey,
) -> Decided<Applied> {
    answer(shared.ledger.record(account, id, FlexAssigned { user }).await)
}

/// Marks a user as one who may not use tokens
#[utoipa::path(
    delete, path = "/v1/accounts/{account}/token-users/{user}", tag = "access",
    security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("user" = NameText, Path, description = "The user"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    responses((status = 200, body = Answer<RecordedOnly>, description = "It is recorded"), Failure)
)]
pub(super) async fn disallow(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
    Segments(UserPath { user }): Segments<UserPath>,
    IdempotencyKey(id): IdempotencyKey,
) -> Decided<Applied> {
    answer(shared.ledger.record(account, id, FlexUnassigned { user }).await)
}

/// Sets which products may be opened with tokens, for the account or for one user
#[utoipa::path(
    put, path = "/v1/accounts/{account}/access", tag = "access", security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    request_body = SetAccess,
    responses((status = 200, body = Answer<RecordedOnly>, description = "It is recorded"), Failure)
)]
pub(super) async fn access(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
    IdempotencyKey(id): IdempotencyKey,
    Input(access): Input<FlexAccessSet<'static>>,
) -> Decided<Applied> {
    answer(shared.ledger.record(account, id, access).await)
}

/// Chooses the plan
#[utoipa::path(
    put, path = "/v1/accounts/{account}/plan", tag = "account", security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    request_body = SelectPlan,
    responses((status = 200, body = Answer<RecordedOnly>, description = "It is recorded"), Failure)
)]
pub(super) async fn plan(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
    IdempotencyKey(id): IdempotencyKey,
    Input(plan): Input<PlanSelected>,
) -> Decided<Applied> {
    answer(shared.ledger.record(account, id, plan).await)
}
