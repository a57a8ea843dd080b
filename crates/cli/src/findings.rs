//! Findings for people: how many of each kind, and the first few of them.

use std::collections::BTreeMap;

use tallyfold_engine::Findings;
use tallyfold_log::{FindingKind, FindingLine};

use crate::table::{Column, render};
use crate::text::count;

/// How many findings of each kind are shown.
pub(crate) const SHOWN: usize = 3;

/// How many findings there are of each kind, in byte order of the kinds.
pub(crate) fn by_kind(findings: &Findings) -> BTreeMap<String, u64> {
    findings.counts().iter().map(|(kind, n)| (kind.to_string(), *n)).collect()
}

/// How many lines are no events.
pub(crate) fn malformed(findings: &Findings) -> u64 {
    findings.counts().get(&FindingKind::Malformed).copied().unwrap_or_default()
}

/// How many events could not be applied.
pub(crate) fn not_applied(findings: &Findings) -> u64 {
    findings.counts().values().sum::<u64>() - malformed(findings)
}

/// The first few of each kind, as a table.
pub(crate) fn table(findings: &Findings) -> String {
    let mut rows = Vec::new();
    for (kind, n) in by_kind(findings) {
        let of_kind = |finding: &&FindingLine| finding.kind.to_string() == kind;
        let first = findings.kept().iter().filter(of_kind).take(SHOWN);
        for (place, finding) in first.enumerate() {
            let (kind, n) = match place {
                0 => (kind.clone(), count(n)),
                _ => (String::new(), String::new()),
            };
            let account = finding.account.clone().unwrap_or_default();
            rows.push(vec![kind, n, count(finding.line), account, finding.message.clone()]);
        }
    }
    let columns = [
        Column::Text("kind"),
        Column::Number("count"),
        Column::Number("line"),
        Column::Text("account"),
        Column::Text("reason"),
    ];
    render("Findings, the first of each kind", &columns, &rows)
}
