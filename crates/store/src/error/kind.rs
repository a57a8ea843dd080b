//! Errors for programs: what to do about each, and a word for it that does not change.

use tallyfold_core::{Finding, Obstacle};

use super::{AppendError, DeliveryError, ServiceError, StoreError};

/// What there is to do about an error. docs/embedding.md gives each a status of HTTP.
///
/// Exhaustive: whoever answers callers by it wants to hear from the compiler when there is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// It says what may not be said: correct it.
    Invalid,
    /// What it names does not exist.
    NotFound,
    /// It cannot be done as things are.
    Conflict,
    /// Its id belongs to something else: give it one of its own.
    IdTaken,
    /// Others were faster again and again: ask again.
    Contended,
    /// It is later than the clock: wait, or look at the clock that it came by.
    Ahead,
    /// The clock of this machine cannot be right: set it.
    Clock,
    /// There is no room: make some.
    Full,
    /// The store did not answer. It may have been recorded: ask again with the same id.
    Unavailable,
    /// The store is not for this version: use another version, or open it once to write.
    Version,
    /// The store does not hold what was stored: restore it.
    Damaged,
}

impl ErrorKind {
    /// Whether the same request, asked again after a while, may be recorded: nothing is wrong with it.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        match self {
            ErrorKind::Contended
            | ErrorKind::Ahead
            | ErrorKind::Clock
            | ErrorKind::Full
            | ErrorKind::Unavailable => true,
            ErrorKind::Invalid
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::IdTaken
            | ErrorKind::Version
            | ErrorKind::Damaged => false,
        }
    }

    const fn of_finding(finding: Finding) -> ErrorKind {
        match finding.kind() {
            Obstacle::Missing => ErrorKind::NotFound,
            Obstacle::Late | Obstacle::Repeated | Obstacle::Conflict => ErrorKind::Conflict,
        }
    }
}

impl StoreError {
    /// What there is to do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            StoreError::Foreign { .. } | StoreError::Newer { .. } | StoreError::Older { .. } => {
                ErrorKind::Version
            }
            StoreError::Damaged { .. } => ErrorKind::Damaged,
            StoreError::WrongClock { .. } => ErrorKind::Clock,
            StoreError::Full { .. } => ErrorKind::Full,
            StoreError::Unavailable { .. } => ErrorKind::Unavailable,
        }
    }

    /// A word for it that does not change.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            StoreError::Foreign { .. } => "foreign",
            StoreError::Newer { .. } => "newer",
            StoreError::Older { .. } => "older",
            StoreError::Damaged { .. } => "damaged",
            StoreError::WrongClock { .. } => "wrong_clock",
            StoreError::Full { .. } => "full",
            StoreError::Unavailable { .. } => "unavailable",
        }
    }

    /// Whether the same, asked again after a while, may succeed.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }
}

impl AppendError {
    /// What there is to do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            AppendError::Conflict { .. } => ErrorKind::Conflict,
            AppendError::IdTaken { .. } => ErrorKind::IdTaken,
            AppendError::FromTheFuture { .. } => ErrorKind::Ahead,
            AppendError::Store(error) => error.kind(),
        }
    }

    /// A word for it that does not change.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            AppendError::Conflict { .. } => "version_conflict",
            AppendError::IdTaken { .. } => "id_taken",
            AppendError::FromTheFuture { .. } => "from_the_future",
            AppendError::Store(error) => error.code(),
        }
    }

    /// Whether the same, asked again after a while, may succeed.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }
}

impl ServiceError {
    /// What there is to do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            ServiceError::Value(_) | ServiceError::Event(_) => ErrorKind::Invalid,
            ServiceError::Finding(finding) => ErrorKind::of_finding(*finding),
            ServiceError::IdTaken { .. } => ErrorKind::IdTaken,
            ServiceError::FromTheFuture { .. } => ErrorKind::Ahead,
            ServiceError::Contended { .. } => ErrorKind::Contended,
            ServiceError::Store(error) => error.kind(),
        }
    }

    /// A word for it that does not change.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            ServiceError::Value(_) => "invalid_value",
            ServiceError::Event(_) => "invalid_event",
            ServiceError::Finding(finding) => finding.code(),
            ServiceError::IdTaken { .. } => "id_taken",
            ServiceError::FromTheFuture { .. } => "from_the_future",
            ServiceError::Contended { .. } => "contended",
            ServiceError::Store(error) => error.code(),
        }
    }

    /// Whether the same, asked again after a while, may succeed.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            ServiceError::Finding(finding) => finding.is_retryable(),
            _ => self.kind().is_retryable(),
        }
    }
}

impl<E> DeliveryError<E> {
    /// A word for it that does not change.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            DeliveryError::Subscriber(_) => "not_taken",
            DeliveryError::Store(error) => error.code(),
        }
    }

    /// Whether it is worth going on after a while: what was not taken always comes again.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            DeliveryError::Subscriber(_) => true,
            DeliveryError::Store(error) => error.is_retryable(),
        }
    }
}
