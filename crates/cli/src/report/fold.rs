//! One run over the log, from which every report is made.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use tallyfold_core::{
    CatalogChange, CatalogEvent, Event, Instant, Ledger, Overrides, Plan, Record, Replay, Settled,
    Sink,
};
use tallyfold_projections::premium::{Pass, Prices, UserDetail};
use tallyfold_projections::{Facts, Period, PeriodSpec, Reports, Usage};

use super::Name;
use super::columns;
use super::evidence::{Evidence, Input, RulebookInForce, Totals};
use super::sheet::Sheet;
use crate::args::LogArgs;
use crate::args::report::ScopeArgs;
use crate::digest::{DigestedLines, Digesting, ReadAhead};
use crate::hash_key;
use crate::input::{Bytes, for_each_line_of};
use crate::nearest::did_you_mean;
use crate::store;
use crate::text::printable;

/// What was folded, and what the reports need to know beside it.
pub(crate) struct Folded {
    usage: Usage,
    period: Option<PeriodSpec>,
    pub(crate) facts: Facts,
    evidence: Evidence,
    /// Packs with what is left in them, for the page.
    pub(crate) packs: Vec<PackLeft>,
    detail: Option<UserDetail>,
    /// What Premium would need, where it is not in force.
    needed: Option<String>,
}

/// A report with its evidence.
pub(crate) struct Report<'a> {
    pub(crate) reports: Reports<'a>,
    /// One, or two for `user detail` and `seat summary`.
    pub(crate) sheets: Vec<Sheet>,
    pub(crate) evidence: Evidence,
}

/// A usable pack.
pub(crate) struct PackLeft {
    /// Where several accounts are reported.
    pub(crate) account: Option<String>,
    pub(crate) pack: String,
    pub(crate) expires_at: Instant,
    pub(crate) bought: tallyfold_core::Tokens,
    pub(crate) available: tallyfold_core::Tokens,
}

/// Takes the journal: all of it for the digest, one account or all for the usage.
struct ReportSink {
    usage: Usage,
    detail: Option<UserDetail>,
    journal: DigestedLines,
    account: Option<String>,
}

impl Sink for ReportSink {
    fn record(&mut self, record: Record<'_>) {
        self.journal.add(&record);
        if self.account.as_ref().is_none_or(|account| *account == record.account) {
            if let Some(detail) = &mut self.detail {
                detail.record(record.clone());
            }
            self.usage.record(record);
        }
    }
}

impl Folded {
    pub(crate) fn fold(
        scope: &ScopeArgs,
        log: &LogArgs,
        user: Option<&str>,
    ) -> anyhow::Result<Folded> {
        let mut sink = ReportSink {
            usage: Usage::new(scope.time_zone),
            detail: user.map(|user| UserDetail::new(Pass::forced(), user, scope.time_zone)),
            journal: DigestedLines::new(),
            account: scope.account.clone(),
        };
        let first = scope.rules.preset();
        let ledger = Ledger::new(first.rulebook(), hash_key::drawn());
        let mut replay = Replay::new(ledger, scope.as_of());
        let mut findings: BTreeMap<String, u64> = BTreeMap::new();
        let overrides = Overrides::NONE;
        let mut rulebooks = vec![RulebookInForce { since: None, rulebook: first, overrides }];
        let mut inputs: Vec<(String, Digesting)> = Vec::new();
        let digesting = |path: &Path, bytes: Bytes| -> Bytes {
            let (ahead, digesting) = ReadAhead::new(bytes);
            inputs.push((store::shown(path), digesting));
            Box::new(ahead)
        };
        for_each_line_of(log, digesting, |line| {
            let finding = line.finding(|event| replay.apply(event, &mut sink));
            match (finding, &line.event) {
                (Some(finding), _) => *findings.entry(finding.kind.to_string()).or_default() += 1,
                (None, Ok(event)) => rulebooks.extend(adopted(event, scope)),
                (None, Err(_)) => {}
            }
            Ok(())
        })?;
        let as_of = scope.as_of().or_else(|| latest(&replay, scope.account.as_deref()));
        let as_of = as_of.context("the log has no event: say as of when, with --as-of T")?;
        replay.settle_at(as_of, &mut sink);
        let inputs = inputs.into_iter().map(|(name, it)| Input::digested(name, it));
        let inputs = inputs.collect::<anyhow::Result<_>>()?;
        let folded = Inputs { inputs, findings, rulebooks };
        Folded::of_replay(scope, (&replay, as_of), sink, folded)
    }

    fn of_replay(
        scope: &ScopeArgs,
        (replay, as_of): (&Replay, Instant),
        sink: ReportSink,
        folded: Inputs,
    ) -> anyhow::Result<Folded> {
        let wanted = |name: &str| scope.account.as_deref().is_none_or(|account| account == name);
        let accounts = replay.ledger().accounts().filter(|it| wanted(it.name()));
        let accounts: Vec<_> = accounts.map(|it| it.settled(as_of)).collect();
        let usage = match &scope.account {
            Some(name) => {
                warn_of_unknown(name, replay.ledger());
                sink.usage.of_account(name)
            }
            None => sink.usage,
        };
        let needed = premium_needs(&accounts);
        let in_force = if needed.is_none() { Plan::Premium } else { Plan::Standard };
        let mut totals = tallyfold_core::Balance::default();
        accounts.iter().for_each(|account| totals += account.tokens());
        let facts = Facts::of(replay.ledger(), as_of);
        let evidence = Evidence {
            program: format!("tallyfold {}", env!("CARGO_PKG_VERSION")),
            inputs: folded.inputs,
            events: replay.events(),
            findings: folded.findings,
            rulebooks: folded.rulebooks,
            account: scope.account.clone(),
            as_of: scope.time_zone.local(as_of),
            period: String::new(),
            observed: Vec::new(),
            time_zone: scope.time_zone.to_string(),
            plan: scope.plan.map_or(in_force, |plan| plan.plan()),
            plan_forced: scope.plan.is_some(),
            journal_sha256: sink.journal.finish()?.sha256,
            totals: Totals { balance: totals },
            sum_of_rows: BTreeMap::new(),
        };
        let packs = accounts.iter().flat_map(|it| packs_left(it, accounts.len() > 1)).collect();
        let (period, detail) = (scope.period, sink.detail);
        Ok(Folded { usage, period, facts, evidence, packs, detail, needed })
    }

    /// The names of the accounts that are reported.
    pub(crate) fn accounts(&self) -> Vec<&str> {
        self.reports(PeriodSpec::HISTORY).observed().map(|(name, _)| name).collect()
    }

    /// The reports of the period that was asked for, or else of the whole history.
    pub(crate) fn reports_of_period(&self) -> Reports<'_> {
        self.reports(self.period.unwrap_or(PeriodSpec::HISTORY))
    }

    fn reports(&self, period: PeriodSpec) -> Reports<'_> {
        self.usage.reports(period, &self.facts)
    }

    /// The right to see names, if the plan gives it.
    pub(crate) fn pass(&self) -> anyhow::Result<Pass> {
        let needs = self.needed.as_deref().unwrap_or_default();
        Pass::under(self.evidence.plan).map_err(|needed| anyhow!("{needed}: {needs}"))
    }

    /// Everybody who is known in the accounts that are reported.
    pub(crate) fn known_users(&self) -> anyhow::Result<BTreeSet<String>> {
        let reports = self.reports(PeriodSpec::HISTORY);
        Ok(reports.known_users(self.pass()?).into_iter().map(str::to_owned).collect())
    }

    /// A report, of the period that was asked for or the one that is its default.
    pub(crate) fn report(&self, name: Name, prices: &Prices) -> anyhow::Result<Report<'_>> {
        let period = self.period.unwrap_or_else(|| name.default_period());
        let reports = self.reports(period);
        let sheets = self.sheets(name, &reports, prices)?;
        let evidence = self.evidence.of_report(&reports, &sheets);
        Ok(Report { reports, sheets, evidence })
    }

    fn sheets(
        &self,
        name: Name,
        reports: &Reports<'_>,
        prices: &Prices,
    ) -> anyhow::Result<Vec<Sheet>> {
        let sheet = match name {
            Name::TokenSummary => {
                Sheet::new("token summary", columns::TOKEN_SUMMARY, reports.token_summary())
            }
            Name::TokenByDay => {
                Sheet::new("token by-day", columns::TOKEN_BY_DAY, reports.token_by_day())
            }
            Name::TokenEvents => {
                Sheet::new("token events", columns::TOKEN_EVENTS, reports.token_events())
            }
            Name::TokenByProduct => {
                let rows = reports.token_by_product();
                Sheet::new("token by-product", columns::TOKEN_BY_PRODUCT, rows)
            }
            Name::TokenByVersion => {
                let rows = reports.token_by_version();
                Sheet::new("token by-version", columns::TOKEN_BY_VERSION, rows)
            }
            Name::SeatSummary => {
                let totals = Sheet::new("seat totals", columns::SEAT_TOTALS, reports.seat_totals());
                let rows = reports.seat_summary();
                let rows = Sheet::new("seat summary", columns::SEAT_SUMMARY, rows);
                return Ok(vec![rows?, totals?]);
            }
            Name::SeatByProduct => {
                let rows = reports.seat_by_product();
                Sheet::new("seat by-product", columns::SEAT_BY_PRODUCT, rows)
            }
            Name::UserDetail => return self.detail_sheets(reports.period()),
            Name::TokenByUser
            | Name::SeatByUser
            | Name::UserSummary
            | Name::Advice
            | Name::UsageExport => return self.sheet_with_names(name, reports, prices),
        };
        Ok(vec![sheet?])
    }

    fn sheet_with_names(
        &self,
        name: Name,
        reports: &Reports<'_>,
        prices: &Prices,
    ) -> anyhow::Result<Vec<Sheet>> {
        let pass = self.pass()?;
        let sheet = match name {
            Name::TokenByUser => {
                let rows = reports.token_by_user(pass);
                Sheet::new("token by-user", columns::TOKEN_BY_USER, rows)
            }
            Name::SeatByUser => {
                let rows = reports.seat_by_user(pass);
                Sheet::new("seat by-user", columns::SEAT_BY_USER, rows)
            }
            Name::UserSummary => {
                let rows = reports.user_summary(pass);
                Sheet::new("user summary", columns::USER_SUMMARY, rows)
            }
            Name::Advice => {
                Sheet::new("advice", columns::advice(prices), reports.advice(pass, prices))
            }
            _ => {
                let rows = reports.usage_export(pass);
                Sheet::new("usage export", columns::USAGE_EXPORT, rows)
            }
        };
        Ok(vec![sheet?])
    }

    fn detail_sheets(&self, period: Period) -> anyhow::Result<Vec<Sheet>> {
        let Some(detail) = &self.detail else {
            bail!("user detail needs --user NAME");
        };
        Ok(vec![
            Sheet::new("user detail", columns::USER_DETAIL, detail.charges(period))?,
            Sheet::new("user detail weeks", columns::USER_WEEKS, detail.weeks(period))?,
        ])
    }
}

/// The latest clock of the accounts reported, or else that of the catalog.
fn latest(replay: &Replay, account: Option<&str>) -> Option<Instant> {
    let ledger = replay.ledger();
    let accounts = ledger.accounts();
    let reported = accounts.filter(|it| account.is_none_or(|account| account == it.name()));
    reported.map(|it| it.clock()).max().or(ledger.catalog_clock())
}

/// An account that was named is reported even if it is not in the log; that may be a slip.
fn warn_of_unknown(account: &str, ledger: &Ledger) {
    if ledger.account(account).is_none() {
        let meant = did_you_mean(account, ledger.accounts().map(|it| it.name()));
        let account = printable(account);
        anstream::eprintln!("tallyfold: nothing was applied to an account `{account}`{meant}");
    }
}

/// What the accounts lack for Premium, which must be in force in each of them (N1).
fn premium_needs(accounts: &[Settled<'_>]) -> Option<String> {
    let Some(account) = accounts.iter().find(|it| it.plan() == Plan::Standard) else {
        return accounts.is_empty().then(|| "no account has an event yet".to_owned());
    };
    let (name, seats) = (printable(account.account()), account.seats_in_force());
    let needed = account.rulebook().premium_min_seats;
    Some(format!(
        "it must be selected, and the subscriptions in force must have at least {needed} seats \
         together; those of account `{name}` have {seats}{}",
        if seats >= needed.into() { ", and Premium is not selected" } else { "" }
    ))
}

/// The packs of an account that still hold tokens, in burn order.
fn packs_left(account: &Settled<'_>, is_one_of_several: bool) -> Vec<PackLeft> {
    let left = account.packs().map(|it| PackLeft {
        account: is_one_of_several.then(|| account.account().to_owned()),
        pack: it.pack.to_owned(),
        expires_at: it.expires_at,
        bought: it.balance.purchased + it.balance.adjusted,
        available: it.balance.available,
    });
    left.filter(|it| !it.available.is_zero()).collect()
}

/// What was read, for the evidence.
struct Inputs {
    inputs: Vec<Input>,
    findings: BTreeMap<String, u64>,
    rulebooks: Vec<RulebookInForce>,
}

/// The rulebook that an event brought into force, unless that was after the as-of.
fn adopted(event: &Event<'_>, scope: &ScopeArgs) -> Option<RulebookInForce> {
    let Event::Catalog(CatalogEvent { at, change: CatalogChange::RulebookAdopted(it), .. }) = event
    else {
        return None;
    };
    let (rulebook, overrides) = (it.preset(), it.overrides());
    let is_seen = scope.as_of().is_none_or(|as_of| *at <= as_of);
    let since = Some(scope.time_zone.local(*at));
    is_seen.then_some(RulebookInForce { since, rulebook, overrides })
}
