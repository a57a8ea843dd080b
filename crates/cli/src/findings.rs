//! Findings for people: how many of each kind, and the first few of them.

use std::collections::BTreeMap;

use tallyfold_log::FindingLine;

use crate::table::{Column, render};
use crate::text::count;

/// How many findings of each kind are shown.
const SHOWN: usize = 3;

/// How many findings there were of each kind, and the first few.
#[derive(Debug, Default)]
pub(crate) struct FindingSummary {
    kinds: BTreeMap<String, (u64, Vec<FindingLine>)>,
}

impl FindingSummary {
    pub(crate) fn add(&mut self, finding: FindingLine) {
        let (count, first) = self.kinds.entry(finding.kind.to_string()).or_default();
        *count += 1;
        if first.len() < SHOWN {
            first.push(finding);
        }
    }

    pub(crate) fn any(&self) -> bool {
        !self.kinds.is_empty()
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
