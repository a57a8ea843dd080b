//! What comes in, read strictly; what cannot be read is a [`Problem`].

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tallyfold_core::Name;

use crate::problem::Problem;

/// The body of a request, as JSON. No body at all is the empty object.
pub(crate) struct Input<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Input<T>, Problem> {
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|rejection| Problem::malformed(rejection.body_text()))?;
        let json = body.trim_ascii();
        let json = if json.is_empty() { b"{}" } else { json };
        // A list would be taken for the fields in order.
        if !json.starts_with(b"{") {
            return Err(Problem::malformed("the body is no JSON object"));
        }
        serde_json::from_slice(json).map(Input).map_err(|error| match error.classify() {
            Category::Data => Problem::invalid(error),
            Category::Io | Category::Syntax | Category::Eof => {
                Problem::malformed(format!("the body is not JSON: {error}"))
            }
        })
    }
}

/// Reads the body, within the limit, so that a refusal does not leave it in the connection.
pub(crate) async fn with_body_read(request: Request) -> Result<Request, Problem> {
    let (head, body) = request.into_parts();
    let read = Bytes::from_request(Request::from_parts(head.clone(), body), &()).await;
    let body = read.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(rejection.body_text()),
        _ => Problem::malformed(rejection.body_text()),
    })?;
    Ok(Request::from_parts(head, Body::from(body)))
}

/// What the path names.
pub(crate) struct Segments<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Segments<T>, Problem> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(segments)| Segments(segments))
            .map_err(|rejection| Problem::malformed(rejection.body_text()))
    }
}

/// What stands behind the question mark.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Asked<T>, Problem> {
        let query = Query::from_request_parts(parts, state).await;
        query
            .map(|Query(asked)| Asked(asked))
            .map_err(|rejection| Problem::malformed(rejection.body_text()))
    }
}

/// The header `Idempotency-Key`, which becomes the id of the event.
pub(crate) struct IdempotencyKey(pub(crate) Option<Name<'static>>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<IdempotencyKey, Problem> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else {
            return Ok(IdempotencyKey(None));
        };
        if values.next().is_some() {
            return Err(Problem::malformed("the header Idempotency-Key is there more than once"));
        }
        let wrong = |why: &dyn std::fmt::Display| {
            Problem::malformed(format!("the header Idempotency-Key is no name: {why}"))
        };
        let text = value.to_str().map_err(|_| wrong(&"it has other than visible characters"))?;
        let id = Name::new(text.to_owned()).map_err(|error| wrong(&error))?;
        Ok(IdempotencyKey(Some(id)))
    }
}
