//! One run over the log, from which every report is made.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use tallyfold_core::{
    CatalogChange, CatalogEvent, Event, Instant, Ledger, Overrides, Plan, Record, Replay, Settled,
    Sink,
};
use tallyfold_projections::premium::{Pass, PremiumNeeded, Prices, UserDetail};
use tallyfold_projections::standard::{Facts, TokenSummary};
use tallyfold_projections::{Period, Usage};

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

/// What was folded, and what the reports need to know beside it.
pub(crate) struct Folded {
    pub(crate) usage: Usage,
    pub(crate) period: Period,
    pub(crate) facts: Facts,
    pub(crate) evidence: Evidence,
    /// Packs with what is left in them, for the page.
    pub(crate) packs: Vec<PackLeft>,
    detail: Option<UserDetail>,
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
            detail: user.map(|user| UserDetail::new(Pass::forced(), user)),
            journal: DigestedLines::new(),
            account: scope.account.clone(),
        };
        let first = scope.rules.preset();
        let ledger = Ledger::new(first.rulebook(), hash_key::drawn());
        let mut replay = Replay::new(ledger, scope.as_of);
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
                (None, Ok(event)) => rulebooks.extend(adopted(event, scope.as_of)),
                (None, Err(_)) => {}
            }
            Ok(())
        })?;
        replay.settle(&mut sink);
        let inputs = inputs.into_iter().map(|(name, it)| Input::digested(name, it));
        let inputs = inputs.collect::<anyhow::Result<_>>()?;
        let folded = Inputs { inputs, findings, rulebooks };
        Folded::of_replay(scope, &replay, sink, folded)
    }

    fn of_replay(
        scope: &ScopeArgs,
        replay: &Replay,
        sink: ReportSink,
        folded: Inputs,
    ) -> anyhow::Result<Folded> {
        let wanted = |name: &str| scope.account.as_deref().is_none_or(|account| account == name);
        let accounts: Vec<_> = replay.accounts().filter(|it| wanted(it.account())).collect();
        if let (Some(account), true) = (&scope.account, accounts.is_empty()) {
            let meant = did_you_mean(account, replay.accounts().map(|it| it.account()));
            bail!("nothing was applied to an account `{account}`{meant}");
        }
        let clock = accounts.iter().map(|account| account.at()).max();
        let as_of = scope.as_of.or(clock).context("the log has no event of an account")?;
        let today = scope.time_zone.day(as_of);
        let period = match scope.period {
            Some(period) => period.resolve(today),
            None => sink.usage.days().unwrap_or(Period::of_day(today)),
        };
        let in_force = match accounts.iter().all(|it| it.plan() == Plan::Premium) {
            true => Plan::Premium,
            false => Plan::Standard,
        };
        let mut totals = tallyfold_core::Balance::default();
        accounts.iter().for_each(|account| totals += account.tokens());
        let rates = replay.ledger().rates(as_of).into_iter();
        let facts = Facts {
            as_of,
            rates: rates.map(|(product, rate)| (product.to_owned(), rate.tokens)).collect(),
            level: accounts.iter().filter_map(|account| account.level()).max(),
        };
        let evidence = Evidence {
            program: format!("tallyfold {}", env!("CARGO_PKG_VERSION")),
            inputs: folded.inputs,
            events: replay.events(),
            findings: folded.findings,
            rulebooks: folded.rulebooks,
            account: scope.account.clone(),
            as_of,
            period: period.to_string(),
            time_zone: scope.time_zone.to_string(),
            plan: scope.plan.map_or(in_force, |plan| plan.plan()),
            plan_forced: scope.plan.is_some(),
            journal_sha256: sink.journal.finish()?.sha256,
            totals: Totals { balance: totals },
            sum_of_rows: BTreeMap::new(),
        };
        let packs = accounts.iter().flat_map(|it| packs_left(it, accounts.len() > 1)).collect();
        Ok(Folded { usage: sink.usage, period, facts, evidence, packs, detail: sink.detail })
    }

    /// The right to see names, if the plan gives it.
    pub(crate) fn pass(&self) -> Result<Pass, PremiumNeeded> {
        Pass::under(self.evidence.plan)
    }

    pub(crate) fn summary(&self) -> TokenSummary {
        self.usage.token_summary(self.period, &self.facts)
    }

    /// The sheets of a report: one, or two for `user detail`.
    pub(crate) fn sheets(&self, name: Name, prices: &Prices) -> anyhow::Result<Vec<Sheet>> {
        let (usage, period, facts) = (&self.usage, self.period, &self.facts);
        let sheet = match name {
            Name::TokenSummary => {
                Sheet::new("token summary", columns::TOKEN_SUMMARY, [self.summary()])
            }
            Name::TokenByDay => {
                Sheet::new("token by-day", columns::TOKEN_BY_DAY, usage.token_by_day(period))
            }
            Name::TokenEvents => {
                Sheet::new("token events", columns::TOKEN_EVENTS, usage.token_events(facts))
            }
            Name::TokenByProduct => {
                let rows = usage.token_by_product(period, facts);
                Sheet::new("token by-product", columns::TOKEN_BY_PRODUCT, rows)
            }
            Name::SeatSummary => {
                Sheet::new("seat summary", columns::SEAT_SUMMARY, usage.seat_summary(period))
            }
            Name::SeatByProduct => {
                let rows = usage.seat_by_product(period);
                Sheet::new("seat by-product", columns::SEAT_BY_PRODUCT, rows)
            }
            Name::TokenByUser => {
                let rows = usage.token_by_user(self.pass()?, period);
                Sheet::new("token by-user", columns::TOKEN_BY_USER, rows)
            }
            Name::SeatByUser => {
                let rows = usage.seat_by_user(self.pass()?, period);
                Sheet::new("seat by-user", columns::SEAT_BY_USER, rows)
            }
            Name::Advice => {
                let rows = usage.advice(self.pass()?, period, facts, prices);
                Sheet::new("advice", columns::ADVICE, rows)
            }
            Name::UsageExport => {
                let rows = usage.usage_export(self.pass()?, period);
                Sheet::new("usage export", columns::USAGE_EXPORT, rows)
            }
            Name::UserDetail => return self.detail_sheets(),
        };
        Ok(vec![sheet?])
    }

    fn detail_sheets(&self) -> anyhow::Result<Vec<Sheet>> {
        let Some(detail) = &self.detail else {
            bail!("user detail needs --user NAME");
        };
        let zone = self.usage.time_zone();
        let charges = detail.charges(self.period, zone);
        let weeks = detail.weeks(self.period, zone);
        Ok(vec![
            Sheet::new("user detail", columns::USER_DETAIL, charges)?,
            Sheet::new("days of use per week", columns::USER_WEEKS, weeks)?,
        ])
    }
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
fn adopted(event: &Event<'_>, as_of: Option<Instant>) -> Option<RulebookInForce> {
    let Event::Catalog(CatalogEvent { at, change: CatalogChange::RulebookAdopted(it), .. }) = event
    else {
        return None;
    };
    let (rulebook, overrides) = (it.preset(), it.overrides());
    let is_seen = as_of.is_none_or(|as_of| *at <= as_of);
    is_seen.then_some(RulebookInForce { since: Some(*at), rulebook, overrides })
}
