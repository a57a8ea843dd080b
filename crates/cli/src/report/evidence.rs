//! What a report was made from, so that it can be tied to the journal and made again.

use std::collections::BTreeMap;

use serde::Serialize;
use tallyfold_core::{Balance, Overrides, Plan, Preset, Tokens};
use tallyfold_projections::{LocalInstant, Observed, Reports};

use super::sheet::Sheet;
use crate::digest::{Digested, Digesting};

/// What every report carries, in every format (`docs/reports.md`, Evidence).
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Evidence {
    pub(crate) program: String,
    pub(crate) inputs: Vec<Input>,
    pub(crate) events: u64,
    pub(crate) findings: BTreeMap<String, u64>,
    pub(crate) rulebooks: Vec<RulebookInForce>,
    /// The account that is reported, where it is not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    pub(crate) as_of: LocalInstant,
    pub(crate) period: String,
    /// Of each account that was not observed on every day of the period: what was seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) observed: Vec<Seen>,
    pub(crate) time_zone: String,
    pub(crate) plan: Plan,
    /// Whether `--plan` chose it, and not the rules.
    pub(crate) plan_forced: bool,
    pub(crate) journal_sha256: String,
    pub(crate) totals: Totals,
    /// Of each report with tokens used: what its rows add up to.
    pub(crate) sum_of_rows: BTreeMap<&'static str, Tokens>,
}

/// The part of the period in which an account was observed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Seen {
    pub(crate) account: String,
    pub(crate) observed: String,
}

/// A file that was read.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl Input {
    /// A file that was read whole.
    pub(crate) fn digested(name: String, digesting: Digesting) -> anyhow::Result<Input> {
        let Digested { bytes, sha256 } = digesting.finish()?;
        Ok(Input { name, bytes, sha256 })
    }
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

/// Sums that must agree with the journal.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Totals {
    #[serde(flatten)]
    pub(crate) balance: Balance,
}

impl Evidence {
    /// The evidence as lines of a name and a value, for formats without structure.
    pub(crate) fn lines(&self) -> Vec<(String, String)> {
        let mut lines = vec![("program".to_owned(), self.program.clone())];
        for input in &self.inputs {
            let value = format!("{}, {} bytes, SHA-256 {}", input.name, input.bytes, input.sha256);
            lines.push(("input".to_owned(), value));
        }
        lines.push(("events folded".to_owned(), self.events.to_string()));
        let findings: Vec<_> =
            self.findings.iter().map(|(kind, n)| format!("{kind} {n}")).collect();
        let findings = if findings.is_empty() { "none".to_owned() } else { findings.join(", ") };
        lines.push(("findings".to_owned(), findings));
        for it in &self.rulebooks {
            lines.push(("rulebook".to_owned(), it.text()));
        }
        lines.extend(self.account.iter().map(|name| ("account".to_owned(), name.clone())));
        for Seen { account, observed } in &self.observed {
            lines.push(("observed".to_owned(), format!("{account}: {observed}")));
        }
        let forced = if self.plan_forced { ", forced by --plan" } else { "" };
        let totals = self.totals.balance;
        for (name, value) in [
            ("as of", self.as_of.to_string()),
            ("period", self.period.clone()),
            ("time zone", self.time_zone.clone()),
            ("plan", format!("{}{forced}", word(&self.plan))),
            ("journal SHA-256", self.journal_sha256.clone()),
            ("purchased", totals.purchased.to_string()),
            ("adjusted", totals.adjusted.to_string()),
            ("burned", totals.burned.to_string()),
            ("expired", totals.expired.to_string()),
            ("available", totals.available.to_string()),
        ] {
            lines.push((name.to_owned(), value));
        }
        for (report, sum) in &self.sum_of_rows {
            lines.push(("sum of rows".to_owned(), format!("{report}: {sum} tokens used")));
        }
        lines
    }

    /// The evidence of a report: its period, what was seen of it, and what its rows add up to.
    pub(crate) fn of_report(&self, reports: &Reports<'_>, sheets: &[Sheet]) -> Evidence {
        let sums = sheets.iter().filter_map(|sheet| Some((sheet.name, sheet.tokens_used()?)));
        let partly = reports.observed().filter(|(_, observed)| !observed.is_whole());
        let seen = |(account, observed): (&str, Observed)| Seen {
            account: account.to_owned(),
            observed: observed.to_string(),
        };
        Evidence {
            period: reports.period().to_string(),
            observed: partly.map(seen).collect(),
            sum_of_rows: sums.collect(),
            ..self.clone()
        }
    }
}

impl RulebookInForce {
    fn text(&self) -> String {
        let since = self.since.map_or("from the start".to_owned(), |at| format!("since {at}"));
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
