//! Logs and metrics. A log line says which key asked, by its public part, and never the key.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tallyfold_store::{Observation, StoreObserver};
use tracing::field::Empty;
use tracing::{Instrument, info, info_span};
use tracing_subscriber::EnvFilter;

use crate::settings::LogFormat;

const DURATION: &str = "licence_server_request_seconds";
/// From what only reads memory to what waits until it times out.
const DURATION_BUCKETS: [f64; 13] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 10.0];
const COMMIT: &str = "licence_server_store_commit_seconds";
const COMMIT_APPENDS: &str = "licence_server_store_commit_appends";
const APPENDS_BUCKETS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
const CONNECTION_WAIT: &str = "licence_server_store_connection_wait_seconds";
const ANSWER: &str = "licence_server_answer_seconds";
const LOAD: &str = "licence_server_ledger_load_seconds";
const SNAPSHOT: &str = "licence_server_store_snapshot_seconds";
const SNAPSHOT_BYTES: &str = "licence_server_store_snapshot_bytes";
/// From 1 KiB to 1 GiB.
const BYTES_BUCKETS: [f64; 6] =
    [1_024.0, 16_384.0, 262_144.0, 4_194_304.0, 67_108_864.0, 1_073_741_824.0];

/// Starts the log, on standard error.
pub(crate) fn start_log(filter: &str, format: LogFormat) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).context("--log is no filter")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_span_list(false).try_init(),
    };
    started.map_err(|error| anyhow!("cannot start the log: {error}"))
}

/// Starts the metrics; the handle writes them as Prometheus has them.
pub(crate) fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    let appends = Matcher::Full(COMMIT_APPENDS.to_owned());
    let bytes = Matcher::Full(SNAPSHOT_BYTES.to_owned());
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &DURATION_BUCKETS)
        .and_then(|it| it.set_buckets_for_metric(appends, &APPENDS_BUCKETS))
        .and_then(|it| it.set_buckets_for_metric(bytes, &BYTES_BUCKETS))
        .and_then(PrometheusBuilder::install_recorder)
        .context("cannot start the metrics")?;
    describe();
    Ok(handle)
}

fn describe() {
    describe_counter!("licence_server_requests_total", "Requests answered, by route and status");
    describe_histogram!(DURATION, "Time from a request to the head of its answer, by route");
    describe_counter!(
        "licence_server_decisions_total",
        "What the ledger answered, by type of event (`ask` for questions) and outcome"
    );
    describe_histogram!(ANSWER, "Time that the ledger took to answer, by type of event");
    describe_counter!(
        "licence_server_ledgers_found_total",
        "Answers for which the account was in memory"
    );
    describe_histogram!(LOAD, "Time to load an account that was not in memory");
    describe_counter!(
        "licence_server_turned_away_total",
        "Requests that were too many, by the limit"
    );
    describe_counter!("licence_server_notices_total", "Notices posted, by outcome");
    describe_gauge!("licence_server_requests_arriving", "Requests whose body is on its way");
    describe_gauge!("licence_server_requests_in_work", "Requests that are not answered yet");
    describe_gauge!("licence_server_cached_accounts", "Accounts in memory");
    describe_histogram!(COMMIT, "Time from the start of a transaction to its durable end");
    describe_histogram!(COMMIT_APPENDS, "Appends that shared a commit");
    describe_counter!("licence_server_store_failed_appends_total", "Appends that failed");
    describe_counter!("licence_server_store_contended_total", "Requests that were decided again");
    describe_gauge!(
        "licence_server_store_consumer_lag_events",
        "Events not dealt with, by consumer"
    );
    describe_histogram!(SNAPSHOT, "Time to make and write a snapshot of an account");
    describe_histogram!(SNAPSHOT_BYTES, "Size of a snapshot of an account");
    describe_histogram!(CONNECTION_WAIT, "Time that a transaction waited for a connection");
    describe_counter!(
        "licence_server_store_dropped_connections_total",
        "Connections to the server that were silent for too long"
    );
    describe_gauge!("licence_server_store_wal_bytes", "Size of the write-ahead log of SQLite");
}

/// What the store and the service do, as metrics.
pub(crate) struct StoreMetrics;

impl StoreObserver for StoreMetrics {
    fn observe(&self, observation: &Observation<'_>) {
        match observation {
            Observation::Committed { appends, took } => {
                histogram!(COMMIT).record(took.as_secs_f64());
                histogram!(COMMIT_APPENDS).record(float(*appends));
            }
            Observation::CommitFailed { appends } => {
                counter!("licence_server_store_failed_appends_total").increment(*appends);
            }
            Observation::Answered { request, outcome, took } => {
                let (request, outcome) = ((*request).to_owned(), (*outcome).to_owned());
                histogram!(ANSWER, "request" => request.clone()).record(took.as_secs_f64());
                counter!(
                    "licence_server_decisions_total", "request" => request, "outcome" => outcome
                )
                .increment(1);
            }
            Observation::LedgerFound => {
                counter!("licence_server_ledgers_found_total").increment(1);
            }
            Observation::LedgerLoaded { took } => {
                histogram!(LOAD).record(took.as_secs_f64());
            }
            Observation::Contended => {
                counter!("licence_server_store_contended_total").increment(1);
            }
            Observation::ConsumerLag { consumer, events } => {
                let consumer = (*consumer).to_owned();
                let lag =
                    gauge!("licence_server_store_consumer_lag_events", "consumer" => consumer);
                lag.set(float(*events));
            }
            Observation::SnapshotKept { bytes, took } => {
                histogram!(SNAPSHOT).record(took.as_secs_f64());
                histogram!(SNAPSHOT_BYTES).record(float(*bytes));
            }
            Observation::ConnectionAcquired { waited } => {
                histogram!(CONNECTION_WAIT).record(waited.as_secs_f64());
            }
            Observation::ConnectionDropped => {
                counter!("licence_server_store_dropped_connections_total").increment(1);
            }
            Observation::WalSize { bytes } => {
                gauge!("licence_server_store_wal_bytes").set(float(*bytes));
            }
            // Others may come with a newer store.
            _ => {}
        }
    }
}

/// A number as metrics have it; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "a metric may be off by a part in 10^15")]
fn float(number: u64) -> f64 {
    number as f64
}

/// Measures and logs every request.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    static REQUESTS: AtomicU64 = AtomicU64::new(1);

    let number = REQUESTS.fetch_add(1, Ordering::Relaxed);
    let (method, served) = (request.method().to_string(), served(request.method()));
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str).to_owned();
    let path = request.uri().path().to_owned();
    let span = info_span!("request", number, method, path, key = Empty);
    let began = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let (took, status) = (began.elapsed(), response.status().as_u16());
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| info!(status, micros, "answered"));
    histogram!(DURATION, "route" => route.clone()).record(took.as_secs_f64());
    let status = status.to_string();
    counter!(
        "licence_server_requests_total",
        "method" => served, "route" => route, "status" => status
    )
    .increment(1);
    response
}

/// A method as the metrics have it: nobody fills the memory with methods of their own.
fn served(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// Sums up what was measured, also where nobody reads it: until then every request is kept.
pub(crate) async fn sum_up(metrics: PrometheusHandle) {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        metrics.run_upkeep();
    }
}
