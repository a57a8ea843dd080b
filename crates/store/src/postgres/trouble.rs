//! What PostgreSQL answers, sorted by what there is to do about it.

use std::error::Error;

use tokio_postgres::error::SqlState;

use super::schema::SCHEMA;
use crate::error::StoreError;
use crate::sound::Unsound;
use crate::writer::AboutStore;

pub(crate) type Answer<T> = Result<T, Trouble>;

/// An error that does not know yet which store it is about.
#[derive(Debug)]
pub(crate) enum Trouble {
    Foreign(String),
    Newer(i64),
    Damaged(String),
    Unavailable(String),
    Postgres(tokio_postgres::Error),
}

impl AboutStore for Trouble {
    fn of(self, store: &str) -> StoreError {
        let store = store.to_owned();
        match self {
            Trouble::Foreign(problem) => StoreError::Foreign { store, problem },
            Trouble::Newer(found) => StoreError::Newer { store, found, known: SCHEMA },
            Trouble::Damaged(problem) => StoreError::Damaged { store, problem },
            Trouble::Unavailable(problem) => StoreError::Unavailable { store, problem },
            Trouble::Postgres(error) => {
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

impl Trouble {
    /// Whether it is worth to ask again with another connection: this one is gone.
    pub(crate) fn is_of_connection(&self) -> bool {
        match self {
            Trouble::Postgres(error) => match error.code() {
                None => true,
                Some(code) => [
                    SqlState::ADMIN_SHUTDOWN,
                    SqlState::CRASH_SHUTDOWN,
                    SqlState::CANNOT_CONNECT_NOW,
                ]
                .contains(code),
            },
            _ => false,
        }
    }
}

impl From<Unsound> for Trouble {
    fn from(Unsound(problem): Unsound) -> Trouble {
        Trouble::Damaged(problem)
    }
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Trouble {
        Trouble::Postgres(error)
    }
}

impl From<deadpool_postgres::PoolError> for Trouble {
    fn from(error: deadpool_postgres::PoolError) -> Trouble {
        match error {
            deadpool_postgres::PoolError::Backend(error) => Trouble::Postgres(error),
            other => Trouble::Unavailable(in_full(&other)),
        }
    }
}
