//! Imports the debug logs of FlexNet (`lmgrd`) licence servers as sessions.
//!
//! A check-out (`OUT`) opens a session, the check-in (`IN`) of the same feature, user and host
//! closes the oldest one, and while the server held it heartbeats say so. What the log only denied,
//! queued or summed up becomes a number in the [`Report`], never an event.
//!
//! - *Time.* Most lines carry a time of day. Dates come from `TIMESTAMP` lines, from starts and from
//!   date stamps; a date that the lines around it contradict is not followed. Local times become
//!   instants by the [`ServerZone`].
//! - *Several logs.* Logs of one server are merged by time, and what overlapping ones both tell counts
//!   once. Several servers are told apart by their hosts.
//! - *Ties.* The events of one instant are written by session, the older one first.
//! - *Restarts.* A server or vendor daemon that starts holds none of its old connections. They
//!   end at the last line that proves that it ran; so does what is open where the log ends. A
//!   heartbeat stands there; no close is made up.
//! - *Silence.* The same holds after 31 days without a line: a log that says nothing proves
//!   nothing.
//! - *Names.* Users and hosts are folded to lower case. A log that is not UTF-8 is read as
//!   Latin-1, line by line.
//!
//! `docs/flexnet.md` has every kind of log that is read, and what cannot be known.
//!
//! ```
//! use tallyfold_core::{Event, Name};
//! use tallyfold_log::flexnet::{self, Options};
//!
//! let log = "\
//! 8:42:23 (lmgrd) FlexNet Licensing started on srv (IBM PC) (5/5/2022)
//! 8:44:36 (adskflex) OUT: \"87545ACD_2022_0F\" Ana@PC-7
//! 8:59:48 (adskflex) IN: \"87545ACD_2022_0F\" ANA@pc-7
//! ";
//! let mut events: Vec<Event> = Vec::new();
//! let options = Options::new(Name::new("acme")?);
//! let report = flexnet::import(log.as_bytes(), options, |event| {
//!     events.push(event.into_owned());
//!     Ok(())
//! })?;
//! assert_eq!(events.len(), 2);
//! assert_eq!((report.opened, report.closed), (1, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod feature;
mod held;
mod importer;
mod line;
mod lines;
mod message;
mod names;
mod options;
mod outbox;
mod products;
mod report;
mod schedule;
mod server_log;
mod servers;
mod session_id;
mod stamp;
mod tables;
mod zone;

pub use feature::ProductNames;
pub use importer::{Error, Importer, import};
pub use options::{HeartbeatHours, HeartbeatHoursError, Options, UserNaming};
pub use report::{
    ClockNote, ClockNoteKind, LongSession, Misread, NotUnderstood, Notes, Report, Tally,
};
pub use tables::{Rates, TableError};
pub use zone::{ServerZone, ServerZoneError, UtcOffset, UtcOffsetError};
