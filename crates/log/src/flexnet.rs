//! Imports the debug log of a FlexNet (`lmgrd`) licence server as sessions.
//!
//! A check-out (`OUT`) opens a session, the check-in (`IN`) of the same feature, user and host
//! closes the oldest one, and while the server held the connection a heartbeat says so every few
//! hours. What the log only denied, queued or summed up becomes a number in the [`Report`], never
//! an event.
//!
//! - *Time.* Lines carry a time of day. The date comes from `TIMESTAMP` lines and from the line
//!   that tells of the server's start, and moves on when the clock passes midnight. It never
//!   moves back.
//! - *Ties.* The events of one instant are written by session, the older one first. A heartbeat
//!   that would fall due at the very instant of the check-in is not written.
//! - *Restarts.* A server that starts, or a vendor daemon that starts or exits, holds none of its
//!   old connections. Their heartbeats end with the last line before; no close is made up.
//! - *Silence.* The same holds after 31 days without a line: a log that says nothing proves
//!   nothing.
//! - *Names.* Users and hosts are folded to lower case. A log that is not UTF-8 is read as
//!   Latin-1, line by line.
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
mod options;
mod outbox;
mod report;
mod tables;

pub use feature::ProductNames;
pub use importer::{Error, Importer, import};
pub use options::{Options, UserNaming, UtcOffset, UtcOffsetError};
pub use report::{Report, Tally};
pub use tables::{Rates, TableError};
