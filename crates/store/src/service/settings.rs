//! How a service is set.

use std::num::NonZeroUsize;

use tallyfold_core::{HashKey, Span};

/// How a service is set.
///
/// Non-exhaustive, so that a setting that comes later breaks nobody: made by a
/// [builder](ServiceSettings::builder), or by [`ServiceSettings::default`] and changed.
///
/// ```
/// use tallyfold_store::ServiceSettings;
///
/// let settings = ServiceSettings::builder().cached_accounts(50_000).snapshot_every(500).build();
/// assert_eq!(settings.cached_accounts.get(), 50_000);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServiceSettings {
    /// How many accounts are kept in memory; the least recently used make room.
    pub cached_accounts: NonZeroUsize,
    /// After how many events of an account its snapshot is taken anew, at the least: an account
    /// whose snapshot is large waits for more.
    pub snapshot_every: u64,
    /// How long after it is due a notice that no event caused is delivered: longer than the clocks
    /// of the machines are apart.
    pub notice_delay: Span,
    /// The key of the hash tables; best drawn at random when the service starts.
    pub hash_key: HashKey,
}

impl Default for ServiceSettings {
    /// 1,000 accounts, a snapshot every 1,000 events, notices after five minutes, a fixed key.
    fn default() -> ServiceSettings {
        ServiceSettings {
            cached_accounts: NonZeroUsize::MIN.saturating_add(999),
            snapshot_every: 1_000,
            notice_delay: Span::minutes(5),
            hash_key: HashKey::default(),
        }
    }
}

impl ServiceSettings {
    /// Begins with the [defaults](ServiceSettings::default).
    pub fn builder() -> ServiceSettingsBuilder {
        ServiceSettingsBuilder(ServiceSettings::default())
    }
}

/// Sets a service, one thing after another: [`ServiceSettings::builder`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ServiceSettingsBuilder(ServiceSettings);

impl ServiceSettingsBuilder {
    /// How many accounts are kept in memory; one where it is 0.
    pub fn cached_accounts(mut self, accounts: usize) -> Self {
        self.0.cached_accounts = NonZeroUsize::new(accounts).unwrap_or(NonZeroUsize::MIN);
        self
    }

    /// After how many events of an account its snapshot is taken anew.
    pub fn snapshot_every(mut self, events: u64) -> Self {
        self.0.snapshot_every = events;
        self
    }

    /// How long after it is due a notice that no event caused is delivered.
    pub fn notice_delay(mut self, delay: Span) -> Self {
        self.0.notice_delay = delay;
        self
    }

    /// The key of the hash tables.
    pub fn hash_key(mut self, key: HashKey) -> Self {
        self.0.hash_key = key;
        self
    }

    /// The settings.
    #[must_use]
    pub fn build(self) -> ServiceSettings {
        self.0
    }
}
