//! What is gathered for the evidence while a log is folded.

use std::collections::BTreeMap;
use std::path::Path;

use tallyfold_core::{
    AccountEvent, AccountView, Balance, CatalogChange, CatalogEvent, Event, FoldedEvent, Overrides,
    Plan, Preset, Span, Timestamp,
};
use tallyfold_engine::JournalDigests;
use tallyfold_log::FindingKind;
use tallyfold_projections::TimeZone;

use super::evidence::{AccountEvidence, Counts, Evidence, Input, RulebookInForce, Totals};
use crate::args::LogArgs;
use crate::args::report::ScopeArgs;
use crate::store;
use crate::text::hex;

/// What the evidence says of a report that the log alone does not.
pub(crate) struct Reported<'a> {
    pub(crate) scope: &'a ScopeArgs,
    pub(crate) log: &'a LogArgs,
    pub(crate) inputs: &'a [tallyfold_engine::Input],
    /// How many lines are no events.
    pub(crate) malformed: u64,
    pub(crate) digests: JournalDigests,
    pub(crate) as_of: Timestamp,
    pub(crate) plan_in_force: Plan,
    /// The accounts that are reported and have an applied event, in byte order of their names.
    pub(crate) accounts: Vec<AccountView<'a>>,
}

/// Counts of events and findings, and rulebooks.
pub(crate) struct Gathering {
    /// The account that is reported, where it is not all.
    account: Option<String>,
    log: Counts,
    /// Events of the account that is reported, or of all.
    account_events: u64,
    /// Findings by account and kind.
    findings: BTreeMap<String, BTreeMap<String, u64>>,
    rulebooks: Vec<(Timestamp, Preset, Overrides)>,
}

impl Gathering {
    pub(crate) fn new(account: Option<&str>) -> Gathering {
        Gathering {
            account: account.map(str::to_owned),
            log: Counts::default(),
            account_events: 0,
            findings: BTreeMap::new(),
            rulebooks: Vec::new(),
        }
    }

    /// Counts an event.
    pub(crate) fn event(&mut self, it: &FoldedEvent<'_, '_>) {
        if it.is_shared {
            return;
        }
        self.log.events += 1;
        match it.event {
            Event::Account(AccountEvent { account, .. }) => {
                let is_reported = self.account.as_deref().is_none_or(|it| it == &**account);
                self.account_events += u64::from(is_reported);
            }
            Event::Catalog(CatalogEvent {
                at,
                change: CatalogChange::RulebookAdopted(adopted),
                ..
            }) if it.rejection.is_none() => {
                self.rulebooks.push((*at, adopted.preset(), adopted.overrides()));
            }
            Event::Catalog(_) => {}
        }
        if let Some(rejection) = it.rejection {
            self.finding(it.event, FindingKind::Finding(rejection.finding).to_string());
        }
    }

    fn finding(&mut self, event: &Event<'_>, kind: String) {
        if let Event::Account(event) = event {
            let kinds = self.findings.entry(event.account.to_string()).or_default();
            *kinds.entry(kind.clone()).or_default() += 1;
        }
        *self.log.findings.entry(kind).or_default() += 1;
    }

    /// Takes in what was counted of other accounts.
    pub(crate) fn merge(&mut self, later: Gathering) {
        self.log.events += later.log.events;
        for (kind, n) in later.log.findings {
            *self.log.findings.entry(kind).or_default() += n;
        }
        self.account_events += later.account_events;
        self.findings.extend(later.findings);
        self.rulebooks.extend(later.rulebooks);
    }

    /// The evidence of a report.
    pub(crate) fn evidence(mut self, report: Reported<'_>) -> Evidence {
        let Reported { scope, log, inputs, malformed, digests, .. } = report;
        let Reported { as_of, plan_in_force, accounts, .. } = report;
        if malformed > 0 {
            self.log.findings.insert(FindingKind::Malformed.to_string(), malformed);
        }
        let (zone, first) = (scope.time_zone, scope.rules.preset());
        let mut totals = Balance::default();
        accounts.iter().for_each(|it| totals += it.at(as_of).tokens());
        // One that was named is reported even if nothing was applied to it.
        let unheard = self.account.as_deref().filter(|_| accounts.is_empty());
        let names = Vec::from_iter(accounts.iter().map(|it| it.name()).chain(unheard));
        let (reported, whole) = self.counts(|account| names.binary_search(&account).is_ok());
        let (journal_command, rulebooks) = (
            journal_command(log, self.account.as_deref(), first, as_of),
            self.rulebooks(first, zone, as_of),
        );
        let evidence = |name: &str, clock| AccountEvidence::of(name, clock, as_of, zone);
        let heard = accounts.iter().map(|it| evidence(it.name(), Some(it.clock())));
        let accounts = heard.chain(unheard.map(|name| evidence(name, None))).collect();
        let digests = digests.of_accounts(names);
        Evidence {
            program: format!("tallyfold {}", env!("CARGO_PKG_VERSION")),
            inputs: inputs.iter().map(input).collect(),
            reported,
            log: whole,
            accounts,
            rulebooks,
            as_of: zone.local(as_of),
            period: String::new(),
            time_zone: zone.to_string(),
            plan: scope.plan.map_or(plan_in_force, |forced| forced.plan()),
            plan_forced: scope.plan.is_some(),
            journal_sha256: digests.sha256(),
            journal_command,
            totals: Totals(totals),
            sum_of_rows: BTreeMap::new(),
        }
    }

    /// The rulebook that holds from the start, and those adopted up to an instant.
    fn rulebooks(&self, first: Preset, zone: TimeZone, as_of: Timestamp) -> Vec<RulebookInForce> {
        let overrides = Overrides::NONE;
        let mut rulebooks = vec![RulebookInForce { since: None, rulebook: first, overrides }];
        for (at, rulebook, overrides) in self.rulebooks.iter().filter(|(at, ..)| *at <= as_of) {
            let (since, overrides) = (Some(zone.local(*at)), *overrides);
            rulebooks.push(RulebookInForce { since, rulebook: *rulebook, overrides });
        }
        rulebooks
    }

    /// What was counted of the accounts that `is_reported` names, and of the whole log.
    fn counts(&self, is_reported: impl Fn(&str) -> bool) -> (Counts, Counts) {
        let mut reported = Counts { events: self.account_events, ..Counts::default() };
        for (account, kinds) in &self.findings {
            if is_reported(account) {
                for (kind, n) in kinds {
                    *reported.findings.entry(kind.clone()).or_default() += n;
                }
            } else if self.account.is_none() {
                // Nothing was applied to the account: each of its events is a finding.
                reported.events -= kinds.values().sum::<u64>();
            }
        }
        (reported, self.log.clone())
    }
}

/// Whether the last event of an account is so long before the as-of that it may be missing some.
pub(crate) fn is_stale(last_event: Timestamp, as_of: Timestamp) -> bool {
    as_of - last_event > Span::days(7)
}

/// An input as the evidence names it.
fn input(read: &tallyfold_engine::Input) -> Input {
    let (bytes, sha256) = read.digest.unwrap_or_default();
    Input { name: input_name(Path::new(&read.name)), bytes, sha256: hex(&sha256) }
}

/// The last component of a path, which is the same on every machine; a server's URL as it is shown.
fn input_name(path: &Path) -> String {
    let shown = store::shown(path);
    if shown.contains("://") {
        return shown;
    }
    path.file_name().map_or(shown, |name| name.to_string_lossy().into_owned())
}

/// The command that makes the journal's digest again, where the inputs lie in the folder.
pub(crate) fn journal_command(
    log: &LogArgs,
    account: Option<&str>,
    first: Preset,
    as_of: Timestamp,
) -> String {
    let mut command = format!("tallyfold journal --digests --as-of {as_of}");
    if let Some(account) = account {
        command.push_str(&format!(" --account={}", quoted(account)));
    }
    if first == Preset::Current {
        command.push_str(" --rulebook current");
    }
    let option = if log.store.is_some() { " --store" } else { "" };
    command.push_str(option);
    for input in log.inputs() {
        let name = input_name(input);
        let dashed = name.starts_with('-') && name != "-";
        command.push_str(&format!(" {}{}", if dashed { "./" } else { "" }, quoted(&name)));
    }
    command.push_str(" | sha256sum");
    command
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn the_command_names_what_was_folded_as_a_shell_takes_it() {
        let as_of: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
        let command = |paths: &[&str], account: Option<&str>, first| {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            journal_command(&LogArgs { paths, store: None }, account, first, as_of)
        };
        assert_eq!(
            command(&["/var/log/usage.jsonl", "b.gz"], None, Preset::Launch),
            "tallyfold journal --digests --as-of 2026-02-01T00:00:00Z usage.jsonl b.gz | sha256sum"
        );
        assert_eq!(
            command(&["-", "my $(log).jsonl", "-x"], Some("O'Neil & Co"), Preset::Current),
            "tallyfold journal --digests --as-of 2026-02-01T00:00:00Z --account='O'\\''Neil & Co' \
             --rulebook current - 'my $(log).jsonl' ./-x | sha256sum"
        );
    }

    #[test]
    fn an_account_is_stale_after_seven_days() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let as_of = at("2026-01-15T00:00:00Z");
        assert!(!is_stale(at("2026-01-08T00:00:00Z"), as_of));
        assert!(is_stale(at("2026-01-07T23:59:59.999999999Z"), as_of));
    }
}
