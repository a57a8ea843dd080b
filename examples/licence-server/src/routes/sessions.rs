//! What a product asks: to open, to say that it still runs, to close.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::value::RawValue;
use tallyfold_core::{Heartbeat, Name, ResultProduced, SessionClosed, SessionOpened};
use tallyfold_store::{Closed, Contact, Opened, Produced};

use super::{Decided, Failure, answer};
use crate::access::OwnAccount;
use crate::input::{IdempotencyKey, Input, Segments};
use crate::model::{
    Answer, Beat, BeatOutcome, CloseOutcome, NameText, Nothing, OpenOutcome, OpenSession,
    ProduceResult, ResultOutcome, Sessions, live_sessions_at,
};
use crate::problem::Problem;
use crate::serve::Shared;

#[derive(Deserialize)]
pub(super) struct SessionPath {
    session: Name<'static>,
}

/// The live sessions
#[utoipa::path(
    get, path = "/v1/accounts/{account}/sessions", tag = "sessions", security(("key" = [])),
    params(("account" = NameText, Path, description = "The account")),
    responses((status = 200, body = Sessions, description = "As things are now"), Failure)
)]
pub(super) async fn live(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
) -> Result<Json<Box<RawValue>>, Problem> {
    let name = account.clone();
    let asked = shared.ledger.ask(account, move |ledger, now| live_sessions_at(ledger, &name, now));
    Ok(Json(asked.await??))
}

/// Opens a session, or records that it is denied
#[utoipa::path(
    post, path = "/v1/accounts/{account}/sessions", tag = "sessions", security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    request_body = OpenSession,
    responses((status = 200, body = Answer<OpenOutcome>, description = "What was decided"), Failure)
)]
pub(super) async fn open(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
    IdempotencyKey(id): IdempotencyKey,
    Input(open): Input<SessionOpened<'static>>,
) -> Decided<Opened> {
    answer(shared.ledger.open_session(account, id, open).await)
}

/// Says that a session is still running
#[utoipa::path(
    post, path = "/v1/accounts/{account}/sessions/{session}/heartbeat", tag = "sessions",
    security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("session" = NameText, Path, description = "The session"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    request_body = Option<Beat>,
    responses((status = 200, body = Answer<BeatOutcome>, description = "What was decided"), Failure)
)]
pub(super) async fn heartbeat(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
    Segments(SessionPath { session }): Segments<SessionPath>,
    IdempotencyKey(id): IdempotencyKey,
    Input(Beat { active }): Input<Beat>,
) -> Decided<Contact> {
    answer(shared.ledger.heartbeat(account, id, Heartbeat { session, active }).await)
}

/// Closes a session
#[utoipa::path(
    post, path = "/v1/accounts/{account}/sessions/{session}/close", tag = "sessions",
    security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("session" = NameText, Path, description = "The session"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    request_body = Option<Nothing>,
    responses((status = 200, body = Answer<CloseOutcome>, description = "What was decided"), Failure)
)]
pub(super) async fn close(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
    Segments(SessionPath { session }): Segments<SessionPath>,
    IdempotencyKey(id): IdempotencyKey,
    Input(Nothing {}): Input<Nothing>,
) -> Decided<Closed> {
    answer(shared.ledger.close_session(account, id, SessionClosed { session }).await)
}

/// Charges for results, or records that they are denied
#[utoipa::path(
    post, path = "/v1/accounts/{account}/results", tag = "sessions", security(("key" = [])),
    params(
        ("account" = NameText, Path, description = "The account"),
        ("Idempotency-Key" = Option<NameText>, Header, description = "Makes it safe to ask again"),
    ),
    request_body = ProduceResult,
    responses((status = 200, body = Answer<ResultOutcome>, description = "What was decided"), Failure)
)]
pub(super) async fn results(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
    IdempotencyKey(id): IdempotencyKey,
    Input(result): Input<ResultProduced<'static>>,
) -> Decided<Produced> {
    answer(shared.ledger.produce_result(account, id, result).await)
}
