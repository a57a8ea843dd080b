//! One run over the log, from which every report is made.

use std::collections::BTreeSet;
use std::mem;

use anyhow::{Context, anyhow, bail};
use tallyfold_core::{AccountAt, Consumer, FoldedEvent, Ledger, Plan, Record, Timestamp};
use tallyfold_engine::{JournalDigests, Run};
use tallyfold_projections::premium::{Pass, Prices, UserDetail};
use tallyfold_projections::{Facts, Period, PeriodSpec, Reports, TimeZone, Usage};

use super::Name;
use super::evidence::Evidence;
use super::gather::{Gathering, Reported};
use super::sheet::Sheet;
use crate::args::LogArgs;
use crate::args::report::ScopeArgs;
use crate::findings;
use crate::log::{self, explained, require_account};
use crate::text::{count, printable};

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
    pub(crate) name: Name,
    /// Whom it is about, where it is one user.
    pub(crate) user: Option<String>,
    pub(crate) reports: Reports<'a>,
    /// One, or two for `user detail` and `seat summary`.
    pub(crate) sheets: Vec<Sheet>,
    pub(crate) evidence: Evidence,
}

/// A usable pack.
pub(crate) struct PackLeft {
    pub(crate) pack: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) bought: tallyfold_core::Tokens,
    pub(crate) available: tallyfold_core::Tokens,
}

/// What is gathered of the journal of one account or all.
struct Gathered {
    account: Option<String>,
    usage: Usage,
    detail: Option<UserDetail>,
    digests: JournalDigests,
    counts: Gathering,
}

impl Gathered {
    fn new(scope: &ScopeArgs, user: Option<&str>) -> Gathered {
        Gathered {
            account: scope.account.clone(),
            usage: Usage::new(scope.time_zone),
            detail: user.map(|user| UserDetail::new(Pass::forced(), user, scope.time_zone)),
            digests: JournalDigests::default(),
            counts: Gathering::new(scope.account.as_deref()),
        }
    }
}

impl Consumer for Gathered {
    const EVENTS: bool = true;

    fn record(&mut self, record: &Record<'_>) {
        if self.account.as_ref().is_none_or(|account| *account == record.account) {
            self.digests.record(record);
            if let Some(detail) = &mut self.detail {
                Consumer::record(detail, record);
            }
            Consumer::record(&mut self.usage, record);
        }
    }

    fn event(&mut self, event: &FoldedEvent<'_, '_>) {
        self.counts.event(event);
    }

    fn merge(&mut self, later: Gathered) {
        Consumer::merge(&mut self.usage, later.usage);
        self.detail.merge(later.detail);
        self.digests.merge(later.digests);
        self.counts.merge(later.counts);
    }
}

impl Report<'_> {
    /// What it is and whom it is about, in a few words.
    pub(crate) fn title(&self) -> String {
        let account = match &self.evidence.accounts[..] {
            [one] => one.account.clone(),
            several => format!("{} accounts", count(several.len() as u64)),
        };
        match &self.user {
            Some(user) => format!("{}: {user}, {account}", self.name.title()),
            None => format!("{}: {account}", self.name.title()),
        }
    }
}

impl Folded {
    pub(crate) fn fold(
        scope: &ScopeArgs,
        log: &LogArgs,
        user: Option<&str>,
    ) -> anyhow::Result<Folded> {
        let account = scope.account.as_deref();
        let replay = log::replay(log, scope.rules.preset())?
            .as_of(scope.as_of())
            .settled_together(account)
            .keep_findings(0)
            .digest_inputs();
        let replay = if account.is_some() { replay.name_accounts() } else { replay };
        let run = replay.run(|| Gathered::new(scope, user)).map_err(explained)?;
        account.map_or(Ok(()), |name| require_account(name, run.named_accounts()))?;
        let as_of = run.settled_at();
        let as_of = as_of.context("the log has no event: say as of when, with --as-of T")?;
        Folded::of_run(scope, log, run, as_of)
    }

    fn of_run(
        scope: &ScopeArgs,
        log: &LogArgs,
        mut run: Run<Gathered>,
        as_of: Timestamp,
    ) -> anyhow::Result<Folded> {
        let gathered = mem::replace(&mut run.consumer, Gathered::new(scope, None));
        let wanted = |name: &str| scope.account.as_deref().is_none_or(|account| account == name);
        let accounts = run.ledger().accounts().filter(|it| wanted(it.name()));
        let accounts: Vec<_> = accounts.collect();
        let settled: Vec<_> = accounts.iter().map(|account| account.at(as_of)).collect();
        let usage = match &scope.account {
            Some(name) => {
                warn_of_no_events(name, run.ledger());
                gathered.usage.of_account(name)
            }
            None => gathered.usage,
        };
        let needed = premium_needs(&settled);
        let plan_in_force = if needed.is_none() { Plan::Premium } else { Plan::Standard };
        let facts = Facts::of(run.ledger(), as_of);
        let packs = settled.iter().flat_map(packs_left).collect();
        let evidence = gathered.counts.evidence(Reported {
            scope,
            log,
            inputs: run.inputs(),
            malformed: findings::malformed(run.findings()),
            digests: gathered.digests,
            as_of,
            plan_in_force,
            accounts,
        });
        let (period, detail) = (scope.period, gathered.detail);
        Ok(Folded { usage, period, facts, evidence, packs, detail, needed })
    }

    /// The time zone of the reports.
    pub(crate) fn time_zone(&self) -> TimeZone {
        self.usage.time_zone()
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

    /// What a price may be for: products with a rate or with use, and collections.
    pub(crate) fn offerings(&self) -> BTreeSet<String> {
        let reports = self.reports(PeriodSpec::HISTORY);
        let with_tokens = reports.token_by_product().into_iter().map(|row| row.product);
        let with_seats = reports.seat_by_product().into_iter().map(|row| row.product);
        let of_catalog = self.facts.rates.keys().chain(self.facts.collections.keys()).cloned();
        with_tokens.chain(with_seats).chain(of_catalog).collect()
    }

    /// A report, of the period that was asked for or the one that is its default.
    pub(crate) fn report(&self, name: Name, prices: &Prices) -> anyhow::Result<Report<'_>> {
        let period = self.period.unwrap_or_else(|| name.default_period());
        let reports = self.reports(period);
        let sheets = self.sheets(name, &reports, prices)?;
        let evidence = self.evidence.of_report(&reports, &sheets);
        let user = self.detail.as_ref().map(|detail| detail.user().to_owned());
        let user = user.filter(|_| name == Name::UserDetail);
        Ok(Report { name, user, reports, sheets, evidence })
    }

    fn sheets(
        &self,
        name: Name,
        reports: &Reports<'_>,
        prices: &Prices,
    ) -> anyhow::Result<Vec<Sheet>> {
        let sheet = match name {
            Name::TokenSummary => Sheet::new(reports.token_summary()),
            Name::TokenByDay => {
                check_days(reports)?;
                Sheet::new(reports.token_by_day())
            }
            Name::TokenEvents => Sheet::new(reports.token_events()),
            Name::TokenByProduct => Sheet::new(reports.token_by_product()),
            Name::TokenByVersion => Sheet::new(reports.token_by_version()),
            Name::SeatSummary => {
                let totals = Sheet::new(reports.seat_totals());
                return Ok(vec![Sheet::new(reports.seat_summary()), totals]);
            }
            Name::SeatByProduct => Sheet::new(reports.seat_by_product()),
            Name::UserDetail => return self.detail_sheets(reports.period()),
            Name::TokenByUser => Sheet::new(reports.token_by_user(self.pass()?)),
            Name::SeatByUser => Sheet::new(reports.seat_by_user(self.pass()?)),
            Name::UserSummary => Sheet::new(reports.user_summary(self.pass()?)),
            Name::Advice => {
                let sheet = Sheet::new(reports.advice(self.pass()?, prices));
                if prices.are_given() { sheet } else { sheet.without_last_column() }
            }
            Name::UsageExport => Sheet::new(reports.usage_export(self.pass()?)),
        };
        Ok(vec![sheet])
    }

    fn detail_sheets(&self, period: Period) -> anyhow::Result<Vec<Sheet>> {
        let Some(detail) = &self.detail else {
            bail!("user detail needs --user NAME");
        };
        Ok(vec![Sheet::new(detail.charges(period)), Sheet::new(detail.weeks(period))])
    }
}

/// An account that was named is reported even if none of its events was applied.
fn warn_of_no_events(account: &str, ledger: &Ledger) {
    if ledger.account(account).is_none() {
        let account = printable(account);
        anstream::eprintln!(
            "tallyfold: nothing was applied to account `{account}` up to the as-of"
        );
    }
}

/// The most days that `token by-day` lists over all accounts: a few lines of a log can ask for
/// millions of days, and each takes some hundred bytes.
const MOST_DAYS: u64 = 5_000_000;

/// Refuses to list more days than fit the memory.
fn check_days(reports: &Reports<'_>) -> anyhow::Result<()> {
    let days: u64 = reports.observed().map(|(_, observed)| observed.day_count()).sum();
    if days > MOST_DAYS {
        bail!(
            "token by-day would have a row for each of {} days of all accounts: narrow it with \
             --period or --account",
            count(days)
        );
    }
    Ok(())
}

/// What the accounts lack for Premium, which must be in force in each of them (N1).
fn premium_needs(accounts: &[AccountAt<'_>]) -> Option<String> {
    let Some(account) = accounts.iter().find(|it| it.plan() == Plan::Standard) else {
        return accounts.is_empty().then(|| "no account has an event yet".to_owned());
    };
    let (name, seats) = (printable(account.account()), account.seats_in_force());
    let needed = account.rulebook().premium_min_seats();
    Some(format!(
        "it must be selected, and the subscriptions in force must have at least {needed} seats \
         together; those of account `{name}` have {seats}{}",
        if seats >= needed.into() { ", and Premium is not selected" } else { "" }
    ))
}

/// The packs of an account that still hold tokens, in burn order.
fn packs_left(account: &AccountAt<'_>) -> Vec<PackLeft> {
    let left = account.packs().map(|it| PackLeft {
        pack: it.pack.into_owned(),
        expires_at: it.expires_at,
        bought: it.balance.purchased + it.balance.adjusted,
        available: it.balance.available,
    });
    left.filter(|it| !it.available.is_zero()).collect()
}
