//! What went wrong, as `application/problem+json` (RFC 9457).

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tallyfold_core::{TextTooLong, Timestamp, ValueError};
use tallyfold_store::{ErrorKind, ServiceError, StoreError};
use utoipa::ToSchema;

/// Why a request was not answered, and what to do about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Which kind of problem, for programs: `urn:tallyfold:` and a word that does not change
    #[serde(rename = "type")]
    kind: String,
    /// The HTTP status
    #[serde(serialize_with = "number")]
    #[schema(value_type = u16)]
    status: StatusCode,
    /// The kind of problem, for people
    title: &'static str,
    /// What was wrong this time
    detail: String,
    /// What to do
    action: &'static str,
    /// How long to wait before the request is made again, for the header `Retry-After`.
    #[serde(skip)]
    wait: Option<Duration>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

/// What is the same for all problems of a kind.
struct ProblemKind {
    word: &'static str,
    status: StatusCode,
    title: &'static str,
    action: &'static str,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $word:literal, $status:ident, $title:literal, $action:literal;)*) => {
        impl Problem {$(
            $(#[$doc])*
            pub(crate) fn $name(detail: impl ToString) -> Problem {
                let (word, status) = ($word, StatusCode::$status);
                Problem::new(ProblemKind { word, status, title: $title, action: $action }, detail)
            }
        )*}
    };
}

kinds! {
    /// The request cannot be understood.
    malformed: "malformed_request", BAD_REQUEST, "The request cannot be understood",
        "Correct the request; /openapi.json describes it.";
    /// The request says something that may not be said.
    invalid: "invalid_request", UNPROCESSABLE_ENTITY, "The request says what may not be said",
        "Correct the request; /openapi.json says what each field may be.";
    /// The body is too long.
    too_large: "too_large", PAYLOAD_TOO_LARGE, "The body is too long",
        "Send a shorter body.";
    /// No key, or one that is worth nothing.
    unauthenticated: "unauthenticated", UNAUTHORIZED, "There is no valid API key",
        "Send the header `Authorization: Bearer KEY` with a key that `key new` issued.";
    /// A key for something else.
    forbidden: "forbidden", FORBIDDEN, "The API key is not for this",
        "Use the key of the account that is named, or the admin's.";
    /// Nothing is served here.
    no_route: "not_found", NOT_FOUND, "Nothing is here",
        "Look up the path in /openapi.json.";
    /// Something is served here, to another method.
    no_method: "method_not_allowed", METHOD_NOT_ALLOWED, "This cannot be done here",
        "Look up the method in /openapi.json.";
    /// The id of a request belongs to another one.
    id_taken: "idempotency_key_taken", UNPROCESSABLE_ENTITY,
        "Another request had this Idempotency-Key",
        "Give each request a key of its own; repeat only the very same request with it.";
    /// Others were faster, again and again.
    contended: "contended", SERVICE_UNAVAILABLE, "The account changed too often meanwhile",
        "Ask again, with the same Idempotency-Key.";
    /// There are too many requests of one key.
    too_many: "too_many_requests", TOO_MANY_REQUESTS, "The API key asks too much",
        "Wait as long as `Retry-After` says, then ask again, with the same Idempotency-Key.";
    /// The body does not arrive.
    slow_body: "slow_body", REQUEST_TIMEOUT, "The body takes too long",
        "Nothing was recorded: send the whole request again.";
    /// There are too many requests.
    overloaded: "overloaded", SERVICE_UNAVAILABLE, "Too many requests are in work",
        "Ask again in a moment, with the same Idempotency-Key.";
    /// The answer takes too long.
    timed_out: "timed_out", GATEWAY_TIMEOUT, "The answer takes too long",
        "The request may have been recorded: ask again, with the same Idempotency-Key.";
    /// The clock cannot be right.
    clock: "clock", SERVICE_UNAVAILABLE, "The clock of the service is wrong",
        "Nothing was recorded. Tell who runs the service: its log says what is wrong.";
    /// The account has events that are later than the clock.
    ahead: "ahead", SERVICE_UNAVAILABLE, "The account is ahead of the clock",
        "Nothing was recorded. Wait as long as `Retry-After` says, or tell who runs the service.";
    /// The store has no room.
    full: "no_room", INSUFFICIENT_STORAGE, "The store has no room left",
        "Make room, then ask again, with the same Idempotency-Key.";
    /// The store cannot be used at the moment.
    unavailable: "unavailable", SERVICE_UNAVAILABLE, "The store cannot be used at the moment",
        "The request may have been recorded: ask again, with the same Idempotency-Key.";
    /// The store is wrong.
    damaged: "damaged", INTERNAL_SERVER_ERROR, "The store cannot be used",
        "Tell who runs the service: its log says what is wrong.";
    /// What was named does not exist.
    missing: "missing", NOT_FOUND, "What is named does not exist",
        "Look at the account: it lists what there is.";
    /// What is asked for cannot be, as things are.
    conflict: "conflict", CONFLICT, "This cannot be done as things are",
        "Look at the account: it tells how things are.";
}

impl Problem {
    fn new(kind: ProblemKind, detail: impl ToString) -> Problem {
        let ProblemKind { word, status, title, action } = kind;
        let kind = format!("urn:tallyfold:{word}");
        let wait = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(Duration::from_secs(1));
        Problem { kind, status, title, detail: detail.to_string(), action, wait }
    }

    /// The same, to be tried again after a while.
    pub(crate) fn after(mut self, wait: Duration) -> Problem {
        self.wait = Some(wait);
        self
    }

    /// The same, told apart by a word of its own.
    fn named(mut self, word: &str) -> Problem {
        self.kind = format!("urn:tallyfold:{word}");
        self
    }
}

impl From<ServiceError> for Problem {
    /// By the kind of the error (docs/embedding.md); what the ledger found has its name in the rules as its
    /// type.
    fn from(error: ServiceError) -> Problem {
        let problem = match error.kind() {
            ErrorKind::Invalid => Problem::invalid(&error),
            ErrorKind::NotFound => Problem::missing(&error),
            ErrorKind::Conflict => Problem::conflict(&error),
            ErrorKind::IdTaken => Problem::id_taken(&error),
            ErrorKind::Contended => Problem::contended(&error),
            ErrorKind::Ahead => Problem::ahead(&error),
            // The store names itself in its errors: that is for the log, not for whoever asked.
            ErrorKind::Clock => {
                Problem::clock("the clock of the service cannot be right").after(A_MINUTE)
            }
            ErrorKind::Full => Problem::full("no event can be appended"),
            ErrorKind::Unavailable => Problem::unavailable("the store did not answer"),
            ErrorKind::Version | ErrorKind::Damaged => {
                Problem::damaged("the store does not hold what it should")
            }
        };
        match error {
            ServiceError::Finding(finding) => problem.named(finding.code()),
            ServiceError::FromTheFuture { at, now } => problem.after(until(at, now)),
            ServiceError::Store(error) => {
                tracing::error!(%error, "the store failed");
                problem
            }
            _ => problem,
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        ServiceError::from(error).into()
    }
}

impl From<ValueError> for Problem {
    fn from(error: ValueError) -> Problem {
        ServiceError::from(error).into()
    }
}

impl From<TextTooLong> for Problem {
    fn from(error: TextTooLong) -> Problem {
        ValueError::from(error).into()
    }
}

impl From<serde_json::Error> for Problem {
    /// What the library says is always JSON.
    fn from(error: serde_json::Error) -> Problem {
        tracing::error!(%error, "an answer cannot be written");
        Problem::damaged("the answer cannot be written")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, wait) = (self.status, self.wait);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if may_come_before_the_body(status) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = wait {
            headers.insert(RETRY_AFTER, whole_seconds(wait).into());
        }
        response
    }
}

/// How long it takes at least until somebody has looked at a clock.
const A_MINUTE: Duration = Duration::from_mins(1);

/// How long it is from now until an instant.
fn until(at: Timestamp, now: Timestamp) -> Duration {
    let nanos = at.unix_nanos().saturating_sub(now.unix_nanos());
    Duration::from_nanos(nanos.try_into().unwrap_or_default())
}

/// Rounded up: whoever waits as long is not sent away again for the same reason.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Whether a request may be refused with this status before its body was read: then the connection
/// cannot be used again.
fn may_come_before_the_body(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error of every code that a service answers.
    fn errors() -> Vec<ServiceError> {
        let store = || "ledger.db".to_owned();
        let problem = || "it broke".to_owned();
        let (found, known, now) = (9, 3, Timestamp::EARLIEST);
        let findings = "late_event duplicate_event duplicate_pack unknown_pack pack_expired overdrawn \
            unknown_charge charge_mismatch nothing_to_refund duplicate_session unknown_session \
            duplicate_subscription unknown_subscription already_assigned no_free_seat not_held";
        let finding = |code: &str| serde_json::from_value(code.into()).unwrap();
        let mut errors: Vec<_> =
            findings.split_whitespace().map(|code| ServiceError::Finding(finding(code))).collect();
        errors.extend([
            ServiceError::Value(ValueError::ChargeNumber),
            ServiceError::Event(tallyfold_store::NewEventError::LineBreak),
            ServiceError::IdTaken { id: "e1".to_owned(), position: Default::default() },
            ServiceError::FromTheFuture { at: now, now },
            ServiceError::Contended { attempts: 16 },
            StoreError::Foreign { store: store(), problem: problem() }.into(),
            StoreError::Newer { store: store(), found, known }.into(),
            StoreError::Older { store: store(), found, known }.into(),
            StoreError::Damaged { store: store(), problem: problem() }.into(),
            StoreError::WrongClock { store: store(), problem: problem() }.into(),
            StoreError::Full { store: store() }.into(),
            StoreError::Unavailable { store: store(), problem: problem() }.into(),
        ]);
        errors
    }

    const GUIDE: &str = include_str!("../../../docs/embedding.md");

    /// The rows of the guide's table of errors: code, kind, status, and whether to ask again.
    fn table() -> Vec<(String, String, u16, bool)> {
        let rows = GUIDE.lines().skip_while(|line| !line.starts_with("| code |")).skip(2);
        let rows = rows.take_while(|line| line.starts_with('|'));
        rows.flat_map(|row| {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            let word = |text: &str| text.trim().trim_matches('`').to_owned();
            let (kind, status) = (word(cells[2]), cells[3].parse().unwrap());
            let row = |code| (word(code), kind.clone(), status, cells[4] == "yes");
            cells[1].split(',').map(row).collect::<Vec<_>>()
        })
        .collect()
    }

    #[test]
    fn every_error_has_the_status_that_the_guide_says() {
        let said = |error: ServiceError| {
            let (code, kind) = (error.code().to_owned(), format!("{:?}", error.kind()));
            let is_retryable = error.is_retryable();
            (code, kind, Problem::from(error).status.as_u16(), is_retryable)
        };
        let mut answered: Vec<_> = errors().into_iter().map(said).collect();
        let mut told = table();
        answered.sort();
        told.sort();
        assert_eq!(told, answered);
    }

    /// The words that a source gives to errors.
    fn codes_in(source: &'static str) -> impl Iterator<Item = &'static str> {
        source.lines().filter_map(|line| line.split_once("=> \"")?.1.strip_suffix("\","))
    }

    #[test]
    fn no_code_is_missing_in_the_guide() {
        let sources = [
            include_str!("../../../crates/store/src/error/kind.rs"),
            include_str!("../../../crates/core/src/journal/finding.rs"),
        ];
        let codes: Vec<_> = sources.into_iter().flat_map(codes_in).collect();
        assert!(codes.len() > 30, "{codes:?}");
        for code in codes {
            assert!(GUIDE.contains(&format!("`{code}`")), "{code}");
        }
    }

    #[test]
    fn no_answer_names_the_store() {
        for error in errors() {
            assert!(!Problem::from(error).detail.contains("ledger.db"));
        }
    }
}
