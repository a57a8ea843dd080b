//! What was found wrong with a log.

use std::collections::BTreeMap;

use tallyfold_log::{FindingKind, FindingLine};

/// Lines that are no events and events that could not be applied: how many of each kind, and all of
/// them, or the first few of each kind where a [`Replay`](crate::Replay) was told to keep no more.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    counts: BTreeMap<FindingKind, u64>,
    /// In no particular order before they are [sorted](Findings::sort).
    kept: Vec<FindingLine>,
    /// At most so many of each kind are kept.
    most: Option<usize>,
}

impl Findings {
    pub(crate) fn keeping(most: Option<usize>) -> Findings {
        Findings { most, ..Findings::default() }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many there are of each kind.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<FindingKind, u64> {
        &self.counts
    }

    /// Those that were kept, in log order.
    #[must_use]
    pub fn kept(&self) -> &[FindingLine] {
        &self.kept
    }

    /// Whether every finding is kept.
    pub(crate) fn keeps_all(&self) -> bool {
        self.most.is_none()
    }

    pub(crate) fn add(&mut self, finding: FindingLine) {
        *self.counts.entry(finding.kind).or_default() += 1;
        if self.most == Some(0) {
            return;
        }
        self.kept.push(finding);
        if let Some(most) = self.most
            && self.kept.len() > 2 * most * (self.counts.len() + 1)
        {
            self.sort();
        }
    }

    pub(crate) fn merge(&mut self, other: Findings) {
        for (kind, count) in other.counts {
            *self.counts.entry(kind).or_default() += count;
        }
        self.kept.extend(other.kept);
    }

    /// Puts them in log order, and forgets those that are not to be kept.
    pub(crate) fn sort(&mut self) {
        self.kept.sort_by_key(|finding| finding.line);
        if let Some(most) = self.most {
            let mut kept = BTreeMap::<FindingKind, usize>::new();
            self.kept.retain(|finding| {
                let kept = kept.entry(finding.kind).or_default();
                *kept += 1;
                *kept <= most
            });
        }
    }

    /// Findings that were made before, of a log that is gone on with.
    pub(crate) fn resumed(findings: Vec<FindingLine>, most: Option<usize>) -> Findings {
        let mut all = Findings::keeping(most);
        findings.into_iter().for_each(|finding| all.add(finding));
        all
    }
}
