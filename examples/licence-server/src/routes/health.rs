//! For who runs the service.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use utoipa::openapi::OpenApi;

use super::Failure;
use crate::problem::Problem;
use crate::serve::Shared;

/// Who asks whether the service is ready does not wait for long.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the process runs
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = String, description = "What there is to tell")))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether requests can be answered: the store is reached, and the service is not shutting down
#[utoipa::path(
    get, path = "/readyz", tag = "operation", responses((status = 200, body = String, description = "What there is to tell"), Failure)
)]
pub(super) async fn readyz(State(shared): State<Shared>) -> Result<&'static str, Problem> {
    if shared.is_stopping() {
        return Err(Problem::overloaded("the service is shutting down"));
    }
    let asked = shared.ledger.run(|service| service.store().head());
    let asked = tokio::time::timeout(PATIENCE, asked).await;
    asked.map_err(|_| Problem::unavailable("the store does not answer"))??;
    Ok("ready\n")
}

/// Metrics, as Prometheus has them
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, body = String, description = "What there is to tell")))]
pub(super) async fn metrics(State(shared): State<Shared>) -> impl IntoResponse {
    let gauge = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let accounts = gauge(shared.ledger.service().cached_accounts());
    metrics::gauge!("licence_server_cached_accounts").set(accounts);
    let requests = gauge(shared.limiter.in_work());
    metrics::gauge!("licence_server_requests_in_work").set(requests);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], shared.metrics.render())
}

/// This description
#[utoipa::path(
    get, path = "/openapi.json", tag = "operation",
    responses((status = 200, body = serde_json::Value, description = "What there is to tell"))
)]
pub(super) async fn openapi() -> Json<OpenApi> {
    Json(super::description())
}
