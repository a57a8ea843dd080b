//! How an account stands. Nothing here records anything.

use axum::Json;
use axum::extract::State;
use serde_json::value::RawValue;
use tallyfold_core::Admission;

use super::Failure;
use crate::access::OwnAccount;
use crate::input::Asked;
use crate::model::{
    AdmissionAnswer, AskAdmission, NameText, Rates, Statement, rates_at, statement_at,
};
use crate::problem::Problem;
use crate::serve::Shared;

/// How the account stands: balance, packs, sessions, windows
#[utoipa::path(
    get, path = "/v1/accounts/{account}", tag = "account", security(("key" = [])),
    params(("account" = NameText, Path, description = "The account")),
    responses((status = 200, body = Statement, description = "As things are now"), Failure)
)]
pub(super) async fn statement(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
) -> Result<Json<Box<RawValue>>, Problem> {
    let name = account.clone();
    let asked = shared.ledger.ask(account, move |ledger, now| statement_at(ledger, &name, now));
    Ok(Json(asked.await??))
}

/// What an open would do now, and what it would cost
#[utoipa::path(
    get, path = "/v1/accounts/{account}/admission", tag = "sessions", security(("key" = [])),
    params(("account" = NameText, Path, description = "The account"), AskAdmission),
    responses((status = 200, body = AdmissionAnswer, description = "As things are now"), Failure)
)]
pub(super) async fn admission(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
    Asked(AskAdmission { user, product }): Asked<AskAdmission>,
) -> Result<Json<Admission<'static>>, Problem> {
    Ok(Json(shared.ledger.admit(account, user, product).await?))
}

/// The rates that are in force for the account
#[utoipa::path(
    get, path = "/v1/accounts/{account}/rates", tag = "account", security(("key" = [])),
    params(("account" = NameText, Path, description = "The account")),
    responses((status = 200, body = Rates, description = "As things are now"), Failure)
)]
pub(super) async fn rates(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
) -> Result<Json<Box<RawValue>>, Problem> {
    Ok(Json(shared.ledger.ask(account, rates_at).await??))
}
