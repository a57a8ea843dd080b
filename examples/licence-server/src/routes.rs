//! What is served, and its description.

mod account;
mod catalog;
mod health;
mod history;
mod purchases;
mod seats;
mod sessions;

use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Json, Router};
use tallyfold_store::{Recorded, ServiceError};
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::authenticate;
use crate::limits::{Lane, limit};
use crate::observe::observe;
use crate::problem::Problem;
use crate::serve::Shared;

/// What a handler that records a request answers.
type Decided<T> = Result<Json<Recorded<T>>, Problem>;

/// Answers what was decided. The journal has a route of its own.
fn answer<T>(recorded: Result<Recorded<T>, ServiceError>) -> Decided<T> {
    Ok(Json(Recorded { journal: Vec::new(), ..recorded? }))
}

/// What may go wrong, with any status that is an error.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it is only described")]
enum Failure {
    /// What went wrong, and what to do about it
    #[response(status = "default", content_type = "application/problem+json")]
    Problem(#[to_schema] Problem),
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "licence-server",
        description = "A licensing service that embeds tallyfold. Every answer is given after its \
            event is durable. A request with the header `Idempotency-Key` may be made again: it \
            is recorded once, and answered as the first time. What a key asks beyond its share is \
            answered with 429, and `Retry-After` says how long to wait.",
        contact()
    ),
    modifiers(&Bearer)
)]
struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, description: &mut OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A key that `licence-server key new` issued"))
            .build();
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(bearer));
    }
}

/// What needs a key.
fn with_key() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(account::statement))
        .routes(routes!(account::admission))
        .routes(routes!(account::rates))
        .routes(routes!(sessions::live, sessions::open))
        .routes(routes!(sessions::heartbeat))
        .routes(routes!(sessions::close))
        .routes(routes!(sessions::results))
        .routes(routes!(seats::assign, seats::unassign))
        .routes(routes!(seats::allow, seats::disallow))
        .routes(routes!(seats::access))
        .routes(routes!(seats::plan))
        .routes(routes!(purchases::pack))
        .routes(routes!(purchases::adjust))
        .routes(routes!(purchases::reverse))
        .routes(routes!(purchases::subscription))
        .routes(routes!(catalog::rate))
        .routes(routes!(catalog::rulebook))
        .routes(routes!(catalog::collection))
}

/// What needs a key, and reads many events.
fn reports() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(history::journal))
        .routes(routes!(history::by_product))
        .routes(routes!(history::log))
}

/// What needs none.
fn without_key() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .routes(routes!(health::openapi))
}

/// The `OpenAPI` description of all routes.
pub(crate) fn description() -> OpenApi {
    with_key().merge(reports()).merge(without_key()).into_openapi()
}

/// All routes, within limits and watched.
pub(crate) fn router(shared: Shared, max_body_bytes: usize) -> Router {
    let limited = |routes: OpenApiRouter<Shared>, lane: Lane| {
        Router::from(routes)
            .layer(from_fn_with_state((shared.clone(), lane), limit))
            .layer(DefaultBodyLimit::max(max_body_bytes))
            .layer(from_fn_with_state(shared.clone(), authenticate))
    };
    Router::from(without_key())
        .merge(limited(with_key(), Lane::Requests))
        .merge(limited(reports(), Lane::Reports))
        .fallback(async || Problem::no_route("nothing is served under this path"))
        .method_not_allowed_fallback(async || Problem::no_method("not with this method"))
        .layer(from_fn(observe))
        .with_state(shared)
}
