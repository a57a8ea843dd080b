//! What a report was made from, so that it can be tied to the journal and made again.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};
use tallyfold_core::{Balance, Overrides, Plan, Preset, Timestamp, Tokens};
use tallyfold_projections::{LocalInstant, Observed, Reports, TimeZone};

use super::gather::is_stale;
use super::sheet::Sheet;
use crate::text::{count, tokens};

/// What every report carries (`docs/reports.md`, Evidence). Instants are written in the report's
/// time zone.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Evidence {
    pub(crate) program: String,
    pub(crate) inputs: Vec<Input>,
    /// Of the accounts that are reported.
    #[serde(flatten)]
    pub(crate) reported: Counts,
    /// Of the whole log, catalog events and malformed lines among them.
    pub(crate) log: Counts,
    pub(crate) accounts: Vec<AccountEvidence>,
    pub(crate) rulebooks: Vec<RulebookInForce>,
    pub(crate) as_of: LocalInstant,
    pub(crate) period: String,
    pub(crate) time_zone: String,
    pub(crate) plan: Plan,
    /// Whether `--plan` chose it, and not the rules.
    pub(crate) plan_forced: bool,
    pub(crate) journal_sha256: String,
    /// What makes the journal's digest again.
    pub(crate) journal_command: String,
    pub(crate) totals: Totals,
    /// Of each table with tokens: what its rows add up to.
    #[serde(serialize_with = "texts")]
    pub(crate) sum_of_rows: BTreeMap<String, Tokens>,
}

/// A file that was read.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// How many events were folded, findings included, and how many findings there were by kind.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Counts {
    pub(crate) events: u64,
    pub(crate) findings: BTreeMap<String, u64>,
}

impl Counts {
    fn findings_text(&self) -> String {
        let findings = self.findings.iter().map(|(kind, n)| format!("{kind} {}", count(*n)));
        let findings = Vec::from_iter(findings).join(", ");
        if findings.is_empty() { "none".to_owned() } else { findings }
    }
}

/// An account that is reported: until when it was heard of, and how much of the period that shows.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AccountEvidence {
    pub(crate) account: String,
    /// Its last applied event.
    pub(crate) last_event: Option<LocalInstant>,
    /// Whether that is more than 7 days before the as-of.
    pub(crate) stale: bool,
    /// The part of the period that was observed: its days.
    pub(crate) observed: Option<String>,
    pub(crate) observed_days: u64,
    /// The same where it is shorter than the period, for people.
    #[serde(skip)]
    pub(crate) shortened: Option<String>,
}

/// A rulebook, and since when it was in force.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RulebookInForce {
    /// Absent for the one that holds from the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<LocalInstant>,
    pub(crate) rulebook: Preset,
    #[serde(skip_serializing_if = "Overrides::is_empty")]
    pub(crate) overrides: Overrides,
}

/// Sums over the accounts reported that must agree with the journal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Totals(pub(crate) Balance);

impl Totals {
    fn named(&self) -> [(&'static str, Tokens); 5] {
        let Balance { purchased, adjusted, burned, expired, available } = self.0;
        [
            ("purchased", purchased),
            ("adjusted", adjusted),
            ("burned", burned),
            ("expired", expired),
            ("available", available),
        ]
    }
}

impl Serialize for Totals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.named().map(|(name, sum)| (name, sum.to_string())))
    }
}

/// Amounts are strings.
fn texts<S: Serializer>(sums: &BTreeMap<String, Tokens>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(sums.iter().map(|(name, sum)| (name, sum.to_string())))
}

/// One thing that the evidence says.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    Text(String),
    Count(u64),
    Amount(Tokens),
}

impl fmt::Display for Said {
    /// As people read it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Said::Text(text) => f.write_str(text),
            Said::Count(number) => f.write_str(&count(*number)),
            Said::Amount(amount) => f.write_str(&tokens(*amount)),
        }
    }
}

impl Evidence {
    /// The evidence of a report: its period, what was observed of it, and what its rows add up to.
    pub(crate) fn of_report(&self, reports: &Reports<'_>, sheets: &[Sheet]) -> Evidence {
        let mut evidence = Evidence { period: reports.period().to_string(), ..self.clone() };
        let parts: BTreeMap<&str, Observed> = reports.observed().collect();
        for account in &mut evidence.accounts {
            let Some(observed) = parts.get(&*account.account) else { continue };
            account.observed_days = observed.day_count();
            account.observed = (observed.day_count() > 0).then(|| observed.part().to_string());
            account.shortened = (!observed.is_whole()).then(|| observed.to_string());
        }
        let sums = sheets.iter().filter_map(|sheet| Some((sheet.key(), sheet.sum_of_tokens()?)));
        evidence.sum_of_rows = sums.collect();
        evidence
    }

    /// What ties a table to the journal, in one line.
    pub(crate) fn line(&self) -> String {
        format!(
            "journal SHA-256 {}, as of {}, period {}",
            self.journal_sha256, self.as_of, self.period
        )
    }

    /// Which accounts were observed in only a part of the period, an account a line.
    pub(crate) fn shortened(&self) -> impl Iterator<Item = String> {
        let is_one_of_several = self.accounts.len() > 1;
        self.accounts.iter().filter_map(move |it| {
            let observed = it.shortened.as_ref()?;
            Some(match is_one_of_several {
                true => format!("{}: observed {observed}", it.account),
                false => format!("observed {observed}"),
            })
        })
    }

    /// The evidence as names and values, for formats without structure; of so many accounts at most.
    pub(crate) fn lines(&self, accounts: usize) -> Vec<(&'static str, Said)> {
        let mut lines = vec![("program", Said::Text(self.program.clone()))];
        for Input { name, bytes, sha256 } in &self.inputs {
            lines.push(("input", Said::Text(name.clone())));
            lines.push(("bytes", Said::Count(*bytes)));
            lines.push(("SHA-256", Said::Text(sha256.clone())));
        }
        let (reported, log) = (&self.reported, &self.log);
        lines.extend([
            ("events folded", Said::Count(reported.events)),
            ("findings", Said::Text(reported.findings_text())),
            ("events in log", Said::Count(log.events)),
            ("findings in log", Said::Text(log.findings_text())),
        ]);
        for account in self.accounts.iter().take(accounts) {
            lines.push(("account", Said::Text(account.account.clone())));
            lines.push(("last event", Said::Text(account.last_event_text())));
            let observed = account.shortened.as_ref().or(account.observed.as_ref());
            lines.extend(observed.map(|observed| ("observed", Said::Text(observed.clone()))));
        }
        if let more @ 1.. = self.accounts.len().saturating_sub(accounts) {
            let more = format!("… and {} more, all with --format json", count(more as u64));
            lines.push(("accounts", Said::Text(more)));
        }
        lines.extend(self.rulebooks.iter().map(|it| ("rulebook", Said::Text(it.text()))));
        let forced = if self.plan_forced { ", forced by --plan" } else { "" };
        lines.extend([
            ("as of", Said::Text(self.as_of.to_string())),
            ("period", Said::Text(self.period.clone())),
            ("time zone", Said::Text(self.time_zone.clone())),
            ("plan", Said::Text(format!("{}{forced}", word(&self.plan)))),
            ("journal SHA-256", Said::Text(self.journal_sha256.clone())),
            ("made by", Said::Text(self.journal_command.clone())),
        ]);
        lines.extend(self.totals.named().map(|(name, sum)| (name, Said::Amount(sum))));
        lines.extend(self.sum_of_rows.values().map(|sum| ("sum of rows", Said::Amount(*sum))));
        lines
    }
}

impl AccountEvidence {
    /// Of an account with this last event, observed in no part of the period.
    pub(crate) fn of(
        account: &str,
        last_event: Option<Timestamp>,
        as_of: Timestamp,
        zone: TimeZone,
    ) -> AccountEvidence {
        AccountEvidence {
            account: account.to_owned(),
            last_event: last_event.map(|at| zone.local(at)),
            stale: last_event.is_some_and(|at| is_stale(at, as_of)),
            observed: None,
            observed_days: 0,
            shortened: None,
        }
    }

    /// Its last event as people read it.
    pub(crate) fn last_event_text(&self) -> String {
        match (&self.last_event, self.stale) {
            (None, _) => "none".to_owned(),
            (Some(at), false) => at.to_string(),
            (Some(at), true) => format!("{at}, stale: more than 7 days before the as-of"),
        }
    }
}

impl RulebookInForce {
    fn text(&self) -> String {
        let since = match &self.since {
            Some(at) => format!("since {at}"),
            None => "from the start".to_owned(),
        };
        let overrides = match serde_json::to_string(&self.overrides) {
            Ok(json) if !self.overrides.is_empty() => format!(" with {json}"),
            _ => String::new(),
        };
        format!("{}{overrides} {since}", word(&self.rulebook))
    }
}

/// A value that is written as one word.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
