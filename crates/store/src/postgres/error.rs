//! What PostgreSQL answers, sorted by what there is to do about it.

use std::error::Error;
use std::time::Duration;

use deadpool_postgres::TimeoutType;
use tokio_postgres::error::SqlState;

use super::schema::SCHEMA;
use crate::error::StoreError;
use crate::integrity::Unsound;
use crate::writer::AboutStore;

pub(crate) type Answer<T> = Result<T, ServerError>;

/// An error that does not know yet which store it is about.
#[derive(Debug)]
pub(crate) enum ServerError {
    Foreign(String),
    Newer(i64),
    Damaged(String),
    Unavailable(String),
    /// No answer came within this time.
    Silent(Duration),
    Postgres(tokio_postgres::Error),
}

impl AboutStore for ServerError {
    fn is_damage(&self) -> bool {
        matches!(self, ServerError::Damaged(_))
    }

    fn of(self, store: &str) -> StoreError {
        let store = store.to_owned();
        match self {
            ServerError::Foreign(problem) => StoreError::Foreign { store, problem },
            ServerError::Newer(found) => StoreError::Newer { store, found, known: SCHEMA },
            ServerError::Damaged(problem) => StoreError::Damaged { store, problem },
            ServerError::Unavailable(problem) => StoreError::Unavailable { store, problem },
            ServerError::Silent(time) => {
                let problem =
                    format!("no answer came within {time:?}, so its connection is dropped");
                StoreError::Unavailable { store, problem }
            }
            ServerError::Postgres(error) => {
                let problem = in_full(&error);
                match error.code() {
                    Some(&SqlState::DISK_FULL) => StoreError::Full { store },
                    Some(&SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED) => {
                        StoreError::Damaged { store, problem }
                    }
                    _ => StoreError::Unavailable { store, problem },
                }
            }
        }
    }
}

/// What an error says, and what the errors below it say.
fn in_full(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        text = format!("{text}: {error}");
        below = error.source();
    }
    text
}

impl ServerError {
    /// Whether it is worth to ask again with another connection: the server is away, or this one
    /// was lost.
    pub(crate) fn is_of_connection(&self) -> bool {
        const AWAY: [SqlState; 3] =
            [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];
        let ServerError::Postgres(error) = self else { return false };
        let is_away = error.code().is_some_and(|code| AWAY.contains(code));
        is_away || error.is_closed() || is_lost(error)
    }
}

/// Whether an error comes of a connection that could not be made or broke off. One that was refused
/// for its certificate comes no better.
fn is_lost(error: &tokio_postgres::Error) -> bool {
    use std::io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, NotFound, TimedOut,
        UnexpectedEof,
    };
    let lost = [
        BrokenPipe,
        ConnectionAborted,
        ConnectionRefused,
        ConnectionReset,
        NotFound,
        TimedOut,
        UnexpectedEof,
    ];
    let below = error.source().and_then(|below| below.downcast_ref::<std::io::Error>());
    below.is_some_and(|below| lost.contains(&below.kind()))
}

impl From<Unsound> for ServerError {
    fn from(Unsound(problem): Unsound) -> ServerError {
        ServerError::Damaged(problem)
    }
}

impl From<tokio_postgres::Error> for ServerError {
    fn from(error: tokio_postgres::Error) -> ServerError {
        ServerError::Postgres(error)
    }
}

impl From<deadpool_postgres::PoolError> for ServerError {
    fn from(error: deadpool_postgres::PoolError) -> ServerError {
        match error {
            deadpool_postgres::PoolError::Backend(error) => ServerError::Postgres(error),
            deadpool_postgres::PoolError::Timeout(TimeoutType::Wait) => {
                ServerError::Unavailable("all its connections are in use".to_owned())
            }
            deadpool_postgres::PoolError::Timeout(_) => {
                ServerError::Unavailable("it does not answer who connects".to_owned())
            }
            other => ServerError::Unavailable(in_full(&other)),
        }
    }
}
