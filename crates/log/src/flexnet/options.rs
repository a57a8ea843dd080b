//! What the importer is told before it starts.

use std::num::NonZeroU32;
use std::str::FromStr;

use chrono::NaiveDate;
use tallyfold_core::{Name, PackTokens, Preset};

use super::feature::ProductNames;
use super::tables::Rates;
use super::zone::ServerZone;

/// What the importer is told before it starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// The account that every session goes to.
    pub account: Name<'static>,
    /// Rates to publish at the first event's instant.
    pub rates: Rates,
    /// The size of a pack to buy at that instant.
    pub pack: Option<PackTokens>,
    /// Names of features, besides the built-in ones.
    pub products: ProductNames,
    /// What a user is called.
    pub user_naming: UserNaming,
    /// How often a session that is held is in contact.
    pub heartbeat: HeartbeatHours,
    /// The zone of the server's clock; nothing where only the log may tell it.
    pub zone: Option<ServerZone>,
    /// The date of the first line, for a log that begins without one.
    pub start_date: Option<NaiveDate>,
    /// Sessions held for more hours are closed after so many.
    pub max_hours: Option<NonZeroU32>,
    /// What every session id begins with, at most 200 bytes.
    pub session_prefix: String,
}

impl Options {
    /// No rates, no pack, users by login and host, heartbeats every 6 hours, times in UTC where the
    /// log does not tell better.
    #[must_use]
    pub fn new(account: Name<'static>) -> Options {
        Options {
            account,
            rates: Rates::default(),
            pack: None,
            products: ProductNames::default(),
            user_naming: UserNaming::default(),
            heartbeat: HeartbeatHours::default(),
            zone: None,
            start_date: None,
            max_hours: None,
            session_prefix: String::new(),
        }
    }
}

/// What a user is called in the events.
///
/// Non-exhaustive: logs may come to name users by more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UserNaming {
    /// `login@host`: logins may be shared by many people, as in a classroom.
    #[default]
    LoginAtHost,
    /// The login: one user on two hosts is one user.
    Login,
}

/// How many hours lie between two heartbeats: from 1 to the offline limit, 24.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeartbeatHours(u32);

/// A number of hours after which every session would have lapsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a session lapses after {limit} hours without contact (offline_hours, C2), so that a heartbeat \
     would come too late; give 1 to {limit}"
)]
pub struct HeartbeatHoursError {
    limit: u32,
}

impl HeartbeatHours {
    /// So many hours.
    ///
    /// # Errors
    ///
    /// [`HeartbeatHoursError`] for none, or more than the offline limit.
    pub fn new(hours: u32) -> Result<HeartbeatHours, HeartbeatHoursError> {
        let limit = Preset::Launch.rulebook().offline_hours();
        let is_in_time = (1..=limit).contains(&hours);
        is_in_time.then_some(HeartbeatHours(hours)).ok_or(HeartbeatHoursError { limit })
    }

    /// The same in seconds.
    pub(super) fn seconds(self) -> i64 {
        i64::from(self.0) * 60 * 60
    }
}

impl Default for HeartbeatHours {
    /// Six hours.
    fn default() -> HeartbeatHours {
        HeartbeatHours(6)
    }
}

impl FromStr for HeartbeatHours {
    type Err = HeartbeatHoursError;

    fn from_str(text: &str) -> Result<HeartbeatHours, HeartbeatHoursError> {
        HeartbeatHours::new(text.parse().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_comes_before_the_session_lapses() {
        for text in ["1", "6", "24"] {
            assert!(text.parse::<HeartbeatHours>().is_ok(), "{text}");
        }
        for text in ["0", "25", "-1", "x", "99999999999"] {
            let error = text.parse::<HeartbeatHours>().unwrap_err().to_string();
            assert!(error.contains("lapses after 24 hours"), "{text}: {error}");
        }
    }
}
