//! Requests and questions, as they are measured and traced.

use std::time::Instant;

use super::LedgerService;
use crate::error::ServiceError;
use crate::observer::Observation;
use crate::place::Stream;

impl LedgerService {
    /// Answers, and tells the observer what was asked and what came of it. With the feature `tracing` the
    /// answer is found in a span, which says that, and the account, and nothing else of the request.
    pub(super) fn observed<T>(
        &self,
        stream: &Stream,
        request: &'static str,
        answer: impl FnOnce() -> Result<T, ServiceError>,
        code: impl FnOnce(&T) -> &'static str,
    ) -> Result<T, ServiceError> {
        let began = Instant::now();
        #[cfg(feature = "tracing")]
        let span = tracing::info_span!(
            target: "tallyfold_store",
            "ledger",
            account = stream.account(),
            request,
            outcome = tracing::field::Empty,
        )
        .entered();
        #[cfg(not(feature = "tracing"))]
        let _ = stream;
        let answered = answer();
        let outcome = answered.as_ref().map_or_else(ServiceError::code, code);
        #[cfg(feature = "tracing")]
        span.record("outcome", outcome);
        let took = began.elapsed();
        self.store.observer().observe(&Observation::Answered { request, outcome, took });
        answered
    }
}
