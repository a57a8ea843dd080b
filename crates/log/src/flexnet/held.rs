//! What a server held: check-outs, the check-ins that end them, and what was cut off.

use std::collections::{HashMap, VecDeque};
use std::mem;

use super::names::Directory;
use super::server_log::{Fact, STEP_BACK, What};
use super::servers::Server;

/// After so long without a line nobody knows what the server held.
const SILENCE: i64 = 31 * 24 * 60 * 60;

/// A licence that was checked out. Times are seconds since 1970 in UTC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holding {
    pub(super) connection: u32,
    pub(super) opened: i64,
    pub(super) end: End,
}

/// How a holding ended, as far as the log knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    CheckedIn(i64),
    /// The server or its vendor daemon ended. It was last seen to run at this time.
    CutOff(i64),
    /// The log ends. It was last seen to be held at this time.
    Open(i64),
}

/// The open holdings of one daemon by connection, the oldest first.
type OpenOfDaemon = HashMap<u32, VecDeque<usize>>;

/// Follows one server through its facts. A line proves that every daemon runs that writes in the
/// same log.
#[derive(Debug)]
pub(super) struct HeldLicences<'a> {
    directory: &'a Directory,
    holdings: Vec<Holding>,
    open: HashMap<u32, OpenOfDaemon>,
    /// The logs in which a daemon writes.
    logs_of: HashMap<u32, Vec<usize>>,
    /// The last line of each log that proves that the server ran.
    last_proof: Vec<Option<i64>>,
    /// When a daemon said that it goes, until it starts again.
    ended: HashMap<u32, i64>,
    clock: ServerClock,
    /// Check-ins without a check-out.
    pub(super) in_without_out: u64,
}

impl<'a> HeldLicences<'a> {
    pub(super) fn new(directory: &'a Directory, server: &Server) -> HeldLicences<'a> {
        let mut logs_of: HashMap<u32, Vec<usize>> = HashMap::new();
        for (log, it) in server.logs().iter().enumerate() {
            for daemon in &it.daemons {
                logs_of.entry(*daemon).or_default().push(log);
            }
        }
        HeldLicences {
            directory,
            holdings: Vec::new(),
            open: HashMap::new(),
            logs_of,
            last_proof: vec![None; server.logs().len()],
            ended: HashMap::new(),
            clock: ServerClock::default(),
            in_without_out: 0,
        }
    }

    /// Takes the next fact, which this log tells.
    pub(super) fn take(&mut self, fact: Fact, log: usize) {
        self.clock.pass(fact.at, self.holdings.len());
        self.notice_silence(fact.at, log);
        let starts = matches!(fact.what, What::ServerStarted | What::DaemonStarted(_));
        if !starts {
            self.last_proof[log] = Some(fact.at);
        }
        match fact.what {
            What::ServerStarted => self.cut_off_all(),
            What::DaemonStarted(daemon) => self.cut_off(daemon),
            What::DaemonEnded(daemon) => {
                self.ended.entry(daemon).or_insert(fact.at);
            }
            What::Out(connection) => self.check_out(connection, fact.at),
            What::In(connection) => self.check_in(connection, fact.at),
            What::Alive | What::Nothing => {}
        }
    }

    /// All holdings in order of their check-outs. What is open stays so.
    pub(super) fn finish(mut self) -> Vec<Holding> {
        for (daemon, open) in mem::take(&mut self.open) {
            let proof = self.last_proof(daemon);
            for holding in open.into_values().flatten() {
                self.holdings[holding].end = End::Open(self.not_before(holding, proof));
            }
        }
        self.holdings
    }

    /// Cuts off what the daemons of a log held that has been silent for too long.
    fn notice_silence(&mut self, at: i64, log: usize) {
        if self.last_proof[log].is_some_and(|proof| at - proof <= SILENCE) {
            return;
        }
        let writes_here =
            |daemon: &u32| self.logs_of.get(daemon).is_some_and(|it| it.contains(&log));
        let is_silent = |daemon: &u32| at.saturating_sub(self.last_proof(*daemon)) > SILENCE;
        let open = self.open.keys().copied();
        let silent: Vec<u32> = open.filter(|it| writes_here(it) && is_silent(it)).collect();
        for daemon in silent {
            self.cut_off(daemon);
        }
    }

    /// A daemon that checks out runs, whatever it said before.
    fn check_out(&mut self, connection: u32, at: i64) {
        let daemon = self.directory.connections.get(connection).daemon;
        if self.ended.contains_key(&daemon) {
            self.cut_off(daemon);
        }
        let of_daemon = self.open.entry(daemon).or_default();
        of_daemon.entry(connection).or_default().push_back(self.holdings.len());
        self.holdings.push(Holding { connection, opened: at, end: End::Open(at) });
    }

    /// Closes the oldest holding of a connection.
    fn check_in(&mut self, connection: u32, at: i64) {
        let daemon = self.directory.connections.get(connection).daemon;
        let of_daemon = self.open.entry(daemon).or_default();
        let holdings = of_daemon.get_mut(&connection);
        match holdings.and_then(VecDeque::pop_front) {
            Some(oldest) => {
                self.holdings[oldest].end = End::CheckedIn(self.not_before(oldest, at));
            }
            None => self.in_without_out += 1,
        }
    }

    fn cut_off_all(&mut self) {
        let daemons: Vec<u32> = self.open.keys().copied().collect();
        for daemon in daemons {
            self.cut_off(daemon);
        }
        self.open = HashMap::new();
        self.ended = HashMap::new();
    }

    /// Lets go of what a daemon held, at the last line that proves that it ran.
    fn cut_off(&mut self, daemon: u32) {
        let proof = self.last_proof(daemon);
        for holding in self.open.remove(&daemon).unwrap_or_default().into_values().flatten() {
            self.holdings[holding].end = End::CutOff(self.not_before(holding, proof));
        }
        self.ended.remove(&daemon);
    }

    fn last_proof(&self, daemon: u32) -> i64 {
        let logs = self.logs_of.get(&daemon).map_or(&[][..], Vec::as_slice);
        let proof = logs.iter().filter_map(|log| self.last_proof[*log]).max().unwrap_or(i64::MIN);
        self.ended.get(&daemon).copied().unwrap_or(proof)
    }

    /// A holding ends after it began, and after all that is known of it from before the clock was
    /// set back.
    fn not_before(&self, holding: usize, at: i64) -> i64 {
        at.max(self.holdings[holding].opened).max(self.clock.latest_before_step(holding))
    }
}

/// Knows when the server's clock was set back, and how far it had come.
#[derive(Debug, Default)]
struct ServerClock {
    last: Option<i64>,
    latest: i64,
    /// For each time at which the clock was set back: how many holdings there were, and the latest
    /// time until then. What a later one exceeds is left out, so that the times fall.
    peaks: Vec<(usize, i64)>,
}

impl ServerClock {
    /// Takes the time of the next line, before which there were so many holdings.
    fn pass(&mut self, at: i64, holdings: usize) {
        match self.last {
            Some(last) if at < last - STEP_BACK => {
                let exceeded = |(_, peak): &mut (usize, i64)| *peak <= self.latest;
                while self.peaks.pop_if(exceeded).is_some() {}
                self.peaks.push((holdings, self.latest));
                self.latest = at;
            }
            Some(_) => self.latest = self.latest.max(at),
            None => self.latest = at,
        }
        self.last = Some(at);
    }

    /// The latest time, until the clock was set back, at which a holding was there already.
    fn latest_before_step(&self, holding: usize) -> i64 {
        let first = self.peaks.partition_point(|(holdings, _)| *holdings <= holding);
        self.peaks.get(first).map_or(i64::MIN, |(_, peak)| *peak)
    }
}
