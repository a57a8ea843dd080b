//! What happened: an account's journal and reports, folded from its events, and the whole log.

use std::io::Read;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallyfold_core::{Entry, Event, Ledger, Name, Record, Timestamp, sink_fn};
use tallyfold_log::write_record;
use tallyfold_projections::standard::ProductRow;
use tallyfold_projections::{Facts, Period, PeriodSpec, TimeZone, Usage};
use tallyfold_store::{LedgerService, LogBytes, Position, StoreError, Stream};
use utoipa::IntoParams;

use super::Failure;
use crate::access::{Admin, OwnAccount};
use crate::input::Asked;
use crate::model::NameText;
use crate::pages;
use crate::problem::Problem;
use crate::serve::Shared;

/// How many events are read at once.
const PAGE: usize = 512;

/// Which entries of the journal are wanted
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct JournalQuery {
    /// Only these kinds of entries, with commas between: `charged,refunded`
    entry: Option<String>,
    /// Only entries at this instant or later
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only entries before this instant
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// Which entries are written.
struct Wanted {
    kinds: Option<Vec<String>>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl TryFrom<JournalQuery> for Wanted {
    type Error = Problem;

    fn try_from(query: JournalQuery) -> Result<Wanted, Problem> {
        let split = |kinds: String| kinds.split(',').map(str::to_owned).collect::<Vec<_>>();
        let kinds = query.entry.map(split);
        let unknown = |kind: &&String| !Entry::KINDS.contains(&kind.as_str());
        if let Some(kind) = kinds.iter().flatten().find(unknown) {
            let known = Entry::KINDS.join(", ");
            return Err(Problem::invalid(format!(
                "`{kind}` is no kind of entry; these are: {known}"
            )));
        }
        Ok(Wanted { kinds, from: query.from, to: query.to })
    }
}

impl Wanted {
    fn holds(&self, record: &Record<'_>) -> bool {
        let kind = record.entry.kind();
        self.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|it| it == kind))
            && self.from.is_none_or(|from| from <= record.at)
            && self.to.is_none_or(|to| record.at < to)
    }
}

/// The account's journal up to now, as JSON Lines: charges, refunds, sessions, notices
#[utoipa::path(
    get, path = "/v1/accounts/{account}/journal", tag = "history", security(("key" = [])),
    params(("account" = NameText, Path, description = "The account"), JournalQuery),
    responses(
        (
            status = 200, content_type = "application/x-ndjson", body = String,
            description = "An entry a line, as docs/events.md has them"
        ),
        Failure
    )
)]
pub(super) async fn journal(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
    Asked(query): Asked<JournalQuery>,
) -> Result<Response, Problem> {
    let wanted = Wanted::try_from(query)?;
    let lane = Some(account.clone());
    let lines = pages::answer(shared.reports.clone(), lane, move |service, writer| {
        fold(service, account, |ledger, event| {
            let mut write = sink_fn(|record| {
                if wanted.holds(&record) {
                    // Writing to memory does not fail.
                    let _ = write_record(&mut writer.page, &record);
                }
            });
            // An event that cannot be applied changes nothing and has no entries.
            let _finding = ledger.apply(event, &mut write);
            writer.turn()
        })?;
        Ok(())
    });
    lines.await
}

/// Which days a report is about
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportQuery {
    /// `2026-01`, `2026-Q1`, `2026-01-05..2026-02-01`, `past-30-days`; the whole history if absent
    period: Option<String>,
    /// Whose days are meant, by its IANA name; UTC if absent
    time_zone: Option<String>,
}

/// A report, as docs/reports.md has it.
#[derive(Serialize)]
pub(super) struct ByProduct {
    period: Period,
    #[serde(serialize_with = "tallyfold_projections::json::serialize")]
    rows: Vec<ProductRow>,
}

/// Tokens used, by product
#[utoipa::path(
    get, path = "/v1/accounts/{account}/reports/by-product", tag = "history",
    security(("key" = [])),
    params(("account" = NameText, Path, description = "The account"), ReportQuery),
    responses(
        (
            status = 200, body = serde_json::Value,
            description = "`period`, and in `rows` the report token by-product of docs/reports.md"
        ),
        Failure
    )
)]
pub(super) async fn by_product(
    State(shared): State<Shared>,
    OwnAccount(account): OwnAccount,
    Asked(query): Asked<ReportQuery>,
) -> Result<Json<ByProduct>, Problem> {
    let zone = query.time_zone.map_or(Ok(TimeZone::UTC), |name| name.parse());
    let zone = zone.map_err(Problem::invalid)?;
    let period = query.period.map(|text| text.parse::<PeriodSpec>()).transpose();
    let period = period.map_err(Problem::invalid)?;
    let report = shared
        .reports
        .run_for(account, move |service, account| by_product_of(service, account, zone, period));
    report.await.map(Json).map_err(Problem::from)
}

fn by_product_of(
    service: &LedgerService,
    account: Name<'static>,
    zone: TimeZone,
    period: Option<PeriodSpec>,
) -> Result<ByProduct, StoreError> {
    let mut usage = Usage::new(zone);
    let ledger = fold(service, account.clone(), |ledger, event| {
        let _finding = ledger.apply(event, &mut usage);
        Ok::<(), StoreError>(())
    })?;
    // What is due by now and not yet written (expiries, lapses) changes no use.
    let facts = Facts::of(&ledger, service.store().now()?);
    let usage = usage.of_account(account.as_str());
    let reports = usage.reports(period.unwrap_or(PeriodSpec::HISTORY), &facts);
    Ok(ByProduct { period: reports.period(), rows: reports.token_by_product() })
}

/// The whole log, as `tallyfold replay` reads it; needs the admin's key
#[utoipa::path(
    get, path = "/v1/log", tag = "history", security(("key" = [])),
    responses(
        (
            status = 200, content_type = "application/x-ndjson", body = String,
            description = "An event a line, each to the byte as it was stored"
        ),
        Failure
    )
)]
pub(super) async fn log(State(shared): State<Shared>, Admin: Admin) -> Result<Response, Problem> {
    let lines = pages::answer(shared.reports.clone(), None, |service, writer| {
        let mut log = LogBytes::new(service.store().clone());
        let mut bytes = vec![0; 16 << 10];
        loop {
            let read = log.read(&mut bytes).map_err(|error| {
                let (store, problem) = (service.store().name(), error.to_string());
                StoreError::Unavailable { store, problem }
            })?;
            if read == 0 {
                return Ok(());
            }
            writer.page.extend_from_slice(&bytes[..read]);
            writer.turn()?;
        }
    });
    lines.await
}

/// Goes through what an account sees of the log, up to its present end, with a ledger of its own.
fn fold<E: From<StoreError>>(
    service: &LedgerService,
    account: Name<'static>,
    mut apply: impl FnMut(&mut Ledger, &Event<'_>) -> Result<(), E>,
) -> Result<Ledger, E> {
    let (store, stream) = (service.store(), Stream::Account(account));
    let end = store.head()?.position;
    let (mut after, mut ledger) = (Position::START, service.empty_ledger());
    loop {
        let page = store.read_account(&stream, after, end, PAGE)?;
        let Some(last) = page.last() else { return Ok(ledger) };
        after = last.position;
        for stored in &page {
            let event = stored.event().map_err(|malformed| {
                let problem = format!("the event at position {}: {malformed}", stored.position);
                StoreError::Damaged { store: store.name(), problem }
            })?;
            apply(&mut ledger, &event)?;
        }
    }
}
