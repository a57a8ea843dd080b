//! Which logs are of one server, and its logs as one.
//!
//! A log names its server where the server or a vendor daemon tells that it started. A rotated log
//! may not. A vendor daemon writes one log at a time: two logs that hold different check-outs of
//! one daemon at the same time are of two servers; otherwise a log without a name belongs to the
//! first server that it can belong to.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::report::Report;
use super::server_log::{Fact, ServerLog, What};

/// A licence server and its logs, in order of their first line.
#[derive(Debug)]
pub(super) struct Server {
    /// The host in lower case; nothing, or a number, where no log names it.
    pub(super) name: String,
    logs: Vec<ServerLog>,
}

/// Sorts logs by server, in order of the first line. What was assumed and what was left out is
/// told.
pub(super) fn grouped(mut logs: Vec<ServerLog>, report: &mut Report) -> Vec<Server> {
    logs.retain(|log| !log.facts.is_empty());
    logs.sort_by_key(begin);
    let logs = without_copies(logs, report);
    let mut servers: Vec<Server> = Vec::new();
    let (named, unnamed): (Vec<_>, Vec<_>) = logs.into_iter().partition(|log| log.server.is_some());
    for log in named {
        let name = log.server.clone().unwrap_or_default();
        match servers.iter_mut().find(|server| server.name == name) {
            Some(server) => server.logs.push(log),
            None => servers.push(Server { name, logs: vec![log] }),
        }
    }
    for log in unnamed {
        match servers.iter_mut().find(|server| server.may_have_written(&log)) {
            Some(server) => {
                report.assume(format!(
                    "{} names no server; it is read as a log of the server of {}",
                    log.file, server.logs[0].file
                ));
                server.logs.push(log);
            }
            None => {
                let number = servers.iter().filter(|it| it.logs[0].server.is_none()).count();
                let name = if number == 0 { String::new() } else { (number + 1).to_string() };
                servers.push(Server { name, logs: vec![log] });
            }
        }
    }
    for server in &mut servers {
        server.logs.sort_by_key(begin);
    }
    servers.sort_by_key(|server| begin(&server.logs[0]));
    servers
}

fn begin(log: &ServerLog) -> i64 {
    log.facts.iter().map(|fact| fact.at).min().unwrap_or(i64::MAX)
}

fn end(log: &ServerLog) -> i64 {
    log.facts.iter().map(|fact| fact.at).max().unwrap_or(i64::MIN)
}

/// Whether two logs tell of more than one common instant.
fn overlap(one: &ServerLog, other: &ServerLog) -> bool {
    begin(one).max(begin(other)) < end(one).min(end(other))
}

/// Leaves out a log that says what another one says.
fn without_copies(logs: Vec<ServerLog>, report: &mut Report) -> Vec<ServerLog> {
    let mut kept: Vec<ServerLog> = Vec::new();
    for log in logs {
        match kept.iter().find(|it| it.server == log.server && it.facts == log.facts) {
            Some(original) => {
                report.assume(format!(
                    "{} says what {} says; it counts once",
                    log.file, original.file
                ));
            }
            None => kept.push(log),
        }
    }
    kept
}

impl Server {
    fn may_have_written(&self, log: &ServerLog) -> bool {
        self.logs.iter().all(|own| !overlap(own, log) || !contradict(own, log))
    }

    /// The logs of the server, in order of their first line.
    pub(super) fn logs(&self) -> &[ServerLog] {
        &self.logs
    }

    /// What the logs tell, merged by time, each fact with the position of its log. What overlapping
    /// logs both tell counts once.
    pub(super) fn facts(&self, report: &mut Report) -> Vec<(Fact, usize)> {
        let overlaps: Vec<bool> =
            (0..self.logs.len()).map(|it| self.overlaps_another(it)).collect();
        let mut merged = Vec::with_capacity(self.logs.iter().map(|log| log.facts.len()).sum());
        let mut twice = vec![0_u64; self.logs.len()];
        let mut instant = Timestamp::default();
        for (fact, log) in self.in_order() {
            if overlaps[log] && !instant.is_new(fact, log) {
                twice[log] += u64::from(matches!(fact.what, What::Out(_) | What::In(_)));
            } else {
                merged.push((fact, log));
            }
        }
        for (log, count) in self.logs.iter().zip(twice).filter(|(_, count)| *count > 0) {
            report.assume(format!(
                "{count} check-outs and check-ins of {} are in another log too; they count once",
                log.file
            ));
        }
        merged
    }

    fn overlaps_another(&self, log: usize) -> bool {
        let mut others = self.logs.iter().enumerate().filter(|(it, _)| *it != log);
        others.any(|(_, other)| overlap(&self.logs[log], other))
    }

    /// Facts by time, those of one log in its order, and the position of the log.
    fn in_order(&self) -> impl Iterator<Item = (Fact, usize)> {
        let mut next = vec![0; self.logs.len()];
        let heads = self.logs.iter().enumerate();
        let mut heads: BinaryHeap<Reverse<(i64, usize)>> =
            heads.map(|(log, it)| Reverse((it.facts[0].at, log))).collect();
        std::iter::from_fn(move || {
            let Reverse((_, log)) = heads.pop()?;
            let facts = &self.logs[log].facts;
            let fact = facts[next[log]];
            next[log] += 1;
            if let Some(following) = facts.get(next[log]) {
                heads.push(Reverse((following.at, log)));
            }
            Some((fact, log))
        })
    }
}

/// Whether one daemon's check-outs in two logs are never the same, though both tell of one time.
fn contradict(one: &ServerLog, other: &ServerLog) -> bool {
    let (from, to) = (begin(one).max(begin(other)), end(one).min(end(other)));
    let events = |log: &ServerLog| -> HashSet<(i64, What)> {
        let facts = log.facts.iter().filter(|fact| (from..=to).contains(&fact.at));
        let events = facts.filter(|fact| matches!(fact.what, What::Out(_) | What::In(_)));
        events.map(|fact| (fact.at, fact.what)).collect()
    };
    let (one_tells, other_tells) = (events(one), events(other));
    let share_a_daemon = !one.daemons.is_disjoint(&other.daemons);
    share_a_daemon
        && !one_tells.is_empty()
        && !other_tells.is_empty()
        && one_tells.is_disjoint(&other_tells)
}

/// How often each thing was told at one instant: by each log, and at most.
#[derive(Default)]
struct Timestamp {
    at: i64,
    by_log: HashMap<(usize, What), u32>,
    at_most: HashMap<What, u32>,
}

impl Timestamp {
    /// Whether a log tells something more often than every log before it.
    fn is_new(&mut self, fact: Fact, log: usize) -> bool {
        if fact.at != self.at {
            *self = Timestamp { at: fact.at, ..Timestamp::default() };
        }
        let told = self.by_log.entry((log, fact.what)).or_default();
        *told += 1;
        let at_most = self.at_most.entry(fact.what).or_default();
        let is_new = *told > *at_most;
        *at_most = (*at_most).max(*told);
        is_new
    }
}
