//! What SQLite answers, sorted by what there is to do about it.

use rusqlite::ErrorCode;

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
    Older(i64),
    Damaged(String),
    Sqlite(rusqlite::Error),
}

impl Trouble {
    pub(super) fn damaged(problem: impl Into<String>) -> Trouble {
        Trouble::Damaged(problem.into())
    }
}

impl AboutStore for Trouble {
    fn is_damage(&self) -> bool {
        match self {
            Trouble::Damaged(_) => true,
            Trouble::Sqlite(error) => {
                error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt)
                    || is_of_wrong_type(error)
            }
            Trouble::Foreign(_) | Trouble::Newer(_) | Trouble::Older(_) => false,
        }
    }

    fn of(self, store: &str) -> StoreError {
        let store = store.to_owned();
        match self {
            Trouble::Foreign(problem) => StoreError::Foreign { store, problem },
            Trouble::Newer(found) => StoreError::Newer { store, found, known: SCHEMA },
            Trouble::Older(found) => StoreError::Older { store, found, known: SCHEMA },
            Trouble::Damaged(problem) => StoreError::Damaged { store, problem },
            Trouble::Sqlite(error) => {
                let problem = error.to_string();
                match error.sqlite_error_code() {
                    Some(ErrorCode::NotADatabase) => StoreError::Foreign { store, problem },
                    Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged { store, problem },
                    Some(ErrorCode::DiskFull) => StoreError::Full { store },
                    // A value of another type than the schema allows is not what was stored.
                    None if is_of_wrong_type(&error) => StoreError::Damaged { store, problem },
                    _ => StoreError::Unavailable { store, problem },
                }
            }
        }
    }
}

fn is_of_wrong_type(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    matches!(
        error,
        FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..)
    )
}

impl From<Unsound> for Trouble {
    fn from(Unsound(problem): Unsound) -> Trouble {
        Trouble::Damaged(problem)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Trouble {
        Trouble::Sqlite(error)
    }
}
