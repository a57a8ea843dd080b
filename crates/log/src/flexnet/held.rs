//! The connections that the server holds, and when each is next due for a heartbeat.

use std::collections::{BTreeSet, HashMap, VecDeque};

use tallyfold_core::{Instant, Span};

/// What a check-in must share with the check-out that it ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Connection {
    pub(super) daemon: String,
    pub(super) feature: String,
    pub(super) user: String,
    pub(super) host: String,
}

/// The sessions that are open, by number. Memory follows their count, not the log's length.
#[derive(Debug)]
pub(super) struct Held {
    heartbeat_every: Span,
    sessions: HashMap<Connection, VecDeque<u64>>,
    due_of: HashMap<u64, Instant>,
    queue: BTreeSet<(Instant, u64)>,
}

impl Held {
    pub(super) fn new(heartbeat_every: Span) -> Held {
        Held {
            heartbeat_every,
            sessions: HashMap::new(),
            due_of: HashMap::new(),
            queue: BTreeSet::new(),
        }
    }

    /// How many sessions are open.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Holds one more session.
    pub(super) fn open(&mut self, connection: Connection, session: u64, at: Instant) {
        self.sessions.entry(connection).or_default().push_back(session);
        self.schedule(session, at + self.heartbeat_every);
    }

    /// Lets go of the oldest session of a connection.
    pub(super) fn close(&mut self, connection: &Connection) -> Option<u64> {
        let sessions = self.sessions.get_mut(connection)?;
        let oldest = sessions.pop_front();
        if sessions.is_empty() {
            self.sessions.remove(connection);
        }
        self.unschedule(oldest?);
        oldest
    }

    /// The next session whose heartbeat is due, and when it was. It will be due again later.
    pub(super) fn next_heartbeat(
        &mut self,
        is_due: impl Fn(Instant) -> bool,
    ) -> Option<(Instant, u64)> {
        let &(due, session) = self.queue.first().filter(|(due, _)| is_due(*due))?;
        self.queue.pop_first();
        self.schedule(session, due + self.heartbeat_every);
        Some((due, session))
    }

    /// Lets go of every session of a daemon, or of all, and says how many they were.
    pub(super) fn cut_off(&mut self, daemon: Option<&str>) -> u64 {
        let is_cut = |connection: &Connection| daemon.is_none_or(|it| it == connection.daemon);
        let sessions: Vec<u64> = self
            .sessions
            .extract_if(|connection, _| is_cut(connection))
            .flat_map(|(_, sessions)| sessions)
            .collect();
        for session in &sessions {
            self.unschedule(*session);
        }
        sessions.len() as u64
    }

    fn schedule(&mut self, session: u64, due: Instant) {
        self.due_of.insert(session, due);
        self.queue.insert((due, session));
    }

    fn unschedule(&mut self, session: u64) {
        if let Some(due) = self.due_of.remove(&session) {
            self.queue.remove(&(due, session));
        }
    }
}
