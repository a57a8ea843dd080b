//! The one thread that writes: what waits together is committed together.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::schema;
use super::tip::Tip;
use super::trouble::{Answer, Trouble};
use crate::error::{AppendError, ImportError, StoreError};
use crate::event::{Batch, LogLine};
use crate::place::Position;
use crate::store::{Expected, Receipt};

/// How many batches are committed at once.
const GROUP: usize = 256;

/// Hands work to the thread that writes. The thread ends when this is dropped.
pub(super) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    committed: Arc<Committed>,
    name: Arc<str>,
}

enum Job {
    Append(Append),
    Import(Position, Vec<LogLine>, Reply<Result<Position, ImportError>>),
    /// Anything else, which makes a transaction of its own.
    Work(Box<dyn FnOnce(&mut Connection) + Send>),
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

impl Writer {
    pub(super) fn start(path: &Path, may_create: bool, name: Arc<str>) -> Answer<Writer> {
        let file = schema::open_writer(path, may_create)?;
        let (jobs, waiting) = channel();
        let committed = Arc::new(Committed::default());
        let state = WriterThread {
            file,
            tip: None,
            data_version: 0,
            name: name.clone(),
            committed: committed.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("tallyfold-writer".to_owned())
            .spawn(move || state.run(&waiting))
            .map_err(|error| Trouble::Unavailable(error.to_string()))?;
        Ok(Writer { jobs: Some(jobs), thread: Some(thread), committed, name })
    }

    pub(super) fn append(&self, batch: Batch, expected: Expected) -> Result<Receipt, AppendError> {
        self.ask(|reply| Job::Append(Append { batch, expected, reply }))?
    }

    pub(super) fn import(
        &self,
        after: Position,
        lines: Vec<LogLine>,
    ) -> Result<Position, ImportError> {
        self.ask(|reply| Job::Import(after, lines, reply))?
    }

    /// Does something in a transaction of its own.
    pub(super) fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Answer<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let answer = self.ask(|reply| {
            Job::Work(Box::new(move |file| {
                let _ = reply.send(in_transaction(file, work));
            }))
        })?;
        answer.map_err(|trouble| trouble.of(&self.name))
    }

    fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, StoreError> {
        let (reply, answer) = sync_channel(1);
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job(reply)).is_ok());
        let answer = if sent { answer.recv().ok() } else { None };
        answer.ok_or_else(|| StoreError::Unavailable {
            store: self.name.to_string(),
            problem: "its writer has stopped".to_owned(),
        })
    }

    /// Waits until this process commits an event behind a position, at most so long.
    pub(super) fn wait(&self, after: Position, at_most: Duration) {
        let Committed { position, moved } = &*self.committed;
        let position = position.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = |position: &mut Position| *position <= after;
        drop(moved.wait_timeout_while(position, at_most, is_due));
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn in_transaction<T>(
    file: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Answer<T>,
) -> Answer<T> {
    let change = Transaction::new(file, TransactionBehavior::Immediate)?;
    let answer = work(&change)?;
    change.commit()?;
    Ok(answer)
}

struct WriterThread {
    file: Connection,
    /// The end of the log, while it is known.
    tip: Option<Tip>,
    /// What SQLite calls the state of the file; it changes when another process writes.
    data_version: i64,
    name: Arc<str>,
    committed: Arc<Committed>,
}

impl WriterThread {
    fn run(mut self, waiting: &Receiver<Job>) {
        while let Ok(mut job) = waiting.recv() {
            while let Some(next) = self.serve(job, waiting) {
                job = next;
            }
        }
    }

    /// Does a job; an append together with those that wait right behind it. Answers the job after
    /// those, where one was taken.
    fn serve(&mut self, job: Job, waiting: &Receiver<Job>) -> Option<Job> {
        let first = match job {
            Job::Append(append) => append,
            Job::Import(after, lines, reply) => {
                let _ = reply.send(self.import(after, &lines));
                return None;
            }
            Job::Work(work) => {
                work(&mut self.file);
                return None;
            }
        };
        let (mut group, mut next) = (vec![first], None);
        while group.len() < GROUP && next.is_none() {
            match waiting.try_recv() {
                Ok(Job::Append(append)) => group.push(append),
                Ok(other) => next = Some(other),
                Err(_) => break,
            }
        }
        self.append(group);
        next
    }

    fn append(&mut self, group: Vec<Append>) {
        let answers = self.commit(|tip, file| {
            let append = |it: &Append| tip.append(file, &it.batch, it.expected);
            group.iter().map(append).collect::<Answer<Vec<_>>>()
        });
        match answers {
            Ok(answers) => {
                for (append, answer) in group.into_iter().zip(answers) {
                    let _ = append.reply.send(answer);
                }
            }
            Err(trouble) => {
                let error = trouble.of(&self.name);
                for append in group {
                    let _ = append.reply.send(Err(error.clone().into()));
                }
            }
        }
    }

    fn import(&mut self, after: Position, lines: &[LogLine]) -> Result<Position, ImportError> {
        let answer = self.commit(|tip, file| tip.import(file, after, lines));
        answer.map_err(|trouble| trouble.of(&self.name))?
    }

    /// Lets the log grow in one transaction, with one sync of the file. What is known of its end
    /// is kept only where that went well.
    fn commit<T>(&mut self, grow: impl FnOnce(&mut Tip, &Connection) -> Answer<T>) -> Answer<T> {
        let known = self.tip.take();
        let change = Transaction::new(&mut self.file, TransactionBehavior::Immediate)?;
        let data_version = change.pragma_query_value(None, "data_version", |row| row.get(0))?;
        let mut tip = match known.filter(|_| data_version == self.data_version) {
            Some(tip) => tip,
            None => Tip::read(&change)?,
        };
        let before = tip.position();
        let answer = grow(&mut tip, &change)?;
        if tip.position() != before {
            tip.write(&change)?;
            change.commit()?;
            self.committed.announce(tip.position());
        } else {
            change.rollback()?;
        }
        self.tip = Some(tip);
        self.data_version = data_version;
        Ok(answer)
    }
}

impl Committed {
    fn announce(&self, position: Position) {
        *self.position.lock().unwrap_or_else(PoisonError::into_inner) = position;
        self.moved.notify_all();
    }
}
