//! The one thread of a process that writes: what waits together is committed together.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::error::{AppendError, ImportError, StoreError};
use crate::event::{Batch, IdKey, LogLine};
use crate::integrity::Unsound;
use crate::log_end::{LogEnd, Tables};
use crate::observer::{Observation, StoreObserver};
use crate::place::{Position, Stream};
use crate::store::{Expected, Receipt};

/// How long an answer waits to be kept with others.
const ANSWERS_WAIT: Duration = Duration::from_secs(1);

/// How many batches are committed at once.
const GROUP: usize = 256;

/// An error that does not know yet which store it is about.
pub(crate) trait AboutStore: Send {
    /// The same, of this store.
    fn of(self, store: &str) -> StoreError;

    /// Whether something is not as it was stored.
    fn is_damage(&self) -> bool;
}

/// Where events are written, in transactions.
pub(crate) trait CommitBackend: Send + 'static {
    type Tables: Tables<Error = Self::Error>;
    type Error: AboutStore + From<Unsound>;

    /// Lets the log grow in one transaction, which is on stable storage when this returns, and
    /// says where the log ends then. `wanted` tells what will be looked at.
    fn commit<T>(
        &mut self,
        wanted: &Wanted<'_>,
        grow: impl FnOnce(&mut LogEnd, &Self::Tables) -> Result<T, Self::Error>,
    ) -> Result<(T, Position), Self::Error>;

    /// Keeps what was answered, in a transaction of its own.
    fn remember(&mut self, answers: &[Answered]) -> Result<(), Self::Error>;
}

/// What was answered to the request of an event, by its position.
pub(crate) type Answered = (Position, Vec<u8>);

/// Which streams, and which ids in them, lines are about.
#[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "a file is asked as it goes"))]
pub(crate) struct Wanted<'a>(pub(crate) Vec<(&'a Stream, Option<&'a IdKey>)>);

impl<'a> Wanted<'a> {
    pub(crate) fn of_lines(lines: &'a [LogLine]) -> Wanted<'a> {
        let wanted = |line: &'a LogLine| match line {
            LogLine::Event(event) => (event.stream(), event.id()),
            LogLine::Malformed(_) => (&Stream::Malformed, None),
        };
        Wanted(lines.iter().map(wanted).collect())
    }
}

/// Hands work to the thread that writes. The thread ends when this is dropped.
pub(crate) struct Writer<D: CommitBackend> {
    jobs: Option<Sender<Job<D>>>,
    thread: Option<JoinHandle<()>>,
    #[cfg(feature = "sqlite")]
    committed: Arc<Committed>,
    name: Arc<str>,
}

enum Job<D> {
    Append(Append),
    Import(Position, Vec<LogLine>, Reply<Result<Position, ImportError>>),
    Remember(Answered),
    /// Anything else, which makes a transaction of its own.
    #[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "only a file has such work"))]
    Work(Box<dyn FnOnce(&mut D) + Send>),
}

struct Append {
    batch: Batch,
    expected: Expected,
    reply: Reply<Result<Receipt, AppendError>>,
}

/// Where an answer goes. Nobody may wait for it any more, which is no matter.
type Reply<T> = SyncSender<T>;

/// Up to which position events are committed, by this process; and who waits for the next.
#[derive(Default)]
struct Committed {
    position: Mutex<Position>,
    moved: Condvar,
}

impl<D: CommitBackend> Writer<D> {
    pub(crate) fn start(
        backend: D,
        name: Arc<str>,
        observer: Arc<dyn StoreObserver>,
    ) -> Result<Writer<D>, StoreError> {
        let (jobs, waiting) = channel();
        let committed = Arc::new(Committed::default());
        let state = WriterThread {
            backend,
            name: name.clone(),
            observer,
            committed: committed.clone(),
            answered: Vec::new(),
        };
        let thread = thread::Builder::new()
            .name("tallyfold-writer".to_owned())
            .spawn(move || state.run(&waiting))
            .map_err(|error| unavailable(&name, error.to_string()))?;
        Ok(Writer {
            jobs: Some(jobs),
            thread: Some(thread),
            #[cfg(feature = "sqlite")]
            committed,
            name,
        })
    }

    pub(crate) fn append(&self, batch: Batch, expected: Expected) -> Result<Receipt, AppendError> {
        self.ask(|reply| Job::Append(Append { batch, expected, reply }))?
    }

    pub(crate) fn import(
        &self,
        after: Position,
        lines: Vec<LogLine>,
    ) -> Result<Position, ImportError> {
        self.ask(|reply| Job::Import(after, lines, reply))?
    }

    /// Keeps what was answered, some time after.
    pub(crate) fn remember(&self, answered: Answered) {
        if let Some(jobs) = &self.jobs {
            // A cache: a writer that has stopped need not keep it.
            let _ = jobs.send(Job::Remember(answered));
        }
    }

    /// Does something else at the backend.
    #[cfg(feature = "sqlite")]
    pub(crate) fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut D) -> Result<T, D::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let name = self.name.clone();
        self.ask(|reply| {
            Job::Work(Box::new(move |backend| {
                let _ = reply.send(work(backend).map_err(|error| error.of(&name)));
            }))
        })?
    }

    fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job<D>) -> Result<T, StoreError> {
        let (reply, answer) = sync_channel(1);
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job(reply)).is_ok());
        let answer = if sent { answer.recv().ok() } else { None };
        answer.ok_or_else(|| unavailable(&self.name, "its writer has stopped".to_owned()))
    }

    /// Waits until this process commits an event behind a position, at most so long.
    #[cfg(feature = "sqlite")]
    pub(crate) fn wait(&self, after: Position, at_most: Duration) {
        let Committed { position, moved } = &*self.committed;
        let position = position.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = |position: &mut Position| *position <= after;
        drop(moved.wait_timeout_while(position, at_most, is_due));
    }
}

fn unavailable(store: &str, problem: String) -> StoreError {
    StoreError::Unavailable { store: store.to_owned(), problem }
}

impl<D: CommitBackend> Drop for Writer<D> {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct WriterThread<D> {
    backend: D,
    name: Arc<str>,
    observer: Arc<dyn StoreObserver>,
    committed: Arc<Committed>,
    /// What was answered and is not kept yet.
    answered: Vec<Answered>,
}

impl<D: CommitBackend> WriterThread<D> {
    fn run(mut self, waiting: &Receiver<Job<D>>) {
        loop {
            let mut next = match waiting.recv_timeout(ANSWERS_WAIT) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return self.keep_answers(),
            };
            if next.is_none() || self.answered.len() >= GROUP {
                self.keep_answers();
            }
            while let Some(job) = next {
                next = self.serve(job, waiting);
            }
        }
    }

    /// Keeps what was answered. A cache: where that fails it is forgotten.
    fn keep_answers(&mut self) {
        if !self.answered.is_empty() {
            let _ = self.backend.remember(&self.answered);
            self.answered.clear();
        }
    }

    /// Does a job; an append together with those that wait right behind it. Answers the job after
    /// those, where one was taken.
    fn serve(&mut self, job: Job<D>, waiting: &Receiver<Job<D>>) -> Option<Job<D>> {
        let first = match job {
            Job::Append(append) => append,
            Job::Import(after, lines, reply) => {
                let _ = reply.send(self.import(after, &lines));
                return None;
            }
            Job::Remember(answered) => {
                self.answered.push(answered);
                return None;
            }
            Job::Work(work) => {
                work(&mut self.backend);
                return None;
            }
        };
        let (mut group, mut next) = (vec![first], None);
        while group.len() < GROUP && next.is_none() {
            match waiting.try_recv() {
                Ok(Job::Append(append)) => group.push(append),
                Ok(Job::Remember(answered)) => self.answered.push(answered),
                Ok(other) => next = Some(other),
                Err(_) => break,
            }
        }
        self.append(group);
        next
    }

    fn append(&mut self, mut group: Vec<Append>) {
        let events = group.iter().flat_map(|it| it.batch.events());
        let wanted = events.map(|event| (event.stream(), event.id())).collect();
        let (appends, started) = (group.len() as u64, Instant::now());
        let answers = self.backend.commit(&Wanted(wanted), |stream_end, tables| {
            let append = |it: &Append| stream_end.append(tables, &it.batch, it.expected);
            group.iter().map(append).collect::<Result<Vec<_>, _>>()
        });
        match answers {
            Ok((answers, end)) => {
                let took = started.elapsed();
                self.observer.observe(&Observation::Committed { appends, took });
                self.committed.announce(end);
                for (append, answer) in group.into_iter().zip(answers) {
                    let _ = append.reply.send(answer);
                }
            }
            // What one of them meets is not the others' error.
            Err(error) if error.is_damage() && group.len() > 1 => {
                let rest = group.split_off(group.len() / 2);
                self.append(group);
                self.append(rest);
            }
            Err(error) => {
                self.observer.observe(&Observation::CommitFailed { appends });
                let error = error.of(&self.name);
                for append in group {
                    let _ = append.reply.send(Err(error.clone().into()));
                }
            }
        }
    }

    fn import(&mut self, after: Position, lines: &[LogLine]) -> Result<Position, ImportError> {
        let grow =
            |stream_end: &mut LogEnd, tables: &D::Tables| stream_end.import(tables, after, lines);
        let (answer, end) = self
            .backend
            .commit(&Wanted::of_lines(lines), grow)
            .map_err(|error| error.of(&self.name))?;
        self.committed.announce(end);
        answer
    }
}

impl Committed {
    fn announce(&self, end: Position) {
        let mut position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        *position = end.max(*position);
        self.moved.notify_all();
    }
}
