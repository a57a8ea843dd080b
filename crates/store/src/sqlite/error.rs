//! What SQLite answers, sorted by what there is to do about it.

use rusqlite::ErrorCode;

use super::schema::SCHEMA;
use crate::error::StoreError;
use crate::integrity::Unsound;
use crate::writer::AboutStore;

pub(crate) type Answer<T> = Result<T, FileError>;

/// An error that does not know yet which store it is about.
#[derive(Debug)]
pub(crate) enum FileError {
    Foreign(String),
    Newer(i64),
    Older(i64),
    Damaged(String),
    Sqlite(rusqlite::Error),
}

impl FileError {
    pub(super) fn damaged(problem: impl Into<String>) -> FileError {
        FileError::Damaged(problem.into())
    }
}

impl AboutStore for FileError {
    fn is_damage(&self) -> bool {
        match self {
            FileError::Damaged(_) => true,
            FileError::Sqlite(error) => {
                error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt)
                    || is_of_wrong_type(error)
            }
            FileError::Foreign(_) | FileError::Newer(_) | FileError::Older(_) => false,
        }
    }

    fn of(self, store: &str) -> StoreError {
        let store = store.to_owned();
        match self {
            FileError::Foreign(problem) => StoreError::Foreign { store, problem },
            FileError::Newer(found) => StoreError::Newer { store, found, known: SCHEMA },
            FileError::Older(found) => StoreError::Older { store, found, known: SCHEMA },
            FileError::Damaged(problem) => StoreError::Damaged { store, problem },
            FileError::Sqlite(error) => {
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

impl From<Unsound> for FileError {
    fn from(Unsound(problem): Unsound) -> FileError {
        FileError::Damaged(problem)
    }
}

impl From<rusqlite::Error> for FileError {
    fn from(error: rusqlite::Error) -> FileError {
        FileError::Sqlite(error)
    }
}
