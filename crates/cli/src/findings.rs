//! Findings: all for a machine; for people how many of each kind, and the first few of them.

use std::collections::BTreeMap;

use tallyfold_log::FindingLine;

use crate::table::{Column, render};
use crate::text::count;

/// How many findings of each kind are shown.
pub(crate) const SHOWN: usize = 3;
/// The kind of what is no event.
const MALFORMED: &str = "malformed";

/// What is kept of the findings: for a machine all, for a person how many and the first few.
#[derive(Debug)]
pub(crate) enum Findings {
    All(Vec<FindingLine>),
    Summary(FindingSummary),
}

impl Findings {
    /// All of those given, or a summary of them.
    pub(crate) fn of(findings: Vec<FindingLine>, keeps_all: bool) -> Findings {
        let all = Findings::All(findings);
        if keeps_all { all } else { Findings::Summary(all.into_summary()) }
    }

    /// Every finding, where every one was kept.
    pub(crate) fn all(&self) -> &[FindingLine] {
        match self {
            Findings::All(all) => all,
            Findings::Summary(_) => &[],
        }
    }

    pub(crate) fn into_summary(self) -> FindingSummary {
        match self {
            Findings::Summary(summary) => summary,
            Findings::All(all) => {
                let mut summary = FindingSummary::default();
                all.into_iter().for_each(|finding| summary.add(finding));
                summary
            }
        }
    }

    /// An empty one that keeps the same.
    pub(crate) fn another(&self) -> Findings {
        match self {
            Findings::All(_) => Findings::All(Vec::new()),
            Findings::Summary(_) => Findings::Summary(FindingSummary::default()),
        }
    }

    /// Takes in a finding, of any line.
    pub(crate) fn add(&mut self, finding: FindingLine) {
        match self {
            Findings::All(all) => all.push(finding),
            Findings::Summary(summary) => summary.add(finding),
        }
    }

    /// Puts what is kept in log order.
    pub(crate) fn sort(&mut self) {
        if let Findings::All(all) = self {
            all.sort_by_key(|finding| finding.line);
        }
    }

    /// Takes in the findings of other lines.
    pub(crate) fn merge(&mut self, other: Findings) {
        match (self, other) {
            (Findings::All(all), Findings::All(other)) => all.extend(other),
            (Findings::Summary(summary), Findings::Summary(other)) => summary.merge(other),
            (findings, Findings::All(other)) => {
                other.into_iter().for_each(|finding| findings.add(finding));
            }
            (Findings::All(_), Findings::Summary(_)) => {}
        }
    }

    pub(crate) fn any(&self) -> bool {
        match self {
            Findings::All(all) => !all.is_empty(),
            Findings::Summary(summary) => summary.any(),
        }
    }
}

/// How many findings there were of each kind, and the first few.
#[derive(Debug, Default)]
pub(crate) struct FindingSummary {
    kinds: BTreeMap<String, (u64, Vec<FindingLine>)>,
}

impl FindingSummary {
    pub(crate) fn add(&mut self, finding: FindingLine) {
        let (count, first) = self.kinds.entry(finding.kind.to_string()).or_default();
        *count += 1;
        keep_if_early(first, finding);
    }

    fn merge(&mut self, other: FindingSummary) {
        for (kind, (count, first)) in other.kinds {
            let (all, merged) = self.kinds.entry(kind).or_default();
            *all += count;
            first.into_iter().for_each(|finding| keep_if_early(merged, finding));
        }
    }

    pub(crate) fn any(&self) -> bool {
        !self.kinds.is_empty()
    }

    /// How many lines are no events.
    pub(crate) fn malformed(&self) -> u64 {
        self.kinds.get(MALFORMED).map_or(0, |(count, _)| *count)
    }

    /// How many events could not be applied.
    pub(crate) fn not_applied(&self) -> u64 {
        let all: u64 = self.kinds.values().map(|(count, _)| count).sum();
        all - self.malformed()
    }

    pub(crate) fn render(&self) -> String {
        let rows: Vec<_> = self
            .kinds
            .iter()
            .flat_map(|(kind, (n, first))| {
                first.iter().enumerate().map(move |(place, finding)| {
                    let (kind, n) = match place {
                        0 => (kind.clone(), count(*n)),
                        _ => (String::new(), String::new()),
                    };
                    let account = finding.account.clone().unwrap_or_default();
                    vec![kind, n, count(finding.line), account, finding.message.to_string()]
                })
            })
            .collect();
        let columns = [
            Column::Text("kind"),
            Column::Number("count"),
            Column::Number("line"),
            Column::Text("account"),
            Column::Text("reason"),
        ];
        render("Findings, the first of each kind", &columns, &rows)
    }
}

/// Keeps a finding if it is among the first few, which are in log order.
fn keep_if_early(first: &mut Vec<FindingLine>, finding: FindingLine) {
    let place = first.partition_point(|earlier| earlier.line <= finding.line);
    if place < SHOWN {
        first.insert(place, finding);
        first.truncate(SHOWN);
    }
}
